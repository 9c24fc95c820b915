"""Outgoing HTTP calls: the headers that hand the trace on, and a client span around a call."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, TracerProvider

from correlator import semconv
from correlator.telemetry.failure import work_span
from correlator.telemetry.server_request import SCOPE
from correlator.telemetry.story_ids import current_story_ids
from correlator.telemetry.trace_headers import format_traceparent


def outgoing_headers() -> dict[str, str]:
    """Return the headers for a call made now: traceparent, tracestate where there is one, and the story's ids.

    Empty outside any trace.
    """
    span_context = trace.get_current_span().get_span_context()
    if not span_context.is_valid:
        return {}
    headers = {semconv.HEADER_TRACEPARENT: format_traceparent(span_context)}
    if span_context.trace_state:
        headers[semconv.HEADER_TRACESTATE] = span_context.trace_state.to_header()
    return {**headers, **current_story_ids().as_headers()}


@contextmanager
def client_span(method: str, url: str, *, tracer_provider: TracerProvider | None = None) -> Iterator[Span]:
    """Open the client span of one call; send `outgoing_headers()` inside it, then `record_response(span, status)`.

    An exception is recorded on the span and raised on. Credentials and the query never reach the span.
    """
    tracer = trace.get_tracer(SCOPE, tracer_provider=tracer_provider)
    with work_span(tracer, method, SpanKind.CLIENT, _attributes(method, url)) as span:
        yield span


def record_response(span: Span, status_code: int) -> None:
    """Note the answer on a client span: 400 and above is an error of the call, as the conventions have it."""
    span.set_attribute(semconv.HTTP_RESPONSE_STATUS_CODE, status_code)
    if status_code >= 400:
        span.set_attribute(semconv.ERROR_TYPE, str(status_code))
        span.set_status(Status(StatusCode.ERROR))


def _attributes(method: str, url: str) -> dict[str, str | int]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:  # the client that is about to send says what is wrong with the address
        return {semconv.HTTP_REQUEST_METHOD: method}
    netloc = f"{host}:{port}" if port else host
    return {
        semconv.HTTP_REQUEST_METHOD: method,
        semconv.URL_FULL: urlunsplit((parts.scheme, netloc, parts.path, "", "")),
        semconv.SERVER_ADDRESS: host,
        semconv.SERVER_PORT: port or (443 if parts.scheme == "https" else 80),
    }
