"""Whose alerts are on: decided after the ledger's turns, kept in the ledger, told when it changes."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

import structlog

from correlator.errors import CorrelatorError
from correlator.model.objective import Objective, Window
from correlator.pipeline.slo.objectives import Objectives
from correlator.slo.alerting import WindowState, alerts_now
from correlator.slo.minute_series import end_minute
from correlator.store.contract import BurningWindow, LedgerCommit, OutcomeLedger

log = structlog.get_logger()

Since = dict[Window, int]
"""Of windows whose alert is on, the minute since when."""


class Alerts:
    """Decides which windows burn. From one thread.

    An objective is asked once a minute, and whenever its minutes change: nothing else can change what its windows say. One
    whose Prometheus does not answer keeps the alerts that it has.
    """

    def __init__(self, ledger: OutcomeLedger, objectives: Objectives) -> None:
        self._ledger = ledger
        self._objectives = objectives
        self._end_minute = 0

    def turn(self, now_unix_nano: int, changed: Collection[str]) -> None:
        """Ask all objectives in a new minute, else those that have `changed` since the last turn. Raises as the store does."""
        end, in_force = end_minute(now_unix_nano), self._objectives.all()
        asked = in_force if end != self._end_minute else [each for each in in_force if each.id in changed]
        if not asked:
            return
        kept = {each.id for each in in_force}
        before = self._burning()
        burning = {objective_id: since for objective_id, since in before.items() if objective_id in kept}
        for objective in asked:
            burning[objective.id] = self._asked(objective, before.get(objective.id, {}), now_unix_nano)
        after = tuple(_windows(burning))
        if after != self._ledger.burning_windows():
            self._objectives.commit(LedgerCommit(self._ledger.ledger_state(), burning=after))
        self._end_minute = end

    def _burning(self) -> dict[str, Since]:
        burning: defaultdict[str, Since] = defaultdict(dict)
        for each in self._ledger.burning_windows():
            burning[each.objective_id][each.window] = each.since_minute
        return dict(burning)

    def _asked(self, objective: Objective, before: Since, now_unix_nano: int) -> Since:
        try:
            sums = self._objectives.sums(objective, now_unix_nano)
        except CorrelatorError as error:
            log.warning("slo_not_evaluated", objective=objective.id, reason=str(error))
            return before
        states = alerts_now(sums, objective, frozenset(before), now_unix_nano).states
        this_minute = end_minute(now_unix_nano) - 1
        _tell(objective, states, before)
        return {each.window: before.get(each.window, this_minute) for each in states if each.is_on}


def _tell(objective: Objective, states: Iterable[WindowState], before: Since) -> None:
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
