"""Trace context for WSGI applications: Flask, Django, Bottle. The same spans as the ASGI middleware.

Wrap the application: `app.wsgi_app = WsgiTraceContextMiddleware(app.wsgi_app)`. The body is produced while the server
iterates, so the context is set again for each piece of it.
"""

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from opentelemetry.context import attach, detach
from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import TracerProvider

from correlator.telemetry.server_request import RequestLine, ServerRequest, ServerSpans

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


class WsgiTraceContextMiddleware:
    """Gives each request a server span and answers with `X-Trace-ID` and `traceparent`."""

    def __init__(
        self,
        app: WSGIApplication,
        *,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
    ) -> None:
        self._app = app
        self._spans = ServerSpans(tracer_provider, meter_provider)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        request = self._spans.open(_request_line(environ), _headers(environ))
        token = attach(request.context)
        try:
            body = self._app(environ, _Answer(environ, request, start_response))
        except BaseException as error:
            _fail(request, error)
            raise
        finally:
            detach(token)
        return _Body(request, body)


class _Answer:
    """The application's `start_response`: notes status and route, adds the trace headers.

    Flask forgets the route when it has returned, so this is the time to read it.
    """

    def __init__(self, environ: WSGIEnvironment, request: ServerRequest, start_response: StartResponse) -> None:
        self._environ = environ
        self._request = request
        self._start_response = start_response

    def __call__(self, status: str, headers: list[tuple[str, str]], exc_info: _ExcInfo | None = None, /) -> Any:
        self._request.status_code = int(status.split(" ", 1)[0])
        self._request.route = _route(self._environ)
        ours = self._request.response_headers()
        kept = [pair for pair in headers if pair[0].lower() not in ours]
        return self._start_response(status, kept + list(ours.items()), exc_info)


class _Body:
    """The response's body; the span ends after the last piece, or when the server closes it for a lost client."""

    def __init__(self, request: ServerRequest, body: Iterable[bytes]) -> None:
        self._request = request
        self._body = body
        self._pieces = iter(body)
        self._is_exhausted = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        token = attach(self._request.context)
        try:
            return next(self._pieces)
        except StopIteration:
            self._is_exhausted = True
            self._end()
            raise
        except BaseException as error:
            _fail(self._request, error)
            raise
        finally:
            detach(token)

    def close(self) -> None:
        """Close the application's body; the server calls this always."""
        token = attach(self._request.context)
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
        finally:
            detach(token)
            self._end()

    def _end(self) -> None:
        self._request.client_disconnected = not self._is_exhausted
        self._request.end()


def _fail(request: ServerRequest, error: BaseException) -> None:
    request.fail(error)
    request.end()


def _request_line(environ: WSGIEnvironment) -> RequestLine:
    port = str(environ.get("SERVER_PORT", ""))
    return RequestLine(
        method=environ["REQUEST_METHOD"],
        scheme=environ.get("wsgi.url_scheme", "http"),
        path=_utf8(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")) or "/",
        host=environ.get("SERVER_NAME", ""),
        port=int(port) if port.isdecimal() else 0,
    )


def _utf8(text: str) -> str:
    """PEP 3333 hands the path's bytes over as latin-1."""
    return text.encode("latin-1", "replace").decode("utf-8", "replace")


def _headers(environ: WSGIEnvironment) -> dict[str, str]:
    return {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}


def _route(environ: WSGIEnvironment) -> str:
    """The path template where werkzeug (Flask) left one; other frameworks tell WSGI nothing of their routes."""
    rule = getattr(environ.get("werkzeug.request"), "url_rule", None)
    return getattr(rule, "rule", "")
