"""The same events in a real Prometheus and in the engine: every window, burn rate and budget of 200 histories.

Prometheus has them as counters, backfilled from what scrapes would have found, and evaluates the expressions of our own rules. The engine has
them as outcomes in its ledger. Where both see the same events they agree to 1e-9; elsewhere they differ by no more than
seen_by_prometheus.py makes of the history.
"""

import logging
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import pytest

from correlator.doors.prometheus.client import PrometheusClient
from correlator.doors.prometheus.source import PrometheusMinutes
from correlator.errors import Unavailable
from correlator.model.objective import Objective, PrometheusCounts, PrometheusRatio, Slices
from correlator.slo.budget import budget
from correlator.slo.burn_rate import burn_rate
from correlator.slo.minute_series import MINUTE_NANO, MinuteSeries, SeriesSums
from correlator.slo.rule_files.events import CountedSlices, good_ratio
from correlator.slo.rule_files.names import (
    BUDGET_REMAINING,
    CURRENT_BURN_RATE,
    EVENTS_COUNTER,
    GOOD_COUNTER,
    PERIOD_BURN_RATE,
    SLOTH_ID,
    error_ratio,
)
from correlator.slo.rule_files.recordings import CURRENT_S, windows_s
from correlator.slo.time_slices import budget_sums
from tests.e2e.prometheus_process import IS_THERE, WHY_SKIPPED, Prometheus, backfilled, running_prometheus
from tests.e2e.seen_by_prometheus import Seen, increase, seen
from tests.e2e.slo_histories import MINUTE_MS, NEVER, Bools, Counters, History, Shape, counters, drawn, recorded
from tests.unit.slo.openslo.documents import read
from tests.unit.slo.rule_files.built import PER_WORKFLOW, rules
from tests.unit.slo.series import objective as of_records

pytestmark = [pytest.mark.skipif(not IS_THERE, reason=WHY_SKIPPED), pytest.mark.timeout(600)]  # to build Prometheus

