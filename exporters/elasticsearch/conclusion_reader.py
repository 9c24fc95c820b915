"""What the catalog holds of incidents and errors, into the outbox: soon where it changes, all of it now and then."""

import time
from collections.abc import Callable, Iterator, Sequence
from threading import Event
from typing import Final

import msgspec
import structlog

from correlator.elasticsearch.documents.conclusions import (
    error_group_document,
    finding_document,
    finding_id,
    incident_document,
)
from correlator.errors import CorrelatorError
from correlator.incidents.lifecycle import OPEN, RESOLVED
from correlator.model.incident import ErrorGroup, Incident
from correlator.store.contract import Catalog, IncidentQuery
from exporters.elasticsearch.outbox import Outbox, State

log = structlog.get_logger()

TURN_S: Final = 2.0  # so soon is a change told
ALL_S: Final = 600.0  # between two looks at all incidents, the first at the start: what changed unseen is found then
PAGE: Final = 500
GROUPS: Final = 10_000  # of errors, the last seen
GROUPS_LOOKED_AT: Final = 200  # each turn
RESOLVED_LOOKED_AT: Final = 50  # each turn, the newest opened: they may have opened since the turn before


class ConclusionReader:
    """Compares what `catalog` holds with what `outbox` had told. For one thread."""

    def __init__(
        self,
        catalog: Catalog,
        outbox: Outbox,
        link_of: Callable[[str], str],
        clock_unix_nano: Callable[[], int] = time.time_ns,
    ) -> None:
        self._catalog, self._outbox, self._link_of, self._clock = catalog, outbox, link_of, clock_unix_nano
        self._open_before: set[str] = set()
        self._all_at_unix_nano: int | None = None

    def run(self, stop: Event) -> None:
        """Until `stop` is set. Raises nothing."""
        while not stop.is_set():
            try:
                self.turn()
            except (CorrelatorError, OSError) as error:
                log.warning("conclusions_not_read", reason=type(error).__name__)
            except Exception:
                log.exception("conclusions_not_read")
            stop.wait(TURN_S)

    def turn(self) -> None:
        """Raises what the catalog and the outbox raise; nothing is missed by that."""
        now = self._clock()
        if self._all_at_unix_nano is None or now - self._all_at_unix_nano >= ALL_S * 1e9:
            for page in self._pages():
                self._put(page)
            self._put((), self._catalog.error_groups(GROUPS).error_groups)
            self._all_at_unix_nano = now
        self._put(self._recent(), self._catalog.error_groups(GROUPS_LOOKED_AT).error_groups)

    def _recent(self) -> list[Incident]:
        """All that are open, those that were the time before, and some that resolved."""
        opened = [incident for page in self._pages(OPEN) for incident in page]
        resolved = self._catalog.incidents(IncidentQuery(state=RESOLVED, limit=RESOLVED_LOOKED_AT)).incidents
        ended = self._open_before - {incident.key for incident in (*opened, *resolved)}
        found = [incident for key in sorted(ended) if (incident := self._catalog.incident(key)) is not None]
        self._open_before = {incident.key for incident in opened}
        return [*opened, *resolved, *found]

    def _pages(self, state: str | None = None) -> Iterator[Sequence[Incident]]:
        cursor: str | None = None
        while True:
            page = self._catalog.incidents(IncidentQuery(state=state, limit=PAGE, cursor=cursor))
            yield page.incidents
            if (cursor := page.next_cursor) is None:
                return

    def _put(self, incidents: Sequence[Incident], groups: Sequence[ErrorGroup] = ()) -> None:
        states = [state for incident in incidents for state in _states(incident, self._link_of(incident.key))]
        states += (
            State("error-groups", each.fingerprint, msgspec.json.encode(error_group_document(each))) for each in groups
        )
        if states:
            self._outbox.put(states, self._clock())


def _states(incident: Incident, link: str) -> Iterator[State]:
    yield State("incidents", incident.key, msgspec.json.encode(incident_document(incident, link)))
    yield State("findings", finding_id(incident), msgspec.json.encode(finding_document(incident, link)))
