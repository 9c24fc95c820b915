"""Random histories: what is read from counters, and how far Prometheus's own answer may be from the events."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from correlator.doors.prometheus.document import Samples
from correlator.doors.prometheus.minutes import counted_steps, last_values
from correlator.slo.minute_series import SeriesSums
from tests.e2e.seen_by_prometheus import increase, seen
from tests.e2e.slo_histories import MINUTE_MS, Counters, Floats, History, Shape, counters, drawn, recorded
from tests.unit.slo.series import objective

SEEDS = st.integers(0, 10**9)
SHAPES = st.builds(Shape, st.integers(20, 400), st.sampled_from((15, 30, 60)))
HISTORIES = st.builds(drawn, SEEDS, SHAPES)


def series_of(found: Counters, values: Floats, begin_ms: int = -1, end_ms: int = 2**62) -> list[Samples]:
    """The samples of (begin, end]."""
    inside = (found.times_ms > begin_ms) & (found.times_ms <= end_ms)
    return [Samples((), found.times_ms[inside], values[inside])]


@given(HISTORIES)
def test_every_step_of_a_counter_is_counted_once(history: History) -> None:
    """Between any two edges of minutes: as increase() counts the samples, without its guess."""
    found = counters(history)
    for values in (found.total, found.good):
        counts = counted_steps(series_of(found, values), {}, 0, history.minutes)
        assert counts.events.sum() == increase(values)
        assert not counts.events[~counts.known].any()


@given(HISTORIES, st.data())
def test_minutes_are_the_same_however_reading_was_cut(history: History, data: st.DataObject) -> None:
    """Also where a gap or a new beginning lies on the cut."""
    found = counters(history)
    whole = counted_steps(series_of(found, found.total), {}, 0, history.minutes)
    cut = data.draw(st.integers(0, history.minutes))
    early = series_of(found, found.total, end_ms=cut * MINUTE_MS)
    late = series_of(found, found.total, begin_ms=cut * MINUTE_MS)
    pieces = (
        counted_steps(early, {}, 0, cut),
        counted_steps(late, last_values(early, {}, cut), cut, history.minutes),
    )
    np.testing.assert_array_equal(np.concatenate([each.events for each in pieces]), whole.events)
    np.testing.assert_array_equal(np.concatenate([each.known for each in pieces]), whole.known)


@given(
    st.builds(
        drawn, SEEDS, st.builds(Shape, st.integers(20, 400), st.sampled_from((15, 30, 60)), is_plain=st.just(True))
    )
)
def test_minutes_scraped_at_their_edges_are_those_of_the_ledger(history: History) -> None:
    """Each of them, good and total."""
    found = counters(history)
    minutes = recorded(history, 0, objective())
    for values, ours in ((found.total, minutes.total), (found.good, minutes.good)):
        counts = counted_steps(series_of(found, values), {}, 0, history.minutes)
        np.testing.assert_array_equal(counts.events, ours)
        assert counts.known.all()


@settings(max_examples=200)
@given(HISTORIES, st.integers(2, 400), st.integers(0, 400))
def test_prometheus_is_never_further_from_the_events_than_the_bound(history: History, minutes: int, end: int) -> None:
    """Of any window: its own formula, beside the ledger. Equal where nothing is in the bound."""
    end = min(end, history.minutes)
    found = counters(history)
    begin_ms, end_ms = (end - minutes) * MINUTE_MS, end * MINUTE_MS
    of_window = seen(history, found, begin_ms, end_ms)
    ours = float(SeriesSums(recorded(history, 0, objective())).over(minutes, end).error_ratio[0])
    if not of_window.ratio_exists or np.isnan(ours):
        return
    total, good = (extrapolated(found.times_ms, values, begin_ms, end_ms) for values in (found.total, found.good))
    theirs = max(0.0, total - good) / total
    assert abs(theirs - ours) <= of_window.bound + 1e-9
    if of_window.is_exact:
        assert theirs == pytest.approx(ours, rel=1e-9)


def test_no_reason_of_the_bound_is_superfluous() -> None:
    """Without any one of them, some window of these histories is further from the events than the others allow."""
    needed: set[str] = set()
    for seed in range(200):
        history = drawn(seed, Shape(200, (15, 30, 60)[seed % 3]))
        found, sums = counters(history), SeriesSums(recorded(history, 0, objective()))
        for minutes, end in ((5, 200), (30, 150), (60, 100), (200, 200), (30, 40)):
            begin_ms, end_ms = (end - minutes) * MINUTE_MS, end * MINUTE_MS
            of_window, ours = seen(history, found, begin_ms, end_ms), float(sums.over(minutes, end).error_ratio[0])
            if of_window.bounds and not np.isnan(ours):
                total, good = (
                    extrapolated(found.times_ms, each, begin_ms, end_ms) for each in (found.total, found.good)
                )
                difference = abs(max(0.0, total - good) / total - ours)
                total_bound = sum(of_window.bounds.values())
                needed |= {name for name, bound in of_window.bounds.items() if difference > total_bound - bound + 1e-9}
    assert needed == {"edge", "late", "corrected", "reset", "first value"}


def extrapolated(
    times_ms: "np.ndarray[tuple[int], np.dtype[np.int64]]", values: Floats, begin_ms: int, end_ms: int
) -> float:
    """increase() as Prometheus 3 computes it (promql/functions.go, extrapolatedRate), of the samples in (begin, end]."""
    inside = (times_ms > begin_ms) & (times_ms <= end_ms)
    times, grown = times_ms[inside] / 1_000, increase(values[inside])
    sampled = times[-1] - times[0]
    average = sampled / (len(times) - 1)
    to_begin, to_end = times[0] - begin_ms / 1_000, end_ms / 1_000 - times[-1]
    to_begin = average / 2 if to_begin >= 1.1 * average else to_begin
    if grown > 0:
        to_begin = min(to_begin, sampled * values[inside][0] / grown)
    to_end = average / 2 if to_end >= 1.1 * average else to_end
    return float(grown * (sampled + to_begin + to_end) / sampled)
