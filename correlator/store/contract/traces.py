"""Which traces are asked for, and lists of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TraceQuery:
    """Which traces to list. Bounds are [start, end) on a span's start time, unix nanoseconds. None: any.

    A duration lies in [min, max]; that of a span which ends before it starts is 0.
    """

    service_name: str | None = None
    system: str | None = None
    error: bool | None = None
    start_unix_nano: int | None = None
    end_unix_nano: int | None = None
    limit: int = 100
    cursor: str | None = None
    span_name: str | None = None
    min_duration_nano: int | None = None
    max_duration_nano: int | None = None


@dataclass(frozen=True, slots=True)
class TraceSummary:
    """One line of a list of traces. `name`, `service_name` and `system` are those of its earliest span."""

    trace_id: str
    name: str
    service_name: str
    system: str
    start_time_unix_nano: int
    end_time_unix_nano: int
    spans: int
    errors: int
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TracePage:
    traces: tuple[TraceSummary, ...]
    next_cursor: str | None
