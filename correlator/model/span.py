"""A span and a log record as values, for the few that one looks at closely. Bulk rows stay in Arrow tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SpanEvent:
    time_unix_nano: int
    name: str
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SpanLink:
    trace_id: str
    span_id: str
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Span:
    trace_id: str
    span_id: str
    parent_span_id: str | None
    name: str
    kind: int
    start_time_unix_nano: int
    end_time_unix_nano: int
    status_code: int
    status_message: str
    is_error: bool
    attributes: Mapping[str, Any]
    events: tuple[SpanEvent, ...]
    links: tuple[SpanLink, ...]
    service_name: str
    system: str
    scope_name: str
    resource_attributes: Mapping[str, Any]
    marks: int = 0
    trace_state: str = ""
    scope_version: str = ""

    @property
    def duration_nano(self) -> int:
        """Never negative: a span that ends before it starts has taken no time."""
        return max(0, self.end_time_unix_nano - self.start_time_unix_nano)


@dataclass(frozen=True, slots=True)
class LogRecord:
    trace_id: str | None
    span_id: str | None
    time_unix_nano: int
    severity_number: int
    severity_text: str
    body: str
    is_error: bool
    attributes: Mapping[str, Any]
    service_name: str
    system: str
    scope_name: str
    resource_attributes: Mapping[str, Any]
    position: int = 0
    row: int = 0
    marks: int = 0
    scope_version: str = ""
