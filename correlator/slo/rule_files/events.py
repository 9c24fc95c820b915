"""PromQL for how many events a window holds, and how many of them failed, from each kind of source.

Nothing here divides over a window: ratios are made later, once, of sums.
"""

from dataclasses import dataclass
from typing import Final, Protocol

from correlator.model.objective import Objective, PrometheusCounts, PrometheusRatio, RecordSource, Slices
from correlator.slo.rule_files.names import (
    EVENTS_COUNTER,
    GOOD_COUNTER,
    OBJECTIVE,
    duration,
    error_events,
    number,
    total_events,
)
from correlator.slo.rule_files.plain_selector import ranged
from correlator.slo.rule_files.scope import BY_IDENTITY, Scope
from correlator.slo.windows import MINUTE_S

RESOLUTION: Final = "1m"
"""Of rules, and of queries that must be asked anew within a window: the engine's own, a minute."""


class Events(Protocol):
    """How to count an objective's events."""

    def total(self, window_s: int) -> str:
        """Events of the window; no series where the source is not there, 0 where nothing happened."""

    def failed(self, window_s: int) -> str:
        """Of those, the failed ones; 0 where they were never seen. Reads what was recorded of the total."""


def events_of(objective: Objective, scope: Scope) -> Events:
    """How events of the objective are counted over windows shorter than the period."""
    source = objective.source
    if isinstance(source, RecordSource):
        return CountedRecords(objective.id, scope)
    if objective.slices is not None:
        return CountedSlices(good_ratio(source, objective.slices), objective.slices)
    assert isinstance(source, PrometheusCounts)
    return CountedQueries(source, scope)


def period_events_of(objective: Objective, scope: Scope, base_s: int) -> Events:
    """How they are counted over the period: the engine's counters are few and asked directly; of any others, which may be many,
    the sums that were recorded over the base window are summed."""
    if isinstance(objective.source, RecordSource):
        return CountedRecords(objective.id, scope)
    return SummedRecordings(scope, base_s)


@dataclass(frozen=True, slots=True)
class CountedRecords:
    """The engine's counters; of several engines, all."""

    objective_id: str
    scope: Scope

    def total(self, window_s: int) -> str:
        return self._increase(EVENTS_COUNTER, window_s)

    def failed(self, window_s: int) -> str:
        total = self.scope.series(total_events(window_s))
        return _difference(total, self._increase(GOOD_COUNTER, window_s), f"on {BY_IDENTITY}")

    def _increase(self, counter: str, window_s: int) -> str:
        window = duration(window_s)
        return f'sum by {BY_IDENTITY} (increase({counter}{{{OBJECTIVE}="{self.objective_id}"}}[{window}]))'


@dataclass(frozen=True, slots=True)
class CountedQueries:
    """Somebody's counters, or samples that each say how many events there were."""

    source: PrometheusCounts
    scope: Scope

    def total(self, window_s: int) -> str:
        return summed(self.source, self.source.total, window_s)

    def failed(self, window_s: int) -> str:
        total = self.scope.series(total_events(window_s))
        part = summed(self.source, self.source.good_or_bad, window_s)
        return _or_none(part, total, "on ()") if self.source.is_bad else _difference(total, part, "on ()")


@dataclass(frozen=True, slots=True)
class CountedSlices:
    """Slices of time, each judged by the ratio of good events at its end. `ratio` is PromQL, without NaN."""

    ratio: str
    slices: Slices

    def total(self, window_s: int) -> str:
        return f"count_over_time(({self.ratio}){self._steps(window_s)})"

    def failed(self, window_s: int) -> str:
        reached = self.slices.target
        badness = f"1 - clamp({self.ratio}, 0, 1)" if reached is None else f"({self.ratio}) < bool {number(reached)}"
        return f"sum_over_time(({badness}){self._steps(window_s)})"

    def _steps(self, window_s: int) -> str:
        return f"[{duration(window_s)}:{duration(self.slices.window_s)}]"


@dataclass(frozen=True, slots=True)
class SummedRecordings:
    """Sums over a window of what was recorded each minute over the base window. Each event is in as many of them as any
    other, so that their sum, divided by how many those are, is the number of events."""

    scope: Scope
    base_s: int

    def total(self, window_s: int) -> str:
        return self._sum(total_events(self.base_s), window_s)

    def failed(self, window_s: int) -> str:
        return self._sum(error_events(self.base_s), window_s)

    def _sum(self, name: str, window_s: int) -> str:
        return f"sum_over_time({self.scope.series(name)}[{duration(window_s)}]) / {self.base_s // MINUTE_S}"


def good_ratio(source: PrometheusCounts | PrometheusRatio, slices: Slices) -> str:
    """The ratio of good events in the slice that ends now; no sample without events. Of several series, the worst."""
    if isinstance(source, PrometheusRatio):
        ratio = f"1 - ({source.query.strip()})" if source.is_bad else f"({source.query.strip()})"
        return f"min({ratio} > -1)"  # no NaN is over -1
    total = summed(source, source.total, slices.window_s)
    part = _or_none(summed(source, source.good_or_bad, slices.window_s), total, "on ()")
    ratio = f"({part}) / ({total} > 0)"
    return f"1 - {ratio}" if source.is_bad else ratio


def summed(source: PrometheusCounts, query: str, window_s: int) -> str:
    """Events of a query over a window."""
    over = "increase" if source.is_counter else "sum_over_time"
    return f"sum({over}({ranged(query, duration(window_s), RESOLUTION)}))"


def _difference(total: str, good: str, matching: str) -> str:
    """Never below 0: two counters may be read a moment apart."""
    return f"clamp_min({total} - {matching} ({_or_none(good, total, matching)}), 0)"


def _or_none(part: str, total: str, matching: str) -> str:
    """A counter that was never counted up may not exist: where the total does, that is 0."""
    return f"{part} or {matching} 0 * {total}"
