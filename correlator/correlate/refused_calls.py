"""Calls that their callee refused: it answered HTTP 4xx, and somebody went without what was asked for.

A server's span of 4xx is no error by the semantic conventions: the server did its work, and only its caller knows whether
it can do without. So an answer of 4xx is a failure of the callee's, to be followed like any other, where

- the caller failed, and says just this answer: its error is the callee's refusal, retold, or
- the caller gives no reason of its own, or goes on (a node that continues on error), but the callee warned of it in that span, and what was asked
  for was to be done (no GET, HEAD or OPTIONS) and was turned down for what it was. Whether something is there (404, 409,
  410, 412) is a question that one may ask: such an answer fails nobody who does not say so.

Not where no caller is seen, for then nobody knows; nor where an answer of 404 or 405 comes from no route of the callee's and
without a word of its own: nobody there looked at the request, its address is wrong.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from correlator import semconv
from correlator.correlate.causality import Causality
from correlator.correlate.fingerprint import error_fingerprint
from correlator.correlate.http_phrase import http_phrase
from correlator.correlate.n8n_status_texts import tells_of_status
from correlator.correlate.operation import operation_of
from correlator.model.error_chain import ErrorEvent
from correlator.model.error_signal import http_status
from correlator.model.span import LogRecord, Span
from correlator.model.trace import Trace

_OF_TIME_OR_LOAD: Final = frozenset({408, 429})  # say nothing of the request (RFC 9110, RFC 6585)
_ABOUT_WHAT_IS_THERE: Final = frozenset({404, 409, 410, 412, 416})
_ABOUT_THE_ADDRESS: Final = frozenset({404, 405})
_QUESTIONS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_REASONS: Final = (semconv.EXCEPTION_MESSAGE, semconv.ECS_ERROR_MESSAGE, "reason", "detail", "error")
"""The attributes in which a log says why, the most telling first; else its body does."""
_STATUS: Final = re.compile(r"HTTP (4\d\d)")


def is_refused(span: Span) -> bool:
    """Whether a callee's own span says that it answered that the request was wrong, or not allowed."""
    status = http_status(span.attributes)
    is_answer = span.kind == semconv.KIND_SERVER and span.status_code != semconv.STATUS_OK
    return is_answer and status is not None and 400 <= status < 500 and status not in _OF_TIME_OR_LOAD


def refused_calls(
    trace: Trace, causality: Causality, errors: Mapping[str, Sequence[ErrorEvent]]
) -> dict[str, tuple[ErrorEvent, ...]]:
    """Span id of each refusal that is a failure, by the rules above, to its error. `errors` are those of all other spans."""
    refusals = [span for span in trace.spans if is_refused(span) and span.span_id not in errors]
    warnings = _warnings(trace.logs) if refusals else {}
    found: dict[str, tuple[ErrorEvent, ...]] = {}
    for span in refusals:
        caller, warning = causality.callers.get(span.span_id), warnings.get(span.span_id)
        refusal = _event(span, warning)
        told = errors.get(caller or "", ())
        is_missed = _is_missed(span, warning) and all(error.is_generic for error in told)
        if caller is not None and (is_missed or _retold(told, refusal, span, warning)):
            found[span.span_id] = (refusal,)
    return found


def relays_refusal(outer: ErrorEvent, inner: ErrorEvent) -> bool:
    """Whether `outer` tells of the refusal `inner`: its status by number or by name, as n8n says it, or its own words."""
    match = _STATUS.fullmatch(inner.error_type) if inner.source == "http" else None
    if match is None:
        return False
    status = int(match[1])
    text, phrase = f"{outer.error_type} {outer.message}", http_phrase(status)
    is_named = re.search(rf"\b{status}\b", text) is not None or (phrase != "" and phrase.lower() in text.lower())
    return is_named or tells_of_status(outer.message, status)


def _retold(told: Sequence[ErrorEvent], refusal: ErrorEvent, span: Span, warning: LogRecord | None) -> bool:
    is_nobodys = http_status(span.attributes) in _ABOUT_THE_ADDRESS and semconv.HTTP_ROUTE not in span.attributes
    return not (is_nobodys and warning is None) and any(relays_refusal(error, refusal) for error in told)


def _is_missed(span: Span, warning: LogRecord | None) -> bool:
    method = str(span.attributes.get(semconv.HTTP_REQUEST_METHOD, span.attributes.get(semconv.HTTP_METHOD_OLD, "")))
    is_question = method.upper() in _QUESTIONS or http_status(span.attributes) in _ABOUT_WHAT_IS_THERE
    return warning is not None and not is_question


def _warnings(logs: Sequence[LogRecord]) -> dict[str, LogRecord]:
    """Span id to the last warning that was logged in it."""
    of_span: dict[str, list[LogRecord]] = defaultdict(list)
    for log in logs:
        if log.span_id and log.severity_number >= semconv.SEVERITY_WARN:
            of_span[log.span_id].append(log)
    return {span_id: max(of, key=lambda log: (log.time_unix_nano, log.body)) for span_id, of in of_span.items()}


def _event(span: Span, warning: LogRecord | None) -> ErrorEvent:
    """The callee's answer, with its own reason where it logged any."""
    status = http_status(span.attributes) or 0
    error_type = f"HTTP {status}"
    reason = next(_reasons(warning), "") if warning is not None else http_phrase(status)
    return ErrorEvent(
        service_name=span.service_name,
        system=span.system,
        operation=operation_of(span),
        span_id=span.span_id,
        time_unix_nano=span.end_time_unix_nano if warning is None else warning.time_unix_nano,
        source="http",
        error_type=error_type,
        message=reason,
        stacktrace="",
        fingerprint=error_fingerprint(error_type, reason, ""),
    )


def _reasons(warning: LogRecord) -> Iterator[str]:
    yield from (str(warning.attributes[name]) for name in _REASONS if warning.attributes.get(name))
    yield warning.body
