"""A span as Jaeger shows it: times in microseconds, events as logs, what is odd about it as warnings."""

from collections.abc import Collection, Iterator
from typing import Any, Final

from correlator import semconv
from correlator.model.marks import Mark
from correlator.model.span import Span, SpanEvent
from correlator.serve.jaeger.identifiers import shown_trace_id
from correlator.serve.jaeger.references import references_of
from correlator.serve.jaeger.tags import EVENT, Tag, ordered, ordered_fields, tag, tags_of

NANOS_A_MICRO: Final = 1_000
KINDS: Final = ("", "internal", "server", "client", "producer", "consumer")
"""OTLP's Span.SpanKind by number."""
STATUSES: Final = {semconv.STATUS_OK: "OK", semconv.STATUS_ERROR: "ERROR"}
SPAN_KIND: Final = "span.kind"
ERROR: Final = "error"
SCOPE_NAME: Final = "otel.scope.name"
SCOPE_VERSION: Final = "otel.scope.version"
STATUS_CODE: Final = "otel.status_code"
STATUS_DESCRIPTION: Final = "otel.status_description"
TRACE_STATE: Final = "w3c.tracestate"
OF_THE_SENDER: Final = frozenset(
    {
        "telemetry.sdk.language",
        "telemetry.sdk.name",
        "telemetry.sdk.version",
        "telemetry.distro.name",
        "telemetry.distro.version",
    }
)
"""Where a span carries these, they belong to its process."""

ODDITIES: Final = {
    Mark.TIME_OUT_OF_RANGE: "its times are far from when it arrived; they are shown as sent, as far as they can be",
    Mark.END_BEFORE_START: "it ends before it starts; its duration is shown as 0",
    Mark.INVALID_PARENT: "its parent id has a wrong length; it is shown without",
    Mark.INVALID_TRACE_CONTEXT: "links with invalid ids are left out",
    Mark.NO_TIME: "start or end is missing; the other stands in, or the time of arrival",
    Mark.RECONSTRUCTED: "another than its sender told of it",
}


def span_of(span: Span, process_id: str, span_ids: Collection[str]) -> dict[str, Any]:
    """The span as it goes out; `span_ids` are those of its trace."""
    return {
        "traceID": shown_trace_id(span.trace_id),
        "spanID": span.span_id,
        "operationName": span.name,
        "references": references_of(span),
        "startTime": span.start_time_unix_nano // NANOS_A_MICRO,
        "duration": span.duration_nano // NANOS_A_MICRO,
        "tags": ordered(span_tags(span)),
        "logs": [_log(event) for event in span.events],
        "processID": process_id,
        "warnings": list(_warnings(span, span_ids)) or None,
    }


def span_tags(span: Span) -> list[Tag]:
    """Its attributes, and what else Jaeger has only tags for."""
    derived = {
        SCOPE_NAME: span.scope_name,
        SCOPE_VERSION: span.scope_version,
        SPAN_KIND: KINDS[span.kind],
        STATUS_CODE: STATUSES.get(span.status_code),
        ERROR: True if span.status_code == semconv.STATUS_ERROR else None,
        STATUS_DESCRIPTION: span.status_message,
        TRACE_STATE: span.trace_state,
    }
    own = {key: value for key, value in span.attributes.items() if key not in OF_THE_SENDER}
    return tags_of(own) + tags_of({key: value for key, value in derived.items() if value})


def process_tags(span: Span) -> list[Tag]:
    """What describes its sender, the service's name apart."""
    resource = {key: value for key, value in span.resource_attributes.items() if key != semconv.SERVICE_NAME}
    told_by_span = {key: value for key, value in span.attributes.items() if key in OF_THE_SENDER}
    return ordered(tags_of(resource) + tags_of(told_by_span))


def log_fields(event: SpanEvent) -> list[Tag]:
    """The event's attributes, behind its name."""
    named = [tag(EVENT, event.name)] if event.name and EVENT not in event.attributes else []
    return ordered_fields(named + tags_of(event.attributes))


def _log(event: SpanEvent) -> dict[str, Any]:
    return {"timestamp": event.time_unix_nano // NANOS_A_MICRO, "fields": log_fields(event)}


def _warnings(span: Span, span_ids: Collection[str]) -> Iterator[str]:
    if span.parent_span_id is not None and span.parent_span_id not in span_ids:
        yield f"its parent {span.parent_span_id} is not here: it was not sent, has not arrived yet, or is past retention"
    yield from (text for mark, text in ODDITIES.items() if span.marks & mark)
