"""Trace context for ASGI applications: Starlette, FastAPI, Quart, Django.

Idea: one server span a request, continued from the caller's headers, ended with the last byte of the body. Wrap the
whole application (`app = TraceContextMiddleware(app)`): then the answers that the framework itself makes of unhandled
exceptions carry the trace headers too, which `app.add_middleware` cannot reach.
"""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from opentelemetry.context import attach, detach
from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import TracerProvider

from correlator.telemetry.server_request import RequestLine, ServerRequest, ServerSpans

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]


class TraceContextMiddleware:
    """Gives each HTTP request a server span and answers with `X-Trace-ID` and `traceparent`.

    WebSockets and lifespan pass through untouched. An exception is recorded on the span and raised on.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
    ) -> None:
        self._app = app
        self._spans = ServerSpans(tracer_provider, meter_provider)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = self._spans.open(_request_line(scope), _headers(scope["headers"]))
        exchange = _Exchange(scope, request, receive, send)
        token = attach(request.context)
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except BaseException as error:
            exchange.fail(error)
            raise
        finally:
            exchange.end()
            detach(token)


class _Exchange:
    """Watches the messages of one request pass in both directions."""

    def __init__(self, scope: Scope, request: ServerRequest, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._root_path = scope.get("root_path", "")
        self._request = request
        self._receive = receive
        self._send = send
        self._is_answered = False

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.disconnect" and not self._is_answered:
            self._request.client_disconnected = True
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._request.status_code = message["status"]
            message = {**message, "headers": self._with_trace(message.get("headers", ()))}
        await self._send(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self._is_answered = True
            self._end_unless_error_follows()

    def fail(self, error: BaseException) -> None:
        # A cancelled request was given up by the client or the server; the application did not fail.
        if isinstance(error, Exception):
            self._request.fail(error)
        elif not self._is_answered:
            self._request.client_disconnected = True

    def end(self) -> None:
        self._request.route = _route(self._scope, self._root_path)
        self._request.end()

    def _end_unless_error_follows(self) -> None:
        """End with the body, before background tasks; a framework answers 500 first and raises the cause after."""
        if self._request.status_code < 500:
            self.end()

    def _with_trace(self, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        ours = {name.encode(): value.encode() for name, value in self._request.response_headers().items()}
        return [pair for pair in headers if pair[0].lower() not in ours] + list(ours.items())


def _request_line(scope: Scope) -> RequestLine:
    host, port = scope.get("server") or ("", 0)
    return RequestLine(scope["method"], scope.get("scheme", "http"), scope["path"], host or "", port or 0)


def _headers(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in pairs:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    return headers


def _route(scope: Scope, root_path: str) -> str:
    """The path template that routers left in the scope, below their mounts: `/v1/jobs/{job_id}`; empty for no match."""
    template = getattr(scope.get("route"), "path", "")
    if not isinstance(template, str) or not template:
        return ""
    mounts: str = scope.get("root_path", "")
    return mounts.removeprefix(root_path) + template
