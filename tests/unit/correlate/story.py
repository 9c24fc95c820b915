"""Spans and logs of made-up traces, told in few words."""

from collections.abc import Mapping
from typing import Any

from correlator import semconv
from correlator.correlate.systems import DEFAULT_RULES, system_of
from correlator.model.error_signal import log_is_error, span_is_error
from correlator.model.span import LogRecord, Span, SpanEvent, SpanLink

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
MILLISECOND = 1_000_000
START = 1_795_234_167_000 * MILLISECOND


def span_id(label: str) -> str:
    """A span id for a label, the same each time."""
    return label.encode().hex()[:16].ljust(16, "0")


def span(
    label: str,
    service_name: str,
    *,
    parent: str | None = None,
    name: str | None = None,
    kind: int = semconv.KIND_INTERNAL,
    start: float = 0,
    end: float = 100,
    status: int = semconv.STATUS_UNSET,
    message: str = "",
    raised: tuple[str, str] | None = None,
    stacktrace: str = "",
    attributes: Mapping[str, Any] | None = None,
    links: tuple[str, ...] = (),
    role: str = "main",
) -> Span:
    """A span from `start` to `end` milliseconds into the story; `raised` is (exception type, message), told at its end."""
    attributes = dict(attributes or {})
    resource = {semconv.SERVICE_NAME: service_name}
    if service_name.startswith("n8n"):
        resource[semconv.N8N_INSTANCE_ROLE] = role
    events = ()
    if raised is not None:
        told = {semconv.EXCEPTION_TYPE: raised[0], semconv.EXCEPTION_MESSAGE: raised[1]}
        events = (SpanEvent(_at(end), semconv.EXCEPTION_EVENT, told | {semconv.EXCEPTION_STACKTRACE: stacktrace}),)
        status = semconv.STATUS_ERROR
    return Span(
        trace_id=TRACE_ID,
        span_id=span_id(label),
        parent_span_id=None if parent is None else span_id(parent),
        name=name or label,
        kind=kind,
        start_time_unix_nano=_at(start),
        end_time_unix_nano=_at(end),
        status_code=status,
        status_message=message,
        is_error=span_is_error(status, kind, attributes, has_exception=bool(events)),
        attributes=attributes,
        events=events,
        links=tuple(SpanLink(TRACE_ID, span_id(link), {}) for link in links),
        service_name=service_name,
        system=system_of(resource, "", DEFAULT_RULES),
        scope_name="",
        resource_attributes=resource,
    )


def log(
    body: str,
    service_name: str,
    *,
    on: str | None = None,
    at: float = 50,
    severity: int = semconv.SEVERITY_ERROR,
    attributes: Mapping[str, Any] | None = None,
) -> LogRecord:
    """A log record `at` milliseconds into the story, on the span of label `on`."""
    resource = {semconv.SERVICE_NAME: service_name}
    return LogRecord(
        trace_id=TRACE_ID,
        span_id=None if on is None else span_id(on),
        time_unix_nano=_at(at),
        severity_number=severity,
        severity_text="",
        body=body,
        is_error=log_is_error(severity),
        attributes=dict(attributes or {}),
        service_name=service_name,
        system=system_of(resource, "", DEFAULT_RULES),
        scope_name="",
        resource_attributes=resource,
    )


def workflow(label: str, status: str = "success", *, mode: str = "webhook", execution: str = "1", **more: Any) -> Span:
    """An n8n workflow span; it fails the way n8n does when `status` is error."""
    return span(
        label,
        "n8n",
        name=semconv.N8N_WORKFLOW_SPAN,
        status=semconv.STATUS_ERROR if status == "error" else semconv.STATUS_OK,
        attributes={
            semconv.N8N_WORKFLOW_NAME: label,
            semconv.N8N_EXECUTION_ID: execution,
            semconv.N8N_EXECUTION_MODE: mode,
            semconv.N8N_EXECUTION_STATUS: status,
        },
        **more,
    )


def node(label: str, *, kind_of_node: str = "httpRequest", fails: bool = False, **more: Any) -> Span:
    """An n8n node span, an HTTP Request unless told otherwise."""
    attributes = {semconv.N8N_NODE_NAME: label, semconv.N8N_NODE_TYPE: f"n8n-nodes-base.{kind_of_node}"}
    status = semconv.STATUS_ERROR if fails else semconv.STATUS_OK
    return span(label, "n8n", name=semconv.N8N_NODE_SPAN, status=status, **{"attributes": attributes, **more})


def _at(millisecond: float) -> int:
    return START + round(millisecond * MILLISECOND)
