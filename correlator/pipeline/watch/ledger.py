"""The causes that one turn of the watch touches: read from the catalog, advanced in memory, handed back to be committed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from correlator.incidents.lifecycle import OPEN, CauseHistory, Rules, advance, revise
from correlator.model.incident import FailureSighting, Incident, PendingCause
from correlator.store.contract import Catalog, IncidentQuery

PENDING_CAUSES: Final = 1_000
"""Causes below the threshold that are remembered; past it those whose failures are the oldest are forgotten."""
_PAGE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Balance:
    """What a turn comes to: incidents new or different, those of them that are new, all that are open now, the causes still
    below the threshold, and how many of those were forgotten for want of room."""

    changed: tuple[Incident, ...]
    opened: tuple[Incident, ...]
    open_incidents: tuple[Incident, ...]
    pending: tuple[PendingCause, ...]
    forgotten: int


class Ledger:
    """Counts failures into causes. Nothing is written: `balance` says what to commit."""

    def __init__(self, catalog: Catalog, pending: Sequence[PendingCause], rules: Rules) -> None:
        self._catalog = catalog
        self._rules = rules
        self._pending = {each.cause_fingerprint: each.sightings for each in pending}
        self._open = {incident.key: incident for incident in open_incidents(catalog)}
        self._revised: dict[str, Incident] = {}
        self._sightings: dict[str, list[FailureSighting]] = {}

    def count(self, sighting: FailureSighting) -> None:
        """A failure that was not counted before."""
        self._sightings.setdefault(sighting.cause_fingerprint, []).append(sighting)

    @property
    def counted(self) -> "Iterator[FailureSighting]":
        """The failures that this turn counts."""
        return (sighting for of_cause in self._sightings.values() for sighting in of_cause)

    def recount(self, sighting: FailureSighting) -> str:
        """A story of which a trace was counted before; says what became of it: moved | revised | counted.

        One that opened no incident yet counts under its new cause instead. One among the samples of open incidents stays
        counted there, and may tell their cause anew. Any other stays as it was counted.
        """
        if self._take_from_pending(sighting.trace_ids):
            self.count(sighting)
            return "moved"
        holding = [each for each in self._open.values() if not sighting.trace_ids.isdisjoint(each.trace_ids)]
        for incident in holding:
            self._revised[incident.key] = revise(self._revised.get(incident.key, incident), sighting)
        return "revised" if holding else "counted"

    def balance(self, now_unix_nano: int) -> Balance:
        """All causes advanced to `now_unix_nano`."""
        stored: dict[str, Incident] = {}
        after: dict[str, Incident] = {}
        pending = dict(self._pending)
        for cause_fingerprint in sorted(self._touched(now_unix_nano)):
            known = self._catalog.incidents_of_cause(cause_fingerprint)
            history = self._advanced(cause_fingerprint, known, now_unix_nano)
            stored |= {incident.key: incident for incident in known}
            after |= {incident.key: incident for incident in history.incidents}
            pending[cause_fingerprint] = history.pending
        changed = tuple(incident for key, incident in sorted(after.items()) if incident != stored.get(key))
        kept = _newest(pending)
        return Balance(
            changed=changed,
            opened=tuple(incident for incident in changed if incident.key not in stored),
            open_incidents=tuple(each for each in (self._open | after).values() if each.state == OPEN),
            pending=kept,
            forgotten=sum(map(bool, pending.values())) - len(kept),
        )

    def _take_from_pending(self, trace_ids: frozenset[str]) -> bool:
        """Whether any failure of these traces waited; none does any more."""
        taken = False
        for cause_fingerprint, sightings in self._pending.items():
            others = tuple(each for each in sightings if trace_ids.isdisjoint(each.trace_ids))
            taken = taken or len(others) < len(sightings)
            self._pending[cause_fingerprint] = others
        return taken

    def _touched(self, now_unix_nano: int) -> set[str]:
        """Causes with a new failure, with an incident told anew, or with one that has been quiet for long enough."""
        quiet = (
            incident.cause_fingerprint
            for incident in self._open.values()
            if incident.last_seen_unix_nano + self._rules.quiet_nano <= now_unix_nano
        )
        return {*self._sightings, *(each.cause_fingerprint for each in self._revised.values()), *quiet}

    def _advanced(self, cause_fingerprint: str, known: Sequence[Incident], now_unix_nano: int) -> CauseHistory:
        incidents = tuple(self._revised.get(incident.key, incident) for incident in known)
        history = CauseHistory(cause_fingerprint, incidents, self._pending.get(cause_fingerprint, ()))
        return advance(history, self._sightings.get(cause_fingerprint, ()), now_unix_nano, self._rules)


def open_incidents(catalog: Catalog) -> Iterator[Incident]:
    """All open incidents, page by page."""
    cursor: str | None = None
    while True:
        page = catalog.incidents(IncidentQuery(state=OPEN, limit=_PAGE, cursor=cursor))
        yield from page.incidents
        if (cursor := page.next_cursor) is None:
            return


def _newest(pending: Mapping[str, Sequence[FailureSighting]]) -> tuple[PendingCause, ...]:
    """At most PENDING_CAUSES causes that have failures pending, those with the newest, by fingerprint."""
    causes = [PendingCause(cause, tuple(sightings)) for cause, sightings in pending.items() if sightings]
    causes.sort(key=lambda cause: (-max(each.time_unix_nano for each in cause.sightings), cause.cause_fingerprint))
    return tuple(sorted(causes[:PENDING_CAUSES], key=lambda cause: cause.cause_fingerprint))