END_MINUTE = 29_000_000  # all histories end here, in 2025
SHAPES = [
    *(Shape(600, interval_s) for interval_s in (15, 30, 60) for _ in range(24)),
    *(Shape(1_440 * days) for days in (1, 2, 3, 4, 5) for _ in range(16)),
    *(Shape(1_440 * 10) for _ in range(24)),
    *(Shape(1_440 * 31) for _ in range(16)),
    *(Shape(600, 60, is_plain=True) for _ in range(4)),
    *(Shape(1_440 * days, is_plain=True) for days in (2, 4, 10, 31)),
]
AGO_MINUTES = (0, 11, 47, 313, 1_441, 2_887, 9_000, 20_011)
"""Before the end, when all is evaluated."""
EXACT: Final = 1e-9
LOOKBACK_MS: Final = 5 * MINUTE_MS  # Prometheus's
log = logging.getLogger(__name__)
OBJECTIVE = read(PER_WORKFLOW)
WINDOWS_S = (*windows_s(OBJECTIVE), OBJECTIVE.period_s)
BURNS = (CURRENT_BURN_RATE, PERIOD_BURN_RATE, BUDGET_REMAINING)
RECORDED_NAME = re.compile(r"\b(slo:[a-zA-Z0-9_:]+)\{[^}]*\}")


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """One history, as each side has it."""

    workflow: str
    history: History
    counters: Counters
    minutes: MinuteSeries
    sums: SeriesSums

    @property
    def first_minute(self) -> int:
        return END_MINUTE - self.history.minutes

    def seen(self, window_s: int, at_minute: int) -> Seen:
        end_ms = (at_minute - self.first_minute) * MINUTE_MS
        return seen(self.history, self.counters, end_ms - window_s * 1_000, end_ms)

    def between_samples(self, window_s: int, at_minute: int) -> Seen:
        """What is seen of the events between the first and the last sample of the window."""
        end_ms = (at_minute - self.first_minute) * MINUTE_MS
        of_window = self.seen(window_s, at_minute)
        return seen(self.history, self.counters, end_ms - window_s * 1_000, end_ms, of_window.between_ms)

    def is_fresh(self, at_minute: int) -> bool:
        """Whether a sample is young enough for Prometheus to show it."""
        end_ms = (at_minute - self.first_minute) * MINUTE_MS
        scrapes_ms = self.history.scrapes_ms
        return bool(((scrapes_ms > end_ms - LOOKBACK_MS) & (scrapes_ms <= end_ms)).any())

    def ratio_between(self, between_ms: tuple[int, int]) -> float:
        """The engine's error ratio between two edges of minutes."""
        first, last = (each // MINUTE_MS for each in between_ms)
        return float(self.sums.over(last - first, self.first_minute + last).error_ratio[0])


@dataclass(slots=True)
class Tally:
    """How many values were compared, and how they came out."""

    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    differences: list[float] = field(default_factory=list)  # of those within a bound
    bounds: list[float] = field(default_factory=list)

    def compare(
        self, ours: float, theirs: float | None, seen: Seen, where: str, scale: float = 1.0, absolute: float = 0.0
    ) -> None:
        """Ours may be NaN, theirs absent. `scale`: how much the value moves with the error ratio."""
        assert (theirs is not None) == seen.ratio_exists, where
        if theirs is None or np.isnan(ours):
            self.counts["no events" if theirs is None and np.isnan(ours) else "events on one side only"] += 1
        elif seen.is_exact:
            assert theirs == pytest.approx(ours, rel=EXACT, abs=absolute), f"{where}: {ours} {theirs}"
            self.counts["exact"] += 1
            self.counts["exact, with failures"] += ours not in (0.0, 1.0)
        else:
            difference = abs(theirs - ours) / scale
            assert difference <= seen.bound + EXACT, f"{where}: {ours} {theirs} {seen}"
            self.counts["within the bound"] += 1
            self.counts["within the bound, not equal"] += difference > EXACT
            self.reasons.update(seen.bounds.keys())
            self.differences.append(difference)
            self.bounds.append(seen.bound)

    def tell(self, what: str) -> None:
        """How it came out, for docs/how-to/alert-from-prometheus.md."""
        median = f"medians: bound {np.median(self.bounds):.4f}, difference {np.median(self.differences):.4f}"
        log.info("%s: %s; reasons %s; %s", what, dict(self.counts), dict(self.reasons), median if self.bounds else "")


@pytest.fixture(scope="module")
def all_known() -> list[Known]:
    made = []
    for seed, shape in enumerate(SHAPES):
        history = drawn(seed, shape)
        minutes = recorded(history, END_MINUTE - shape.minutes, of_records(id=f"o-{seed}"))
        made.append(Known(f"w{seed}", history, counters(history), minutes, SeriesSums(minutes)))
    return made


@pytest.fixture(scope="module")
def prometheus(all_known: list[Known], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    folder = tmp_path_factory.mktemp("prometheus")
    with running_prometheus(folder, backfilled(folder, open_metrics(all_known))) as running:
        yield running


def open_metrics(all_known: list[Known]) -> Iterator[str]:
    """What scrapes would have found, sample by sample."""
    for counter in (EVENTS_COUNTER, GOOD_COUNTER):
        yield f"# TYPE {counter.removesuffix('_total')} counter\n"
        for each in all_known:
            values = each.counters.total if counter == EVENTS_COUNTER else each.counters.good
            times_ms = each.counters.times_ms + each.first_minute * MINUTE_MS
            series = f"{counter}{{{labels(each)}}}"
            rows = zip(times_ms.tolist(), values.tolist(), strict=True)
            yield "".join(f"{series} {value:.0f} {time_ms / 1_000:.3f}\n" for time_ms, value in rows)


def labels(known: Known) -> str:
    return (
        f'objective="{OBJECTIVE.id}",sloth_id="{known.workflow}",sloth_service="{OBJECTIVE.service}",'
        f'sloth_slo="{known.workflow}"'
    )


@pytest.fixture(scope="module")
def expressions() -> dict[str, str]:
    """What the rules of the objective record, each in terms of the counters alone: what one rule reads of another is put in."""
    written = {rule["record"]: rule["expr"] for rule in rules(PER_WORKFLOW) if "record" in rule}

    def whole(name: str) -> str:
        # "group_left (" would begin a list of labels
        return RECORDED_NAME.sub(
            lambda found: f"({whole(found[1])})", written[name].replace("group_left", "group_left ()")
        )

    names = [*(error_ratio(each) for each in WINDOWS_S), *BURNS]
    return {name: whole(name) for name in names}


def evaluated(prometheus: Prometheus, expression: str, minute: int) -> dict[str, float]:
    """By workflow."""
    return {labels[SLOTH_ID]: value for labels, value in prometheus.ask(expression, minute * 60)}


def test_every_window_agrees(all_known: list[Known], prometheus: Prometheus, expressions: dict[str, str]) -> None:
    """The error ratio of each window of each history, at several times: of the whole window, and of what lies between its first and
    last sample, where both see the same events unless one of the reasons says otherwise."""
    whole, between = Tally(), Tally()
    for at_minute in (END_MINUTE - ago for ago in AGO_MINUTES):
        for window_s in WINDOWS_S:
            theirs = evaluated(prometheus, expressions[error_ratio(window_s)], at_minute)
            for known in (each for each in all_known if each.first_minute < at_minute):
                where = f"{error_ratio(window_s)} of {known.workflow} at {at_minute}"
                told, of_window = theirs.get(known.workflow), known.seen(window_s, at_minute)
                ours = float(known.sums.over(window_s // 60, at_minute).error_ratio[0])
                whole.compare(ours, told, of_window, where)
                if told is not None and known.history.is_on_edges:
                    same = known.between_samples(window_s, at_minute)
                    assert "edge" not in same.bounds
                    between.compare(known.ratio_between(same.between_ms), told, same, f"{where}, between samples")
    whole.tell("windows")
    between.tell("windows, between samples")
    assert set(whole.reasons) == {"edge", "late", "corrected", "reset", "first value"}
    assert min(whole.counts["exact, with failures"], whole.counts["within the bound, not equal"]) > 500
    assert between.counts["exact, with failures"] > 2_000 and between.counts["within the bound"] > 500


def test_burn_rates_and_budgets_agree(
    all_known: list[Known], prometheus: Prometheus, expressions: dict[str, str]
) -> None:
    """The current burn rate, that of the period, and what is left of the budget."""
    objective, tallies = of_records(), {name: Tally() for name in BURNS}
    for at_minute in (END_MINUTE - ago for ago in AGO_MINUTES):
        now = at_minute * MINUTE_NANO
        for name, tally in tallies.items():
            theirs = evaluated(prometheus, expressions[name], at_minute)
            window_s = CURRENT_S if name == CURRENT_BURN_RATE else objective.period_s
            for known in (each for each in all_known if each.first_minute < at_minute):
                if name == BUDGET_REMAINING:
                    left = budget(known.sums, objective, now).remaining
                    ours = np.nan if left is None else left
                else:
                    ours = burn_rate(known.sums, objective, window_s, now)
                of_window = known.seen(window_s, at_minute)
                if not known.is_fresh(at_minute):  # where each workflow has its budget, that is read of its counter
                    of_window = replace(of_window, ratio_exists=False)
                where = f"{name} of {known.workflow} at {at_minute}"
                absolute = EXACT if name == BUDGET_REMAINING else 0.0  # a difference of two numbers about 1
                tally.compare(ours, theirs.get(known.workflow), of_window, where, 1 / objective.error_budget, absolute)
    for name, tally in tallies.items():
        tally.tell(name)
        assert min(tally.counts["exact, with failures"], tally.counts["within the bound, not equal"]) > 20


def test_the_minutes_that_are_read_back_are_those_of_the_records(
    all_known: list[Known], prometheus: Prometheus
) -> None:
    """By the door of Prometheus: each minute with scrapes at both its edges, but those of late events and new beginnings; and of all
    minutes together, each step of the counters once."""
    compared = 0
    with closing(PrometheusMinutes(PrometheusClient(prometheus.url, lambda: ""))) as source:
        for known in all_known:
            total, good = (f'{counter}{{{SLOTH_ID}="{known.workflow}"}}' for counter in (EVENTS_COUNTER, GOOD_COUNTER))
            objective = of_records(id=known.workflow, source=PrometheusCounts(total, good, is_bad=False))
            read_back = whole_series(source, objective, known.first_minute)
            assert read_back.total.sum() == increase(known.counters.total)
            assert read_back.good.sum() == increase(known.counters.good)
            np.testing.assert_array_equal(read_back.known, scraped_minutes(known.history))
            same = minutes_seen_whole(known.history)
            np.testing.assert_array_equal(read_back.total[same], known.minutes.total[same])
            np.testing.assert_array_equal(read_back.good[same], known.minutes.good[same])
            compared += int(same.sum())
    log.info("minutes read back: %d of %d compared", compared, sum(each.history.minutes for each in all_known))
    assert compared > 500_000


@pytest.mark.parametrize("target", [None, 0.99], ids=["RatioTimeslices", "Timeslices"])
def test_slices_of_a_ratio_are_those_that_the_rules_count(
    all_known: list[Known], prometheus: Prometheus, target: float | None
) -> None:
    """Of each tenth history, whatever befell it: slices, and how bad they were, in three windows."""
    slices = Slices(300, target)
    compared = 0
    with closing(PrometheusMinutes(PrometheusClient(prometheus.url, lambda: ""))) as source:
        for known in all_known[::10]:
            good, total = (
                f'sum(increase({counter}{{{SLOTH_ID}="{known.workflow}"}}[5m]))'
                for counter in (GOOD_COUNTER, EVENTS_COUNTER)
            )
            ratio = PrometheusRatio(f"1 - {good} / {total}", is_bad=True)
            objective = of_records(id=known.workflow, source=ratio, slices=slices, budgeting="RatioTimeslices")
            sums = budget_sums(whole_series(source, objective, END_MINUTE - 600), objective)
            counted = CountedSlices(good_ratio(ratio, slices), slices)
            for window_s in (3_600, 7_200, 21_600):
                window = sums.over(window_s // 60, END_MINUTE)
                for expression, ours in ((counted.total, window.total), (counted.failed, window.failures)):
                    theirs = sum(value for _, value in prometheus.ask(expression(window_s), END_MINUTE * 60))
                    assert theirs == pytest.approx(float(ours[0]), rel=EXACT, abs=EXACT)
                    compared += theirs > 0
    assert compared > 20


def whole_series(source: PrometheusMinutes, objective: Objective, first_minute: int) -> MinuteSeries:
    """However many turns it takes: the machine may be busy."""
    while True:
        try:
            return source.series(objective, first_minute, END_MINUTE)
        except Unavailable as error:
            assert "still being read" in str(error)


def scraped_minutes(history: History) -> Bools:
    """Those with a scrape that has one before it."""
    known = np.zeros(history.minutes, dtype=np.bool_)
    known[-(-history.scrapes_ms[1:] // MINUTE_MS) - 1] = True
    return known


def minutes_seen_whole(history: History) -> Bools:
    """Those with a scrape at both edges, and neither a new beginning nor an event that was told in another minute or twice."""
    at_edge = np.zeros(history.minutes + 1, dtype=np.bool_)
    at_edge[history.scrapes_ms[history.scrapes_ms % MINUTE_MS == 0] // MINUTE_MS] = True
    same = at_edge[:-1] & at_edge[1:]
    same[history.resets_ms // MINUTE_MS] = False
    late = history.told_ms // MINUTE_MS != history.happened_ms // MINUTE_MS
    same[history.told_ms[late] // MINUTE_MS] = False
    same[history.happened_ms[late] // MINUTE_MS] = False
    if (history.corrected_ms != NEVER).any():  # the good counter is held back for as long as it takes
        same[:] = False
    return same
