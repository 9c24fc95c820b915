"""All the ways in which a trace tells of its errors, one event each."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from correlator import semconv
from correlator.correlate.canceled_executions import canceled_executions, tells_only_of_canceling
from correlator.correlate.fingerprint import error_fingerprint
from correlator.correlate.generic_error import is_generic
from correlator.correlate.http_phrase import http_phrase
from correlator.correlate.operation import operation_of
from correlator.correlate.running_span import running_spans
from correlator.model.error_chain import ErrorEvent
from correlator.model.error_signal import (
    GRPC_NAMES,
    N8N_FAILED,
    grpc_status,
    http_status,
    is_grpc_failure,
    is_http_failure,
)
from correlator.model.span import LogRecord, Span
from correlator.model.trace import Trace

_TELLING: Final = {"exception": 0, "log": 1, "n8n": 2, "http": 3, "grpc": 3, "status": 4}
"""Which source tells a reason best, where several do."""


def error_events(trace: Trace) -> tuple[ErrorEvent, ...]:
    """Every error told of in the trace, by span in the trace's order; of one span the best-told first.

    Best told: names a reason, then by source (exception, log, n8n, HTTP or gRPC, status), then the latest. Times are the
    senders' own. ERROR logs that belong to no span come last, with `span_id` None.
    """
    by_span = errors_by_span(trace)
    attached = (event for span in trace.spans for event in by_span.get(span.span_id, ()))
    loose = (_log_event(log, None) for log, span in _error_logs(trace) if span is None)
    return (*attached, *loose)


def errors_by_span(trace: Trace) -> dict[str, tuple[ErrorEvent, ...]]:
    """Span id to its errors, best told first; spans without an error are left out."""
    events = {span.span_id: list(_span_events(span)) for span in trace.spans if span.is_error}
    for log, span in _error_logs(trace):
        if span is not None:
            events.setdefault(span.span_id, []).append(_log_event(log, span))
    return {span_id: tuple(sorted(of_span, key=_best_told_first)) for span_id, of_span in events.items() if of_span}


def _best_told_first(event: ErrorEvent) -> tuple[Any, ...]:
    return (
        event.is_generic,
        _TELLING[event.source],
        -event.time_unix_nano,
        event.error_type,
        event.message,
        event.stacktrace,
    )


def _span_events(span: Span) -> Iterable[ErrorEvent]:
    """What a failing span itself tells: its exceptions, statuses and n8n's outcome."""
    attributes, told_by_status = span.attributes, str(span.attributes.get(semconv.ERROR_TYPE, ""))
    for event in span.events:
        if event.name == semconv.EXCEPTION_EVENT:
            yield _exception_event(span, event.time_unix_nano, event.attributes)
    if attributes.get(semconv.N8N_EXECUTION_STATUS) in N8N_FAILED:
        yield _event(span, "n8n", str(attributes.get(semconv.N8N_EXECUTION_ERROR_TYPE, "")), "")
    if is_http_failure(status := http_status(attributes), span.kind):
        yield _event(span, "http", f"HTTP {status}", http_phrase(status))
    if is_grpc_failure(code := grpc_status(attributes), span.kind):
        yield _event(span, "grpc", _grpc_name(code), "")
    if span.status_code == semconv.STATUS_ERROR:
        yield _event(span, "status", told_by_status, span.status_message)


def _exception_event(span: Span, time_unix_nano: int, attributes: Mapping[str, Any]) -> ErrorEvent:
    return _event(
        span,
        "exception",
        str(attributes.get(semconv.EXCEPTION_TYPE, "")),
        str(attributes.get(semconv.EXCEPTION_MESSAGE, "")),
        str(attributes.get(semconv.EXCEPTION_STACKTRACE, "")),
        time_unix_nano or None,
    )


def _event(
    span: Span, source: str, error_type: str, message: str, stacktrace: str = "", time_unix_nano: int | None = None
) -> ErrorEvent:
    """An error that a span tells of; without a time of its own it happened when the span ended."""
    return ErrorEvent(
        service_name=span.service_name,
        system=span.system,
        operation=operation_of(span),
        span_id=span.span_id,
        time_unix_nano=span.end_time_unix_nano if time_unix_nano is None else time_unix_nano,
        source=source,
        error_type=error_type,
        message=message,
        stacktrace=stacktrace,
        fingerprint=error_fingerprint(error_type, message, stacktrace),
        is_generic=_names_no_reason(source, error_type, message),
    )


def _names_no_reason(source: str, error_type: str, message: str) -> bool:
    if source == "http":
        return error_type >= "HTTP 5"  # a 4xx says whose fault it is: the caller's
    if source == "grpc":
        return error_type in {"UNKNOWN", "INTERNAL", "UNAVAILABLE"}
    return is_generic(error_type, message)


def _grpc_name(code: int | None) -> str:
    return GRPC_NAMES[code] if code is not None and code < len(GRPC_NAMES) else f"gRPC {code}"


def _error_logs(trace: Trace) -> Iterable[tuple[LogRecord, Span | None]]:
    """Each ERROR log with the span it belongs to: by its span id, else the innermost of its service at that time."""
    by_id = {span.span_id: span for span in trace.spans}
    canceled = canceled_executions(trace.spans)
    logs = [log for log in trace.logs if log.is_error and not tells_only_of_canceling(log, canceled)]
    for log, running in zip(logs, running_spans(logs, trace.spans), strict=True):
        yield log, by_id.get(log.span_id or "") or running


def _log_event(log: LogRecord, span: Span | None) -> ErrorEvent:
    """An ERROR log as an event; an exception in its attributes tells better than its body."""
    attributes = log.attributes
    error_type = str(_first(attributes, semconv.EXCEPTION_TYPE, semconv.ECS_ERROR_TYPE))
    message = str(_first(attributes, semconv.EXCEPTION_MESSAGE, semconv.ECS_ERROR_MESSAGE) or log.body)
    stacktrace = str(_first(attributes, semconv.EXCEPTION_STACKTRACE, semconv.ECS_ERROR_STACK_TRACE))
    return ErrorEvent(
        service_name=log.service_name,
        system=log.system,
        operation=operation_of(span) if span is not None else str(attributes.get(semconv.ACTION) or log.scope_name),
        span_id=None if span is None else span.span_id,
        time_unix_nano=log.time_unix_nano,
        source="log",
        error_type=error_type,
        message=message,
        stacktrace=stacktrace,
        fingerprint=error_fingerprint(error_type, message, stacktrace),
        is_generic=is_generic(error_type, message),
    )


def _first(attributes: Mapping[str, Any], *names: str) -> Any:
    return next((attributes[name] for name in names if attributes.get(name)), "")
