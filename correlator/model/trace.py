"""A trace put together from its spans and logs, and the edges that join its parts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from correlator.model.span import LogRecord, Span

SAME_TRACE_ID: Final = "same_trace_id"
SPAN_LINK: Final = "span_link"
PARENT_EXECUTION: Final = "parent_execution"
RETRY_OF: Final = "retry_of"
TRACING_CONTEXT: Final = "tracing_context"
EXECUTION_ID: Final = "execution_id"
JOB_KEY: Final = "job_key"
PAYLOAD: Final = "payload"
METHODS: Final = (
    SAME_TRACE_ID,
    SPAN_LINK,
    PARENT_EXECUTION,
    RETRY_OF,
    TRACING_CONTEXT,
    EXECUTION_ID,
    JOB_KEY,
    PAYLOAD,
)
"""The ladder: how we know that two records belong together, surest first. Where several hold, the first is told."""
HEURISTICS: Final = frozenset({EXECUTION_ID, JOB_KEY, PAYLOAD})
"""The methods that conclude from what two records have in common; by the others, one names the other."""


@dataclass(frozen=True, slots=True)
class Edge:
    """`from_span_id` caused `to_span_id`; `method` says how we know, `precision` how often that is right (0..1).

    `precision` was measured on `measured_joins` labelled joins; None where it was not measured. The two spans lie in one
    trace, or, with both trace ids given, in two that make one story.
    """

    from_span_id: str
    to_span_id: str
    method: str
    precision: float | None
    from_trace_id: str = ""
    to_trace_id: str = ""
    measured_joins: int = 0


@dataclass(frozen=True, slots=True)
class Trace:
    """All that is known under one trace id. The same records in any order give an equal Trace.

    `spans` are ordered by (start as corrected, span_id); `logs` by (time, service, body). `children` maps a span id to its
    children's, in the order of `spans`; `roots` are the spans without a parent here, whether they never had one or it is
    among `missing_parents` (then they are orphans). `clock_offset_nano` is what assembling added to the times of a service
    whose clock disagrees with its callers': the spans keep their own times, `start_of` gives the corrected one.

    A trace that was joined with others into one story holds the spans and logs of all of them: `trace_ids` names them,
    `story_id` is the least of them, and the edges between traces carry their trace ids. `possible_edges` are joins that
    more than one candidate fits: shown, never joined by. `left_out` says in words what a bound kept out of the story.
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
    story_id: str = ""
    trace_ids: tuple[str, ...] = ()
    possible_edges: tuple[Edge, ...] = ()
    left_out: tuple[str, ...] = ()

    def span(self, span_id: str) -> Span | None:
        """The span of that id; None when it is not here."""
        return next((span for span in self.spans if span.span_id == span_id), None)

    def start_of(self, span: Span) -> int:
        """Start in unix nanoseconds on the clock of the trace's first root."""
        return span.start_time_unix_nano + self.clock_offset_nano.get(span.service_name, 0)
