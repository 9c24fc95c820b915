"""A trace, or a story put together as one, as events for patterns; and failing records that no trace is known of."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from correlator import semconv
from correlator.correlate.error_events import error_events
from correlator.correlate.operation import operation_of
from correlator.correlate.unseen_callee import callee_named_by
from correlator.explain.cause_kind import could_not_connect, is_timeout, tells_of_call
from correlator.explain.pattern.event import DEPLOY, SUCCESS, WARNING, PatternEvent, Telling
from correlator.model.error_chain import ErrorEvent
from correlator.model.error_signal import http_status
from correlator.model.span import LogRecord, Span
from correlator.model.trace import Trace
from correlator.rule_text.glob import LOOKED_AT

_ENDS_A_PIECE_OF_WORK: Final = (semconv.KIND_SERVER, semconv.KIND_CONSUMER)
_N8N_SUCCESS: Final = "success"


def events_of(trace: Trace) -> tuple[PatternEvent, ...]:
    """Everything that a rule can speak of, in no particular order; times on the trace's clock."""
    failures = failures_in(trace)
    failed = {failure.span_id for failure in failures}
    return (
        *failures,
        *(_success(trace, span) for span in trace.spans if span.span_id not in failed and _has_succeeded(span)),
        *(_warning(trace, log) for log in trace.logs if _is_warning(log)),
        *_deploys(trace),
    )


def failures_in(trace: Trace) -> list[PatternEvent]:
    """One for each failing span, with the logs that belong to it, and for each ERROR log that belongs to no span."""
    by_span: dict[str, list[ErrorEvent]] = {}
    loose: list[PatternEvent] = []
    for error in error_events(trace):
        if error.span_id is None:
            loose.append(_loose(trace, error))
        else:
            by_span.setdefault(error.span_id, []).append(error)
    return [*(_failure(trace, span, by_span[span.span_id]) for span in trace.spans if span.span_id in by_span), *loose]


def _is_warning(log: LogRecord) -> bool:
    return log.severity_number >= semconv.SEVERITY_WARN and not log.is_error


def _failure(trace: Trace, span: Span, errors: Sequence[ErrorEvent]) -> PatternEvent:
    callee = callee_named_by(span) if tells_of_call(errors[0], span) else None
    return PatternEvent(
        time_unix_nano=_on_clock(trace, span.service_name, errors[0].time_unix_nano),
        system=span.system,
        service_name=span.service_name,
        operation=operation_of(span),
        tellings=tuple(_telling(error, span) for error in errors),
        status_code=http_status(span.attributes),
        dependency=callee or "",
        trace_id=span.trace_id,
        span_id=span.span_id,
        attempt=_attempt(span),
    )


def _attempt(span: Span) -> int:
    attempt = span.attributes.get(semconv.JOB_ATTEMPT)
    return attempt if isinstance(attempt, int) else 1


def _loose(trace: Trace, error: ErrorEvent) -> PatternEvent:
    return PatternEvent(
        time_unix_nano=_on_clock(trace, error.service_name, error.time_unix_nano),
        system=error.system,
        service_name=error.service_name,
        operation=error.operation,
        tellings=(_telling(error, None),),
        trace_id=trace.trace_id,
    )


def _telling(error: ErrorEvent, span: Span | None) -> Telling:
    """By its source, and by its sort where the words or the status tell one."""
    is_answer = error.source in (
        "http",
        "grpc",
    )  # whose own words, such as "Service Unavailable", are not of a connection
    sorts = (("timeout", is_timeout(error, span)), ("dependency", not is_answer and could_not_connect(error)))
    kinds = (error.source, *(sort for sort, is_so in sorts if is_so))
    message = error.message or _n8n_outcome(error, span)
    return Telling(kinds, error.error_type[:LOOKED_AT], message[:LOOKED_AT])


def _n8n_outcome(error: ErrorEvent, span: Span | None) -> str:
    """n8n's status tells a crash from an error, and says nothing else."""
    if error.source != "n8n" or span is None:
        return ""
    return f"execution {span.attributes.get(semconv.N8N_EXECUTION_STATUS)}"


def _has_succeeded(span: Span) -> bool:
    if span.name == semconv.N8N_WORKFLOW_SPAN:
        return span.attributes.get(semconv.N8N_EXECUTION_STATUS) == _N8N_SUCCESS
    return span.kind in _ENDS_A_PIECE_OF_WORK and (http_status(span.attributes) or 200) < 400


def _success(trace: Trace, span: Span) -> PatternEvent:
    return PatternEvent(
        time_unix_nano=_on_clock(trace, span.service_name, span.end_time_unix_nano),
        system=span.system,
        service_name=span.service_name,
        operation=operation_of(span),
        tellings=(Telling((SUCCESS,)),),
        status_code=http_status(span.attributes),
        trace_id=span.trace_id,
        span_id=span.span_id,
    )


def _warning(trace: Trace, log: LogRecord) -> PatternEvent:
    error_type = str(log.attributes.get(semconv.EXCEPTION_TYPE, ""))
    return PatternEvent(
        time_unix_nano=_on_clock(trace, log.service_name, log.time_unix_nano),
        system=log.system,
        service_name=log.service_name,
        operation=str(log.attributes.get(semconv.ACTION) or log.scope_name),
        tellings=(Telling((WARNING,), error_type, log.body[:LOOKED_AT]),),
        trace_id=log.trace_id or trace.trace_id,
        span_id=log.span_id or "",
    )


def _deploys(trace: Trace) -> Iterator[PatternEvent]:
    """Each version of a service but its first, where it begins."""
    began: dict[str, dict[str, Span]] = {}
    for span in trace.spans:  # by start
        if version := version_of(span.resource_attributes):
            began.setdefault(span.service_name, {}).setdefault(version, span)
    for service_name, versions in sorted(began.items()):
        for (before, _), (version, span) in pairwise(versions.items()):
            yield deploy(trace.start_of(span), span.system, service_name, before, version, span.trace_id)


def deploy(
    time_unix_nano: int, system: str, service_name: str, before: str, version: str, trace_id: str = ""
) -> PatternEvent:
    """A service that has another version than before."""
    telling = Telling((DEPLOY,), "", f"{before} -> {version}")
    return PatternEvent(time_unix_nano, system, service_name, "deploy", (telling,), trace_id=trace_id)


def version_of(resource_attributes: Mapping[str, Any]) -> str:
    """service.version; the empty string where none is given."""
    return str(resource_attributes.get(semconv.SERVICE_VERSION) or "")


def _on_clock(trace: Trace, service_name: str, time_unix_nano: int) -> int:
    return time_unix_nano + trace.clock_offset_nano.get(service_name, 0)
