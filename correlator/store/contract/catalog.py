"""How what the engine concluded is kept."""

from typing import Protocol

from correlator.model.incident import ErrorGroup, Incident
from correlator.store.contract.incidents import ErrorGroupPage, IncidentPage, IncidentQuery
from correlator.store.contract.watch import WatchCommit, WatchState


class Catalog(Protocol):
    """Keeps what the engine concluded.

    Where several processes share a store, one commits at a time: what a commit builds on is what its process read by
    `watch_state` before, or committed itself. MUST raise Superseded, and keep nothing, once another process has committed
    since; so does `watch_state` of a process that has committed itself, since what it remembers is stale. The call of
    `watch_state` after that begins anew. What others commit is read at once, a list of it beside their commit in part.
    """

    def watch_state(self) -> WatchState: ...

    def commit_watch(self, commit: WatchCommit) -> None:
        """Replace the watch's state and upsert incidents (by key) and error groups (by fingerprint): all or nothing, durable.

        Raises Superseded. Where a server's answer is lost, Unavailable may be raised of a commit that is kept.
        """
        ...

    def incident(self, key: str) -> Incident | None: ...

    def incidents(self, query: IncidentQuery) -> IncidentPage:
        """Newest opened first, ties by key. Raises InvalidInput on a bad cursor."""
        ...

    def incidents_of_cause(self, cause_fingerprint: str) -> tuple[Incident, ...]:
        """All incidents with that cause, by ordinal."""
        ...

    def error_group(self, fingerprint: str) -> ErrorGroup | None: ...

    def error_groups(self, limit: int) -> ErrorGroupPage:
        """Last seen first, ties by fingerprint."""
        ...
