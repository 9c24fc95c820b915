"""A trace put together from its spans and logs, and the edges that join its parts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from correlator.model.span import LogRecord, Span

SAME_TRACE_ID: Final = "same_trace_id"
SPAN_LINK: Final = "span_link"


@dataclass(frozen=True, slots=True)
class Edge:
    """`from_span_id` caused `to_span_id`; `method` says how we know, `precision` how often that is right (0..1)."""

    from_span_id: str
    to_span_id: str
    method: str
    precision: float


@dataclass(frozen=True, slots=True)
class Trace:
    """All that is known under one trace id. The same records in any order give an equal Trace.

    `spans` are ordered by (start as corrected, span_id); `logs` by (time, service, body). `children` maps a span id to its
    children's, in the order of `spans`; `roots` are the spans without a parent here, whether they never had one or it is
    among `missing_parents` (then they are orphans). `clock_offset_nano` is what assembling added to the times of a service
    whose clock disagrees with its callers': the spans keep their own times, `start_of` gives the corrected one.
    """

    trace_id: str
    spans: tuple[Span, ...]
    logs: tuple[LogRecord, ...] = ()
    roots: tuple[str, ...] = ()
    orphans: tuple[str, ...] = ()
    missing_parents: tuple[str, ...] = ()
    children: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    edges: tuple[Edge, ...] = ()
    clock_offset_nano: Mapping[str, int] = field(default_factory=dict)

    def span(self, span_id: str) -> Span | None:
        """The span of that id; None when it is not here."""
        return next((span for span in self.spans if span.span_id == span_id), None)

    def start_of(self, span: Span) -> int:
        """Start in unix nanoseconds on the clock of the trace's first root."""
        return span.start_time_unix_nano + self.clock_offset_nano.get(span.service_name, 0)
