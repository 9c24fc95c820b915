"""Which incidents are asked for, and lists of them and of error groups."""

from dataclasses import dataclass, field

from correlator.model.incident import ErrorGroup, Incident


@dataclass(frozen=True, slots=True)
class IncidentQuery:
    """Which incidents to list; bounds are [start, end) on opened_at. None: any."""

    state: str | None = None
    start_unix_nano: int | None = None
    end_unix_nano: int | None = None
    limit: int = 100
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class IncidentPage:
    incidents: tuple[Incident, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class ErrorGroupPage:
    error_groups: tuple[ErrorGroup, ...] = field(default=())
