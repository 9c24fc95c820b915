"""The causes of recent incidents as Prometheus is told them: prepared turn by turn, never in a scrape."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Final

import structlog

from correlator.errors import CorrelatorError
from correlator.incidents.cause_info import CauseInfo, cause_infos, failures_per_minute
from correlator.pipeline.alerts.recent_incidents import RecentIncidents
from correlator.pipeline.slo.objectives import Objectives
from correlator.store.contract import Catalog, OutcomeLedger

log = structlog.get_logger()

INCIDENTS: Final = 20
KEPT_S: Final = 3_600.0
"""After an incident resolved: the page's windows are an hour at least, and its resolving is to name the cause, too."""
TURN_S: Final = 5.0
"""A third of Prometheus's usual scrape interval, so that a page finds the incident that it is about."""


@dataclass(frozen=True, slots=True)
class Causes:
    """What there is to be told at a moment. `failures_per_minute` is by incident."""

    infos: tuple[CauseInfo, ...] = ()
    failures_per_minute: tuple[tuple[str, float], ...] = ()


class CauseWatch:
    """Keeps `causes` up to date. One thread turns; any may read."""

    def __init__(
        self,
        catalog: Catalog,
        ledger: OutcomeLedger,
        objectives: Objectives,
        link_of: Callable[[str], str],
        clock_unix_nano: Callable[[], int] = time.time_ns,
    ) -> None:
        """`link_of` gives the address at which people find an incident, by its key."""
        self._recent = RecentIncidents(catalog, INCIDENTS, KEPT_S, clock_unix_nano)
        self._ledger = ledger
        self._objectives = objectives
        self._link_of = link_of
        self._clock = clock_unix_nano
        self.causes = Causes()

    def run(self, stop: Event) -> None:
        """Turn until `stop` is set. An error ends its turn, never the loop."""
        while not stop.is_set():
            try:
                self.turn()
            except CorrelatorError as error:
                log.warning("causes_not_read", reason=type(error).__name__)
            except Exception:
                log.exception("causes_not_read")
            stop.wait(TURN_S)

    def forget(self) -> None:
        """Nothing is to be told any more: another engine tells."""
        self.causes = Causes()

    def turn(self) -> None:
        """Read the incidents and objectives of now. Raises what the store raises."""
        incidents = self._recent.read()
        objectives = self._objectives.all() if incidents else ()
        names = self._ledger.workflow_names() if incidents else {}
        now = self._clock()
        self.causes = Causes(
            tuple(
                info
                for incident in incidents
                for info in cause_infos(incident, objectives, names, self._link_of(incident.key))
            ),
            tuple((incident.key, failures_per_minute(incident, now)) for incident in incidents),
        )
