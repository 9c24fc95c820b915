"""Keeps objectives on /metrics: made ready once a turn, so that a scrape computes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from correlator.model.objective import SEVERITIES, Objective, RecordSource
from correlator.model.outcome import RunningCount
from correlator.pipeline.slo.objectives import InForce
from correlator.pipeline.slo.status import ObjectiveStatus, StatusReader
from correlator.slo.minute_series import end_minute
from correlator.slo.rule_files.names import duration
from correlator.slo.running_count import NOTHING
from correlator.store.contract import OutcomeLedger
from correlator.telemetry.objective_metrics import ObjectiveMetrics, ShownObjective

SHOWN: Final = 1_000
"""Objectives on /metrics at most, those of workflows one by one: 17,000 series. Those that are shown stay; others are counted."""


class ObjectiveBoard:
    """Shows the objectives of our own records as metrics, turn by turn. Counters that are new stay at 0 for `first_scrape_s`: a Prometheus that never
    saw them at 0 would not see their first step.
    """

    def __init__(
        self, reader: StatusReader, ledger: OutcomeLedger, metrics: ObjectiveMetrics, first_scrape_s: float
    ) -> None:
        self._reader = reader
        self._ledger = ledger
        self._metrics = metrics
        self._first_scrape_nano = int(first_scrape_s * 1e9)
        self._since: dict[str, int] = dict.fromkeys(ledger.running_counts(), 0)  # counted before: no first step to miss
        self._shown: dict[str, None] = {}  # ids, in the order in which they came
        self._statuses: dict[str, ObjectiveStatus] = {}
        self._end_minute = 0

    def turn(self, now_unix_nano: int, changed: Iterable[str] = ()) -> None:
        """Show what holds now. `changed` are the ids whose minutes have changed since the last turn: only with them, and with
        the minute, do numbers change."""
        in_force = {each.objective.id: each for each in self._reader.objectives.in_force() if is_counted_here(each)}
        self._choose(in_force)
        self._read([in_force[each].objective for each in self._shown], now_unix_nano, frozenset(changed))
        counts = self._ledger.running_counts()
        shown = [self._metrics_of(in_force[each], counts.get(each), now_unix_nano) for each in self._shown]
        self._metrics.show(shown, len(in_force) - len(shown))

    def _choose(self, in_force: Mapping[str, InForce]) -> None:
        kept = [each for each in self._shown if each in in_force]
        new = [each for each in in_force if each not in self._shown]
        self._shown = dict.fromkeys([*kept, *new][:SHOWN])

    def _read(self, objectives: Sequence[Objective], now_unix_nano: int, changed: frozenset[str]) -> None:
        if end_minute(now_unix_nano) != self._end_minute:
            self._statuses, self._end_minute = {}, end_minute(now_unix_nano)
        stale = [each for each in objectives if each.id in changed or each.id not in self._statuses]
        self._statuses |= {each.objective.id: each for each in self._reader.statuses(stale)}

    def _metrics_of(self, each: InForce, count: RunningCount | None, now_unix_nano: int) -> ShownObjective:
        objective, status = each.objective, self._statuses[each.objective.id]
        shown = NOTHING if self._is_new(objective.id, now_unix_nano) else count or NOTHING
        severities = {window.severity for window in objective.windows}
        on = {alert.state.window.severity for alert in status.alerts if alert.state.is_on}
        return ShownObjective(
            written_id=each.written_id,
            id=objective.id,
            service=objective.service,
            name=objective.name,
            target=objective.target,
            events=shown.shown_total,
            good_events=shown.shown_good,
            budget_remaining=status.budget.remaining,
            coverage=status.budget.compliance.coverage,
            burn_rates=[(duration(b.window_s), b.burn_rate) for b in status.burns if b.burn_rate is not None],
            alerts=[(severity, severity in on) for severity in SEVERITIES if severity in severities],
        )

    def _is_new(self, objective_id: str, now_unix_nano: int) -> bool:
        return now_unix_nano - self._since.setdefault(objective_id, now_unix_nano) < self._first_scrape_nano


def is_counted_here(each: InForce) -> bool:
    """Whether its events are our own records; a Prometheus has those that it counts itself."""
    return isinstance(each.objective.source, RecordSource)
