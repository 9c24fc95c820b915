"""An incident: one cause, all its victims, from its first failure until it has been quiet."""

from dataclasses import dataclass

from correlator.model.finding import Finding


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """Errors with one fingerprint, over all traces."""

    fingerprint: str
    service_name: str
    system: str
    operation: str
    error_type: str
    template: str
    count: int
    first_seen_unix_nano: int
    last_seen_unix_nano: int
    trace_ids: tuple[str, ...] = ()  # the newest, at most 10


@dataclass(frozen=True, slots=True)
class Incident:
    """Key: `{cause fingerprint}-{ordinal}`, the same on every replica and after every restart; ordinal 1 is the first.

    `state` is open | resolved; `severity` critical | error | warning | info. Times are of the failures themselves, not of
    their arrival. `previous` is the key of the resolved incident with the same cause, if there was one. Of `failures`,
    `counted_by_signature` were not investigated: their errors are the same as those of traces that were.
    """

    key: str
    cause_fingerprint: str
    state: str
    severity: str
    title: str
    opened_at_unix_nano: int
    last_seen_unix_nano: int
    resolved_at_unix_nano: int | None
    failures: int  # traces that failed by this cause
    services: tuple[str, ...]
    systems: tuple[str, ...]
    workflows: tuple[str, ...]
    trace_ids: tuple[str, ...]  # the newest, at most 20
    root_cause: Finding
    previous: str | None = None
    counted_by_signature: int = 0


@dataclass(frozen=True, slots=True)
class FailureSighting:
    """One failing trace and its cause: what incidents are made of.

    `cause_fingerprint` is what incidents merge by: that of the finding's first candidate, or of the deepest failure known
    where the finding abstains. `trace_id` is empty for an ERROR log that carries none. `by_signature`: the finding is that
    of another trace with the same errors. `story` names all traces of its story, where that has more than this one.
    """

    trace_id: str
    time_unix_nano: int  # of the first failure in the trace
    finding: Finding
    services: tuple[str, ...]
    systems: tuple[str, ...]
    workflows: tuple[str, ...]
    cause_fingerprint: str = ""
    by_signature: bool = False
    story: tuple[str, ...] = ()

    @property
    def trace_ids(self) -> frozenset[str]:
        """The traces that this failure is one failure of; empty for a log without a trace."""
        return frozenset({self.trace_id, *self.story} - {""})


@dataclass(frozen=True, slots=True)
class WaitingTrace:
    """A failing trace that is not accounted for yet, because its records may still be arriving.

    `first_position` is the log position of the first error that made it wait. Arrivals are unix nanoseconds.
    """

    trace_id: str
    first_position: int
    first_arrival_unix_nano: int
    last_arrival_unix_nano: int


@dataclass(frozen=True, slots=True)
class PendingCause:
    """Failures by one cause that have not reached the threshold yet."""

    cause_fingerprint: str
    sightings: tuple[FailureSighting, ...]
