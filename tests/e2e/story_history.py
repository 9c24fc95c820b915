"""Hours of stories in a few requests: n8n calls the bridge, the bridge puts a job into the queue, the worker does it.

While the bridge is out, it answers 500: the node fails, the execution too, and no job is sent.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from correlator import semconv

WORKFLOW_ID: Final = "wf-invoices"
SERVICES: Final = ("n8n", "bridge", "worker")
STORIES_A_REQUEST: Final = 500
MS: Final = 1_000_000
MINUTE: Final = 60_000 * MS
REFUSED: Final = ("DatabaseGone", "connection to the orders database was refused")


@dataclass(frozen=True, slots=True)
class History:
    """Stories `every_s` apart from `begins_unix_nano` on, for `minutes`; the bridge is out from minute to minute, if at all."""

    begins_unix_nano: int
    minutes: int
    every_s: int
    out: tuple[int, int] | None = None

    def at(self, minute: int) -> int:
        return self.begins_unix_nano + minute * MINUTE

    def is_out(self, unix_nano: int) -> bool:
        return self.out is not None and self.at(self.out[0]) <= unix_nano < self.at(self.out[1])


def requests(history: History) -> Iterator[bytes]:
    """OTLP bodies, in the order of time."""
    times = range(history.begins_unix_nano, history.at(history.minutes), history.every_s * 1_000 * MS)
    for begin in range(0, len(times), STORIES_A_REQUEST):
        yield _request(history, begin, times[begin : begin + STORIES_A_REQUEST])


def _request(history: History, first: int, times: Sequence[int]) -> bytes:
    request = ExportTraceServiceRequest()
    spans = {service: _spans(request, service) for service in SERVICES}
    for number, time in enumerate(times, start=first + 1):
        for service, span in _story(number, time, is_out=history.is_out(time)):
            spans[service].append(span)
    return request.SerializeToString()


def _story(number: int, time: int, *, is_out: bool) -> Iterator[tuple[str, Span]]:
    """Each span with its service; parents first."""
    workflow = _span(number, 1, semconv.N8N_WORKFLOW_SPAN, Span.SPAN_KIND_INTERNAL, (time, time + 120 * MS))
    told = {
        semconv.N8N_WORKFLOW_ID: WORKFLOW_ID, semconv.N8N_WORKFLOW_NAME: "Invoices", semconv.N8N_EXECUTION_ID: str(number),
        semconv.N8N_EXECUTION_MODE: "trigger", semconv.N8N_EXECUTION_STATUS: "error" if is_out else "success",
    }  # fmt: skip
    workflow.attributes.extend(_text(key, text) for key, text in told.items())
    node = _span(number, 2, semconv.N8N_NODE_SPAN, Span.SPAN_KIND_INTERNAL, (time + 10 * MS, time + 110 * MS))
    node.attributes.append(_text(semconv.N8N_NODE_NAME, "Call Bridge"))
    call = _span(number, 3, "POST /jobs", Span.SPAN_KIND_SERVER, (time + 20 * MS, time + 60 * MS))
    call.attributes.append(_text(semconv.HTTP_ROUTE, "/jobs"))
    call.attributes.add(key=semconv.HTTP_RESPONSE_STATUS_CODE).value.int_value = 500 if is_out else 202
    if is_out:
        for span in (workflow, node, call):
            _fail(
                span,
                *(REFUSED if span is call else ("NodeApiError", "The service was not able to process your request")),
            )
    yield from (("n8n", workflow), ("n8n", node), ("bridge", call))
    if not is_out:
        yield "bridge", _span(number, 4, "send jobs", Span.SPAN_KIND_PRODUCER, (time + 30 * MS, time + 35 * MS))
        yield "worker", _span(number, 5, "invoice.render", Span.SPAN_KIND_CONSUMER, (time + 40 * MS, time + 100 * MS))


def _span(story: int, number: int, name: str, kind: "Span.SpanKind.ValueType", window: tuple[int, int]) -> Span:
    return Span(
        trace_id=(2**96 + story).to_bytes(16, "big"),
        span_id=number.to_bytes(8, "big"),
        parent_span_id=(number - 1).to_bytes(8, "big") if number > 1 else b"",
        name=name,
        kind=kind,
        start_time_unix_nano=window[0],
        end_time_unix_nano=window[1],
    )


def _fail(span: Span, error_type: str, message: str) -> None:
    span.status.code = Status.STATUS_CODE_ERROR
    event = span.events.add(name=semconv.EXCEPTION_EVENT, time_unix_nano=span.end_time_unix_nano)
    event.attributes.append(_text(semconv.EXCEPTION_TYPE, error_type))
    event.attributes.append(_text(semconv.EXCEPTION_MESSAGE, message))


def _spans(request: ExportTraceServiceRequest, service: str) -> "list[Span]":
    resource_spans = request.resource_spans.add()
    resource_spans.resource.attributes.append(_text("service.name", service))
    return resource_spans.scope_spans.add().spans  # type: ignore[return-value]


def _text(key: str, text: str) -> KeyValue:
    attribute = KeyValue(key=key)
    attribute.value.string_value = text
    return attribute
