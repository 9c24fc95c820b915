"""Traces that a real n8n 2.41 sent, regular and queue mode, as values; and what its bridge answered to each call."""

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from correlator import semconv
from correlator.correlate.systems import DEFAULT_RULES, system_of
from correlator.model.error_signal import SIGNAL_KEYS, span_is_error
from correlator.model.span import Span, SpanEvent, SpanLink

FIXTURES = Path(__file__).parents[2] / "fixtures" / "n8n"
REGULAR = "otlp_traces_decoded.jsonl.gz"
QUEUE = "queue_otlp_traces_decoded.jsonl.gz"
BRIDGE = "bridge_requests.jsonl.gz"

KINDS = {"SPAN_KIND_INTERNAL": 1, "SPAN_KIND_SERVER": 2, "SPAN_KIND_CLIENT": 3}
STATUSES = {"STATUS_CODE_OK": semconv.STATUS_OK, "STATUS_CODE_ERROR": semconv.STATUS_ERROR}


def recorded_traces(name: str) -> dict[str, list[Span]]:
    """Trace id to its spans, in the order in which they came."""
    traces: dict[str, list[Span]] = {}
    for request in lines(name):
        for span in _spans(request["request"]):
            traces.setdefault(span.trace_id, []).append(span)
    return traces


def bridge_spans() -> dict[str, list[Span]]:
    """Trace id to the server spans that an instrumented bridge would have sent for the calls it was recorded to get."""
    traces: dict[str, list[Span]] = {}
    for number, call in enumerate(lines(BRIDGE), start=1):
        span = _bridge_span(number, call)
        traces.setdefault(span.trace_id, []).append(span)
    return traces


def lines(name: str) -> Iterator[dict[str, Any]]:
    """The recorded requests of one file."""
    with gzip.open(FIXTURES / name, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def _bridge_span(number: int, call: Mapping[str, Any]) -> Span:
    _, trace_id, caller, _ = call["headers"]["traceparent"].split("-")
    start = int(call["recv_ts"] * 1e9)
    events = ()
    if call["status"] >= 500:
        raised = {
            semconv.EXCEPTION_TYPE: "JobError",
            semconv.EXCEPTION_MESSAGE: f"job {call['job_id']} hit a full disk",
        }
        events = (SpanEvent(start + 900_000, semconv.EXCEPTION_EVENT, raised),)
    return Span(
        trace_id=trace_id,
        span_id=f"b{number:015x}",
        parent_span_id=caller,
        name=f"{call['method']} {call['path']}",
        kind=semconv.KIND_SERVER,
        start_time_unix_nano=start,
        end_time_unix_nano=start + 1_000_000,
        status_code=semconv.STATUS_ERROR if events else semconv.STATUS_UNSET,
        status_message="",
        is_error=bool(events),
        attributes={
            semconv.HTTP_REQUEST_METHOD: call["method"],
            semconv.HTTP_ROUTE: call["path"],
            semconv.HTTP_RESPONSE_STATUS_CODE: call["status"],
        },
        events=events,
        links=(),
        service_name="bridge",
        system="bridge",
        scope_name="",
        resource_attributes={semconv.SERVICE_NAME: "bridge"},
    )


def _spans(request: Mapping[str, Any]) -> Iterator[Span]:
    for resource_spans in request["resourceSpans"]:
        resource = _attributes(resource_spans["resource"])
        for scope_spans in resource_spans["scopeSpans"]:
            scope_name = scope_spans["scope"]["name"]
            sender = {
                "service_name": resource[semconv.SERVICE_NAME],
                "system": system_of(resource, scope_name, DEFAULT_RULES),
                "scope_name": scope_name,
                "resource_attributes": resource,
            }
            for span in scope_spans["spans"]:
                yield _with_error(_span(span, sender))


def _span(span: Mapping[str, Any], sender: Mapping[str, Any]) -> Span:
    status = span.get("status", {})
    return Span(
        trace_id=span["traceId"],
        span_id=span["spanId"],
        parent_span_id=span.get("parentSpanId"),
        name=span["name"],
        kind=KINDS[span["kind"]],
        start_time_unix_nano=int(span["startTimeUnixNano"]),
        end_time_unix_nano=int(span["endTimeUnixNano"]),
        status_code=STATUSES.get(status.get("code"), semconv.STATUS_UNSET),
        status_message=status.get("message", ""),
        is_error=False,
        attributes=_attributes(span),
        events=tuple(
            SpanEvent(int(event["timeUnixNano"]), event["name"], _attributes(event)) for event in span.get("events", ())
        ),
        links=tuple(SpanLink(link["traceId"], link["spanId"], _attributes(link)) for link in span.get("links", ())),
        **sender,
    )


def _with_error(span: Span) -> Span:
    signals = {key: value for key, value in span.attributes.items() if key in SIGNAL_KEYS}
    has_exception = any(event.name == semconv.EXCEPTION_EVENT for event in span.events)
    return replace(span, is_error=span_is_error(span.status_code, span.kind, signals, has_exception=has_exception))


def _attributes(owner: Mapping[str, Any]) -> dict[str, Any]:
    return {pair["key"]: _value(pair["value"]) for pair in owner.get("attributes", ())}


def _value(value: Mapping[str, Any]) -> Any:
    kind, content = next(iter(value.items()))
    if kind == "intValue":
        return int(content)
    return [_value(item) for item in content.get("values", ())] if kind == "arrayValue" else content
