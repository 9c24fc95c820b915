"""Whose alerts are on: decided after the ledger's turns, kept in the ledger, told when it changes."""

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

import structlog

from correlator.errors import CorrelatorError
from correlator.model.objective import SEVERITIES, Objective, RecordSource, Severity, Window
from correlator.pipeline.slo.objectives import Objectives
from correlator.slo.alerting import WindowState, alerts_now
from correlator.slo.minute_series import end_minute
from correlator.store.contract import BurningWindow, LedgerCommit, OutcomeLedger

log = structlog.get_logger()

ELSEWHERE_S: Final = 20.0
"""For all objectives over a Prometheus in one turn, a third of the minute between two evaluations; the last one may take longer."""
Since = dict[Window, int]
"""Of windows whose alert is on, the minute since when."""


@dataclass(frozen=True, slots=True)
class AlertChange:
    """An alert of a severity began or ended. `is_inhibited`: a ticket while the page of the same objective is on, which calls
    nobody. `reason` is that of the window which decided."""

    kind: Literal["began", "ended"]
    objective: Objective
    severity: Severity
    is_inhibited: bool
    reason: str


Tell = Callable[[AlertChange], None]
"""Called once the change is in the ledger."""


def untold(change: AlertChange) -> None:
    """Tells nobody."""


class Alerts:
    """Decides which windows burn. From one thread.

    An objective is asked once a minute, and whenever its minutes change: nothing else can change what its windows say. One
    whose Prometheus does not answer keeps the alerts that it has.
    """

    def __init__(
        self,
        ledger: OutcomeLedger,
        objectives: Objectives,
        tell: Tell = untold,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger = ledger
        self._objectives = objectives
        self._tell = tell
        self._clock = clock
        self._end_minute = 0
        self._last_elsewhere = ""  # the id of the last objective over a Prometheus that was asked

    def turn(self, now_unix_nano: int, changed: Collection[str]) -> None:
        """Ask all objectives in a new minute, else those that have `changed` since the last turn. Raises as the store does."""
        end, in_force = end_minute(now_unix_nano), self._objectives.all()
        asked = in_force if end != self._end_minute else [each for each in in_force if each.id in changed]
        if not asked and end == self._end_minute:
            return
        kept = {each.id for each in in_force}
        before = self._burning()
        burning = {objective_id: since for objective_id, since in before.items() if objective_id in kept}
        changes: list[AlertChange] = []
        for objective in self._in_turn(asked):
            since = before.get(objective.id, {})
            states = self._states(objective, since, now_unix_nano)
            if states is not None:
                changes += changes_of(objective, states, since)
                burning[objective.id] = {each.window: since.get(each.window, end - 1) for each in states if each.is_on}
        after = tuple(_windows(burning))
        if after != self._ledger.burning_windows():
            self._objectives.commit(LedgerCommit(self._ledger.ledger_state(), burning=after))
        self._end_minute = end
        for change in changes:
            self._tell(change)

    def _in_turn(self, asked: Iterable[Objective]) -> Iterator[Objective]:
        """Those over our own records; then those of a Prometheus, for ELSEWHERE_S, and in the next turn from where that ended: one
        that is slow keeps nobody's counting waiting. What is not asked keeps the alerts that it has."""
        elsewhere = list[Objective]()
        for each in asked:
            if isinstance(each.source, RecordSource):
                yield each
            else:
                elsewhere.append(each)
        until_s = self._clock() + ELSEWHERE_S
        for each in sorted(elsewhere, key=lambda each: (each.id <= self._last_elsewhere, each.id)):
            if self._clock() > until_s:
                return
            self._last_elsewhere = each.id
            yield each

    def _burning(self) -> dict[str, Since]:
        burning: defaultdict[str, Since] = defaultdict(dict)
        for each in self._ledger.burning_windows():
            burning[each.objective_id][each.window] = each.since_minute
        return dict(burning)

    def _states(self, objective: Objective, before: Since, now_unix_nano: int) -> tuple[WindowState, ...] | None:
        """None where nothing could be asked: what was on stays on."""
        try:
            sums = self._objectives.sums(objective, now_unix_nano)
        except CorrelatorError as error:
            log.warning("slo_not_evaluated", objective=objective.id, reason=str(error))
            return None
        states = alerts_now(sums, objective, frozenset(before), now_unix_nano).states
        _log(objective, states, before)
        return states


def changes_of(
    objective: Objective, states: Collection[WindowState], before: Collection[Window]
) -> Iterator[AlertChange]:
    """The severities whose alerts began or ended, given the windows that were on before. Of several windows, the first tells why."""
    was = {window.severity for window in before}
    on = {each.window.severity for each in states if each.is_on}
    for severity in SEVERITIES:
        if (severity in on) != (severity in was):
            turned = (s for s in states if s.window.severity == severity and s.is_on != (s.window in before))
            reason = next((each.reason for each in turned), "")
            is_inhibited = severity == "ticket" and "page" in on
            yield AlertChange("began" if severity in on else "ended", objective, severity, is_inhibited, reason)


def _log(objective: Objective, states: Iterable[WindowState], before: Since) -> None:
    for each in states:
        if each.is_on != (each.window in before):
            log.warning(
                "slo_alert_begins" if each.is_on else "slo_alert_ends",
                objective=objective.id,
                severity=each.window.severity,
                long_window_s=each.window.long_window_s,
                long_burn_rate=round(each.long_burn_rate, 3),
                short_burn_rate=round(each.short_burn_rate, 3),
                reason=each.reason,
            )


def _windows(burning: dict[str, Since]) -> Iterator[BurningWindow]:
    for objective_id, since in sorted(burning.items()):
        yield from (BurningWindow(objective_id, window, minute) for window, minute in since.items())
