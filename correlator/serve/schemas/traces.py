"""Traces: one with its whole story, and lists of them."""

from pydantic import Field

from correlator.serve.schemas.fields import NEXT_CURSOR, SERVICES, SPAN_ID, TIME, TRACE_ID
from correlator.serve.schemas.records import LogRecord, Span
from correlator.serve.schemas.schema import Schema


class Edge(Schema):
    """One span caused another, in its own trace or in another one of the story."""

    from_span_id: str = Field(description="The causing span.", examples=[SPAN_ID])
    to_span_id: str = Field(description="The caused span.", examples=["b7ad6b7169203331"])
    from_trace_id: str = Field(description="The causing span's trace.", examples=[TRACE_ID])
    to_trace_id: str = Field(description="The caused span's trace.", examples=[TRACE_ID])
    method: str = Field(
        description="How we know, surest first: same_trace_id, span_link, parent_execution, retry_of, tracing_context, "
        "execution_id, job_key, payload.",
        examples=["execution_id"],
    )
    precision: float | None = Field(
        description="How often that is right, 0 to 1; null while it is not measured.", examples=[0.99]
    )
    measured_joins: int = Field(description="On so many labelled joins was that measured.", examples=[412])


class Trace(Schema):
    """A trace with all that belongs to its story, though under other trace ids; or alone."""

    trace_id: str = Field(description="The id that was asked for.", examples=[TRACE_ID])
    story_id: str = Field(
        description="The least of `trace_ids`: the same whichever was asked for.", examples=[TRACE_ID]
    )
    trace_ids: tuple[str, ...] = Field(
        description="The traces of the story, this one among them.", examples=[[TRACE_ID]]
    )
    spans: tuple[Span, ...] = Field(description="By start, clocks corrected.")
    logs: tuple[LogRecord, ...] = Field(description="By time.")
    edges: tuple[Edge, ...] = Field(description="What caused what.")
    possible_edges: tuple[Edge, ...] = Field(
        description="Joins that more than one candidate fits: shown, and never joined by."
    )
    left_out: tuple[str, ...] = Field(
        description="What a bound kept out of the story, in words.",
        examples=[["what shares execution:17: too many records carry it to join by"]],
    )
    roots: tuple[str, ...] = Field(description="Spans without a parent here.", examples=[[SPAN_ID]])
    orphans: tuple[str, ...] = Field(description="Roots whose parent never arrived.", examples=[[]])
    missing_parents: tuple[str, ...] = Field(description="Those parents.", examples=[[]])
    children: dict[str, tuple[str, ...]] = Field(
        description="Span id to its children's ids, by start.", examples=[{SPAN_ID: ["b7ad6b7169203331"]}]
    )
    clock_offset_nano: dict[str, int] = Field(
        description="Service to what has to be added to its times to agree with its callers' clocks.", examples=[{}]
    )


class TraceSummary(Schema):
    """One line of a list of traces."""

    trace_id: str = Field(description="Its id.", examples=[TRACE_ID])
    name: str = Field(description="Name of its earliest span.", examples=["workflow.execute"])
    service_name: str = Field(description="Service of its earliest span.", examples=["n8n"])
    system: str = Field(description="Tier of its earliest span.", examples=["n8n"])
    start_time_unix_nano: int = Field(description="Earliest start, unix nanoseconds.", examples=[TIME])
    end_time_unix_nano: int = Field(description="Latest end, unix nanoseconds.", examples=[TIME + 900_000_000])
    spans: int = Field(description="How many spans.", examples=[7])
    errors: int = Field(description="How many of them tell of an error.", examples=[3])
    services: tuple[str, ...] = SERVICES


class TracePage(Schema):
    """Traces, newest start first."""

    traces: tuple[TraceSummary, ...] = Field(description="At most `limit`.")
    next_cursor: str | None = NEXT_CURSOR
