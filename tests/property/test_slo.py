"""Objectives against slow, obvious loops."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from correlator.model.objective import Gate, Slices, Window
from correlator.model.outcome import EventKey, MinuteKey, MinuteSums, Outcome
from correlator.slo.alerting import alerts_now, alerts_over
from correlator.slo.burn_rate import burn_rates
from correlator.slo.ledger import post, series_of
from correlator.slo.minute_series import SeriesSums
from correlator.slo.time_slices import sliced
from tests.unit.slo.series import FIRST, after, objective, series

Minute = tuple[int, int] | None  # (good, total); None is not known

SHORT = Window("page", 360, 120, 3.0)
MINUTES = st.lists(
    st.one_of(
        st.none(),
        st.just((0, 0)),
        st.integers(0, 2_000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))),
        st.integers(0, 2_000).map(lambda total: (total, total)),
    ),
    max_size=40,
)
OUTCOMES = st.lists(
    st.builds(
        Outcome, st.sampled_from(("a", "b")), st.sampled_from("xyz"), st.integers(0, 3), st.booleans(), st.integers(0, 2)
    ),
    max_size=20,
)  # fmt: skip


@settings(deadline=None)
@given(MINUTES, st.integers(1, 50), st.integers(-5, 60))
def test_burn_rates_are_what_a_loop_finds(minutes: list[Minute], window: int, end: int) -> None:
    """And so is what is known."""
    found = SeriesSums(series(*minutes)).over(window, FIRST + end)
    ratio, known = loop_ratio(minutes, window, end)
    assert burn_rates(found, objective(0.99))[0] == pytest.approx(ratio / 0.01, rel=1e-9, abs=1e-9, nan_ok=True)
    assert found.known_minutes[0] == known


@settings(deadline=None)
@given(MINUTES, st.integers(1, 50))
def test_many_windows_are_looked_up_as_few_are_added_up(minutes: list[Minute], window: int) -> None:
    """Sixty ends at once, or one by one."""
    sums = SeriesSums(series(*minutes))
    ends = np.arange(FIRST - 5, FIRST + 55)
    at_once = sums.over(window, ends)
    one_by_one = [sums.over(window, end) for end in ends]
    assert at_once.good.tolist() == [each.good[0] for each in one_by_one]
    assert at_once.total.tolist() == [each.total[0] for each in one_by_one]
    assert at_once.coverage.tolist() == [each.coverage[0] for each in one_by_one]


@settings(deadline=None)
@given(MINUTES, st.sampled_from((None, 0.5, 1.0)), st.integers(1, 5), st.integers(0, 4))
def test_slices_are_what_a_loop_finds(minutes: list[Minute], target: float | None, length: int, begin: int) -> None:
    """Wherever the series begins."""
    plain = series(*minutes)
    shifted = type(plain)(FIRST + begin, plain.good, plain.total, plain.known)
    found = sliced(shifted, Slices(60 * length, target))
    good, total = loop_slices(minutes, FIRST + begin, length, target)
    assert found.total.tolist() == total
    assert found.good.tolist() == pytest.approx(good)


@settings(deadline=None, max_examples=200)
@given(MINUTES, st.sampled_from((Gate(0, 0), Gate(3, 2))), st.booleans())
def test_alerts_one_by_one_are_alerts_at_once(minutes: list[Minute], gate: Gate, was_on: bool) -> None:
    """And both are what a loop finds: over in both begins, calm in either ends, anything else leaves it."""
    one = objective(0.9, windows=(SHORT,), page_gate=gate)
    sums = SeriesSums(series(*minutes))
    ends = range(1, len(minutes) + 8)
    before = frozenset({SHORT} if was_on else ())
    stepwise = []
    for end in ends:
        state = alerts_now(sums, one, before, after(end))
        before = state.on
        stepwise.append(state.is_on("page"))
    assert alerts_over(sums, one, SHORT, [FIRST + end for end in ends], was_on).tolist() == stepwise
    assert stepwise == loop_alerts(minutes, ends, gate, was_on)


@given(MINUTES, st.lists(st.sampled_from((None, (0, 0)))))
def test_silence_changes_nothing(minutes: list[Minute], silence: list[Minute]) -> None:
    """As long as the window loses no event: it neither begins an alert nor ends one."""
    wide = Window("page", 6_000, 6_000, 3.0)
    sums = SeriesSums(series(*minutes, *silence))
    ends = [FIRST + len(minutes) + passed for passed in range(len(silence) + 1)]
    assert len(set(alerts_over(sums, objective(0.9, windows=(wide,)), wide, ends).tolist())) == 1


@given(OUTCOMES.flatmap(lambda told: st.tuples(st.just(told), st.permutations(told))), st.integers(1, 5))
def test_the_order_and_the_batches_of_outcomes_are_irrelevant(
    both: tuple[list[Outcome], list[Outcome]], size: int
) -> None:
    """Nor do repetitions matter."""
    told, shuffled = both
    assert ledger([told]) == ledger([*batches(shuffled, size), *batches(told, size)])


@given(OUTCOMES)
def test_a_ledger_counts_what_stands_of_each_event(told: list[Outcome]) -> None:
    """Each event once: by the highest authority, the failure first, then the latest minute."""
    counted: dict[MinuteKey, tuple[int, int]] = {}
    for event in {each.event for each in told}:
        tellings = [each for each in told if each.event == event]
        tellings.sort(key=lambda each: (each.authority, not each.is_good, each.minute))
        key = MinuteKey(event.objective_id, tellings[-1].minute)
        good, total = counted.get(key, (0, 0))
        counted[key] = (good + tellings[-1].is_good, total + 1)
    assert ledger([told]) == counted


@given(st.lists(st.builds(MinuteSums, st.integers(0, 9), st.integers(0, 9), st.integers(9, 20)), max_size=9))
def test_no_row_is_lost_within_a_series(rows: list[MinuteSums]) -> None:
    """Those outside are."""
    found = series_of(rows, 2, 5)
    assert found.total.sum() == sum(each.total for each in rows if 2 <= each.minute < 7)
    assert np.array_equal(found.known, [True] * 5)


def loop_ratio(minutes: Sequence[Minute], window: int, end: int) -> tuple[float, int]:
    """Bad events of all in [end - window, end), and how many of its minutes are known."""
    good = total = known = 0
    for place in range(end - window, end):
        minute = minutes[place] if 0 <= place < len(minutes) else None
        if minute is not None:
            good, total, known = good + minute[0], total + minute[1], known + 1
    return ((total - good) / total if total else math.nan), known


def loop_slices(
    minutes: Sequence[Minute], first: int, length: int, target: float | None
) -> tuple[list[float], list[float]]:
    """Good and total of each minute, where slices are events."""
    good, total = [0.0] * len(minutes), [0.0] * len(minutes)
    for place in range(len(minutes)):
        begin = place - length + 1
        if (first + place + 1) % length or begin < 0:
            continue
        of_slice = [each for each in minutes[begin : place + 1] if each is not None]
        events = sum(each[1] for each in of_slice)
        if events:
            ratio = sum(each[0] for each in of_slice) / events
            total[place] = 1.0
            good[place] = ratio if target is None else float(ratio >= target)
    return good, total


def loop_alerts(minutes: Sequence[Minute], ends: Sequence[int], gate: Gate, was_on: bool) -> list[bool]:
    """The window SHORT of a 90 % objective at each end."""
    states = []
    for end in ends:
        rates = {size: loop_ratio(minutes, size, end) for size in (6, 2)}
        is_over = all(ratio / 0.1 > 3.0 + 1e-8 for ratio, _ in rates.values())
        is_calm = any(ratio / 0.1 <= 3.0 + 1e-8 and known / size >= 0.5 for size, (ratio, known) in rates.items())
        inside = [each for each in minutes[max(0, end - 6) : end] if each is not None]
        is_open = (
            sum(each[1] for each in inside) >= gate.min_events
            and sum(each[1] - each[0] for each in inside) - 0.1 * sum(each[1] for each in inside)
            >= gate.min_failures - 0.5
        )
        was_on = False if is_calm else was_on or (is_over and is_open)
        states.append(was_on)
    return states


def batches(told: Sequence[Outcome], size: int) -> list[list[Outcome]]:
    """Cut into pieces."""
    return [list(told[begin : begin + size]) for begin in range(0, len(told), size)]


def ledger(told: Sequence[Sequence[Outcome]]) -> dict[MinuteKey, tuple[int, int]]:
    """What is stored once each batch was posted: (good, total) of the minutes with events."""
    counted: dict[EventKey, Outcome] = {}
    stored: dict[MinuteKey, tuple[int, int]] = {}
    for batch in told:
        posting = post(batch, counted)
        counted.update(posting.standing)
        for key, change in posting.changes.items():
            good, total = stored.get(key, (0, 0))
            stored[key] = (good + change.good, total + change.total)
    return {key: sums for key, sums in stored.items() if sums != (0, 0)}
