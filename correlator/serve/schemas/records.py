"""Spans and log records as they were sent."""

from typing import Any

from pydantic import Field

from correlator.serve.schemas.fields import COMPONENT, OPERATION, SPAN_ID, SYSTEM, TIME, TRACE_ID
from correlator.serve.schemas.schema import Schema


class SpanEvent(Schema):
    """Something that happened within a span."""

    time_unix_nano: int = Field(description="When, unix nanoseconds.", examples=[TIME])
    name: str = Field(description="Its name.", examples=["exception"])
    attributes: dict[str, Any] = Field(description="Its attributes.", examples=[{"exception.type": "ValueError"}])


class SpanLink(Schema):
    """Another span that this one says it has to do with."""

    trace_id: str = Field(description="The other span's trace.", examples=[TRACE_ID])
    span_id: str = Field(description="The other span.", examples=[SPAN_ID])
    attributes: dict[str, Any] = Field(description="The link's attributes.", examples=[{}])


class Sender(Schema):
    """Who sent a record."""

    service_name: str = COMPONENT
    system: str = SYSTEM
    scope_name: str = Field(description="Instrumentation scope; empty when not given.", examples=["n8n-workflow"])
    scope_version: str = Field(description="Its version; empty when not given.", examples=["1.2.0"])
    resource_attributes: dict[str, Any] = Field(
        description="Attributes of the process that sent it.", examples=[{"service.name": "invoice-worker"}]
    )
    marks: int = Field(
        description="What is odd about the record, or what it was sent as, in bits of model.marks.", examples=[0]
    )


class Span(Sender):
    """A span as it was sent. Its times are those of its own clock."""

    trace_id: str = Field(description="Its trace.", examples=[TRACE_ID])
    span_id: str = Field(description="Its id.", examples=[SPAN_ID])
    parent_span_id: str | None = Field(description="Its parent; null at a root.", examples=[None])
    name: str = OPERATION
    kind: int = Field(
        description="0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer.", examples=[5]
    )
    start_time_unix_nano: int = Field(description="Start, unix nanoseconds.", examples=[TIME])
    end_time_unix_nano: int = Field(description="End, unix nanoseconds.", examples=[TIME + 250_000_000])
    duration_nano: int = Field(description="End minus start, never negative.", examples=[250_000_000])
    status_code: int = Field(description="0 unset, 1 ok, 2 error.", examples=[2])
    status_message: str = Field(description="The status in words; may be empty.", examples=[""])
    is_error: bool = Field(description="Whether it tells of an error in any way.", examples=[True])
    attributes: dict[str, Any] = Field(description="Its attributes.", examples=[{"correlator.job.id": "job-17"}])
    events: tuple[SpanEvent, ...] = Field(description="What happened within it, exceptions among them.")
    links: tuple[SpanLink, ...] = Field(description="Spans that it is linked to.")


class LogRecord(Sender):
    """A log record that carries the trace's id."""

    trace_id: str | None = Field(description="Its trace.", examples=[TRACE_ID])
    span_id: str | None = Field(description="The span it was written in; null when not given.", examples=[SPAN_ID])
    time_unix_nano: int = Field(description="When, unix nanoseconds.", examples=[TIME])
    severity_number: int = Field(description="0 not given; 17 and over is an error, of 24.", examples=[17])
    severity_text: str = Field(description="The sender's word for it.", examples=["ERROR"])
    body: str = Field(description="The text; JSON where it was structured.", examples=["invoice 17 failed"])
    is_error: bool = Field(description="Whether it tells of an error.", examples=[True])
    attributes: dict[str, Any] = Field(description="Its attributes.", examples=[{"correlator.job.id": "job-17"}])
    position: int = Field(description="Log position of the request that brought it.", examples=[40960])
    row: int = Field(description="Its place within that request.", examples=[3])
