"""The server span of one HTTP request, whatever interface brought it (ASGI or WSGI).

Attributes follow OpenTelemetry's stable HTTP conventions. The query string is never recorded: it may hold secrets.
"""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from opentelemetry import metrics, trace
from opentelemetry.context import Context
from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import NonRecordingSpan, Span, SpanKind, Status, StatusCode, TracerProvider

from correlator import semconv
from correlator.telemetry.continued_trace import chosen_trace_id
from correlator.telemetry.failure import record_failure
from correlator.telemetry.story_ids import StoryIds, read_story_ids, with_story_ids
from correlator.telemetry.trace_headers import IncomingTrace, format_traceparent, read_incoming_trace

SCOPE: Final = "correlator.telemetry"
CLIENT_DISCONNECTED: Final = "client_disconnected"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"})
# Bounds in seconds from the semantic convention of http.server.request.duration.
_DURATION_BOUNDS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)


@dataclass(frozen=True, slots=True)
class RequestLine:
    """What is known of a request before it is routed. `port` is 0 where unknown."""

    method: str
    scheme: str
    path: str
    host: str
    port: int


class ServerRequest:
    """An open server span. `context` holds the span and the story's ids; attach it while the request is served."""

    def __init__(self, span: Span, context: Context, line: RequestLine, duration: metrics.Histogram) -> None:
        self.context = context
        self.route = ""
        self.status_code = 0
        self.client_disconnected = False
        self._span = span
        self._method = line.method if line.method in _METHODS else "_OTHER"
        self._scheme = line.scheme
        self._duration = duration
        self._started = time.perf_counter()
        self._is_ended = False
        self._error_type = ""

    def response_headers(self) -> dict[str, str]:
        """The headers that tell the caller its trace; none where no provider is set up and so no trace exists."""
        span_context = self._span.get_span_context()
        if not span_context.is_valid:
            return {}
        return {
            semconv.HEADER_TRACEPARENT: format_traceparent(span_context),
            semconv.HEADER_TRACE_ID: f"{span_context.trace_id:032x}",
        }

    def fail(self, error: BaseException) -> None:
        """Record what the application raised; the caller raises it on."""
        self.status_code = self.status_code or 500
        self._error_type = type(error).__qualname__
        record_failure(self._span, error)

    def end(self) -> None:
        """End the span, once: a second call does nothing."""
        if self._is_ended:
            return
        self._is_ended = True
        self._describe_outcome()
        self._duration.record(time.perf_counter() - self._started, self._metric_attributes(), context=self.context)
        self._span.end()

    def _describe_outcome(self) -> None:
        if self.route:
            self._span.update_name(f"{self._span_verb()} {self.route}")
            self._span.set_attribute(semconv.HTTP_ROUTE, self.route)
        if self.status_code:
            self._span.set_attribute(semconv.HTTP_RESPONSE_STATUS_CODE, self.status_code)
        if not self._error_type:
            self._error_type = self._error_without_exception()
            if self.status_code >= 500:
                self._span.set_status(Status(StatusCode.ERROR))
        if self._error_type:
            self._span.set_attribute(semconv.ERROR_TYPE, self._error_type)

    def _error_without_exception(self) -> str:
        if self.status_code >= 500:
            return str(self.status_code)
        return CLIENT_DISCONNECTED if self.client_disconnected else ""

    def _span_verb(self) -> str:
        return "HTTP" if self._method == "_OTHER" else self._method

    def _metric_attributes(self) -> dict[str, str | int]:
        attributes: dict[str, str | int] = {semconv.HTTP_REQUEST_METHOD: self._method, semconv.URL_SCHEME: self._scheme}
        if self.route:
            attributes[semconv.HTTP_ROUTE] = self.route
        if self.status_code:
            attributes[semconv.HTTP_RESPONSE_STATUS_CODE] = self.status_code
        if self._error_type:
            attributes[semconv.ERROR_TYPE] = self._error_type
        return attributes


class ServerSpans:
    """Opens server spans; one per middleware."""

    def __init__(self, tracer_provider: TracerProvider | None, meter_provider: MeterProvider | None) -> None:
        self._tracer = trace.get_tracer(SCOPE, tracer_provider=tracer_provider)
        self._duration = metrics.get_meter(SCOPE, meter_provider=meter_provider).create_histogram(
            "http.server.request.duration",
            unit="s",
            description="Duration of HTTP server requests.",
            explicit_bucket_boundaries_advisory=_DURATION_BOUNDS_S,
        )

    def open(self, line: RequestLine, headers: Mapping[str, str]) -> ServerRequest:
        """Start the span of a request. `headers` has lowercase names, repeated ones joined by commas."""
        incoming, ids = read_incoming_trace(headers), read_story_ids(headers)
        span = self._start(line, ids, incoming)
        return ServerRequest(
            span, with_story_ids(ids, trace.set_span_in_context(span, Context())), line, self._duration
        )

    def _start(self, line: RequestLine, ids: StoryIds, incoming: IncomingTrace | None) -> Span:
        if incoming is None:
            return self._start_below(Context(), line, ids)
        if incoming.span_id:
            return self._start_below(_remote_parent(incoming), line, ids)
        with chosen_trace_id(incoming.trace_id):
            span = self._start_below(Context(), line, ids)
        if span.get_span_context().trace_id == incoming.trace_id:
            return span
        # A tracer provider that `instrument` did not build: only below a parent does it keep the caller's trace id.
        return self._start_below(_remote_parent(replace(incoming, span_id=secrets.randbits(64) or 1)), line, ids)

    def _start_below(self, parent: Context, line: RequestLine, ids: StoryIds) -> Span:
        name = line.method if line.method in _METHODS else "HTTP"
        attributes = {**_attributes(line), **ids.as_attributes()}
        return self._tracer.start_span(name, context=parent, kind=SpanKind.SERVER, attributes=attributes)


def _remote_parent(incoming: IncomingTrace) -> Context:
    """Only the headers decide: a span that happens to be current in this process is not the caller's."""
    return trace.set_span_in_context(NonRecordingSpan(incoming.span_context()), Context())


def _attributes(line: RequestLine) -> dict[str, str | int]:
    attributes: dict[str, str | int] = {semconv.URL_PATH: line.path, semconv.URL_SCHEME: line.scheme}
    attributes[semconv.HTTP_REQUEST_METHOD] = line.method if line.method in _METHODS else "_OTHER"
    if line.method not in _METHODS:
        attributes[semconv.HTTP_REQUEST_METHOD_ORIGINAL] = line.method[:32]
    if line.host:
        attributes[semconv.SERVER_ADDRESS] = line.host
    if line.port:
        attributes[semconv.SERVER_PORT] = line.port
    return attributes
