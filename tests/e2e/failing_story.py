"""n8n calls the bridge, the bridge hands a job to the worker, the worker raises: as OTLP, now, under ids of one's choice."""

import time
from collections.abc import Iterable
from typing import Final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from correlator import semconv

WORKFLOW: Final = "Invoice intake"
ERROR: Final = ("billing.TemplateFieldMissing", "template 'invoice' needs field 'vat_id'")
NODE, SERVER, CONSUMER = 2, 3, 4
"""Span numbers within a story; 1 is n8n's workflow."""
MS: Final = 1_000_000


def trace_id(story: int) -> bytes:
    return (2**64 + story).to_bytes(16, "big")


def span_id(number: int) -> bytes:
    return number.to_bytes(8, "big")


def failing_stories(stories: Iterable[int]) -> bytes:
    """The spans of whole stories that have just failed, in one request."""
    request, now = ExportTraceServiceRequest(), time.time_ns()
    spans = {service: _scope_spans(request, service) for service in ("n8n", "bridge", "worker")}
    for story in stories:
        spans["n8n"].append(_workflow(story, now))
        spans["n8n"].append(_node(story, now))
        spans["bridge"].append(_server(story, now))
        spans["worker"].append(_job(story, now))
    return request.SerializeToString()


def worker_log(story: int, body: str) -> bytes:
    """An ERROR log that the worker writes within its span."""
    request = ExportLogsServiceRequest()
    resource_logs = request.resource_logs.add()
    resource_logs.resource.attributes.append(_text("service.name", "worker"))
    record = LogRecord(
        time_unix_nano=time.time_ns(),
        severity_number=semconv.SEVERITY_ERROR,  # type: ignore[arg-type]
        severity_text="ERROR",
        trace_id=trace_id(story),
        span_id=span_id(CONSUMER),
    )
    record.body.string_value = body
    resource_logs.scope_logs.add().log_records.append(record)
    return request.SerializeToString()


def _workflow(story: int, now: int) -> Span:
    span = _span(story, 1, semconv.N8N_WORKFLOW_SPAN, Span.SPAN_KIND_INTERNAL, (now - 90 * MS, now))
    span.attributes.append(_text(semconv.N8N_WORKFLOW_NAME, WORKFLOW))
    return _failed(span, "NodeApiError", "The service was not able to process your request")


def _node(story: int, now: int) -> Span:
    span = _span(story, NODE, semconv.N8N_NODE_SPAN, Span.SPAN_KIND_INTERNAL, (now - 80 * MS, now - 10 * MS))
    span.attributes.append(_text(semconv.N8N_NODE_NAME, "Call Bridge"))
    return _failed(span, "NodeApiError", "The service was not able to process your request")


def _server(story: int, now: int) -> Span:
    span = _span(story, SERVER, "POST /jobs", Span.SPAN_KIND_SERVER, (now - 70 * MS, now - 20 * MS))
    span.attributes.append(_text(semconv.HTTP_REQUEST_METHOD, "POST"))
    span.attributes.append(_text(semconv.HTTP_ROUTE, "/jobs"))
    span.attributes.add(key=semconv.HTTP_RESPONSE_STATUS_CODE).value.int_value = 502
    span.status.code = Status.STATUS_CODE_ERROR
    return span


def _job(story: int, now: int) -> Span:
    span = _span(story, CONSUMER, "invoice.render", Span.SPAN_KIND_CONSUMER, (now - 60 * MS, now - 30 * MS))
    return _failed(span, *ERROR)


def _span(story: int, number: int, name: str, kind: "Span.SpanKind", window: tuple[int, int]) -> Span:
    return Span(
        trace_id=trace_id(story),
        span_id=span_id(number),
        parent_span_id=span_id(number - 1) if number > 1 else b"",
        name=name,
        kind=kind,
        start_time_unix_nano=window[0],
        end_time_unix_nano=window[1],
    )


def _failed(span: Span, error_type: str, message: str) -> Span:
    span.status.code = Status.STATUS_CODE_ERROR
    event = span.events.add(name=semconv.EXCEPTION_EVENT, time_unix_nano=span.end_time_unix_nano)
    event.attributes.append(_text(semconv.EXCEPTION_TYPE, error_type))
    event.attributes.append(_text(semconv.EXCEPTION_MESSAGE, message))
    return span


def _scope_spans(request: ExportTraceServiceRequest, service: str) -> "list[Span]":
    resource_spans = request.resource_spans.add()
    resource_spans.resource.attributes.append(_text("service.name", service))
    return resource_spans.scope_spans.add().spans  # type: ignore[return-value]


def _text(key: str, text: str) -> KeyValue:
    attribute = KeyValue(key=key)
    attribute.value.string_value = text
    return attribute
