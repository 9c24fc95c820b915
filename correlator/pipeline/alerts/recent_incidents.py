"""Incidents that are open, and those that resolved a short time ago, asked again and again."""

import time
from collections.abc import Callable, Iterator
from typing import Final

from correlator.incidents.lifecycle import OPEN, RESOLVED
from correlator.model.incident import Incident
from correlator.store.contract import Catalog, IncidentQuery

PAGE: Final = 1_000
RESOLVED_LOOKED_AT: Final = 50
"""Resolved incidents that are looked at each time, the newest opened. One that was open the time before is found anyhow."""


class RecentIncidents:
    """At most `limit`: open ones, newest opened first; then resolved ones of the last `kept_s`, last resolved first.

    For one thread.
    """

    def __init__(
        self, catalog: Catalog, limit: int, kept_s: float, clock_unix_nano: Callable[[], int] = time.time_ns
    ) -> None:
        self._catalog = catalog
        self._limit = limit
        self._kept_nano = int(kept_s * 1e9)
        self._clock = clock_unix_nano
        self._known: set[str] = set()

    def read(self) -> tuple[Incident, ...]:
        """As of now. Raises what the catalog raises."""
        recent = (*self._open(), *self._resolved())[: self._limit]
        self._known = {incident.key for incident in recent}
        return recent

    def _open(self) -> tuple[Incident, ...]:
        query = IncidentQuery(state=OPEN, limit=min(self._limit, PAGE))
        return self._catalog.incidents(query).incidents

    def _resolved(self) -> list[Incident]:
        page = self._catalog.incidents(IncidentQuery(state=RESOLVED, limit=min(self._limit, RESOLVED_LOOKED_AT)))
        found = {incident.key: incident for incident in (*page.incidents, *self._known_before(page.incidents))}
        oldest = self._clock() - self._kept_nano
        return sorted(
            (each for each in found.values() if _end(each) > oldest), key=lambda each: (-_end(each), each.key)
        )

    def _known_before(self, listed: tuple[Incident, ...]) -> Iterator[Incident]:
        for key in sorted(self._known - {incident.key for incident in listed}):
            incident = self._catalog.incident(key)
            if incident is not None and incident.state == RESOLVED:
                yield incident


def _end(incident: Incident) -> int:
    return incident.resolved_at_unix_nano or 0
