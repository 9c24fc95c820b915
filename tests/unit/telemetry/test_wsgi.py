"""The WSGI middleware on a real Flask application, and on bare WSGI for what a server does to a body."""

from collections.abc import Iterable, Iterator
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from flask import Flask, Response
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode
from werkzeug.test import Client

from correlator.telemetry import WsgiTraceContextMiddleware
from tests.unit.telemetry.conftest import Recorder

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"


def current_trace() -> str:
    """The trace that the code under way belongs to."""
    return f"{trace.get_current_span().get_span_context().trace_id:032x}"


class BufferingClient(Client):
    """Reads and closes each body, as a server does."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """One request."""
        return super().open(*args, buffered=True, **kwargs)


@pytest.fixture
def client(recorder: Recorder) -> Client:
    """A client of a Flask application behind the middleware."""
    app = Flask(__name__)

    @app.get("/jobs/<job_id>")
    def read_job(job_id: str) -> str:
        return current_trace()

    @app.get("/stream")
    def stream() -> Response:
        return Response(current_trace() for _ in range(2))

    @app.get("/crash")
    def crash() -> str:
        raise ValueError("no such order")

    return BufferingClient(wrap(app.wsgi_app, recorder))


def wrap(app: Any, recorder: Recorder) -> WsgiTraceContextMiddleware:
    """`app` behind the middleware, recorded."""
    return WsgiTraceContextMiddleware(
        app, tracer_provider=recorder.tracer_provider, meter_provider=recorder.meter_provider
    )


def test_the_callers_trace_is_continued_and_echoed(client: Client, recorder: Recorder) -> None:
    """The same spans and headers as over ASGI."""
    answer = client.get(
        "/jobs/7?key=secret",
        headers={"traceparent": f"00-{TRACE}-{PARENT}-01", "X-N8N-Execution-Id": "42", "X-Request-ID": "r-1"},
    )
    span = recorder.span("GET /jobs/<job_id>")
    assert answer.text == answer.headers["X-Trace-ID"] == TRACE
    assert answer.headers["traceparent"] == f"00-{TRACE}-{span.context.span_id:016x}-01"
    assert span.kind is SpanKind.SERVER
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "url.path": "/jobs/7",
        "url.scheme": "http",
        "server.address": "localhost",
        "server.port": 80,
        "http.route": "/jobs/<job_id>",
        "http.response.status_code": 200,
        "n8n.execution.id": "42",
        "http.request.header.x-request-id": "r-1",
    }


def test_a_bare_trace_id_makes_the_span_the_root_of_that_trace(client: Client, recorder: Recorder) -> None:
    """X-Trace-ID names no span."""
    assert client.get("/jobs/7", headers={"X-Trace-ID": TRACE}).headers["X-Trace-ID"] == TRACE
    assert recorder.span("GET /jobs/<job_id>").parent is None


def test_a_streamed_body_is_made_inside_the_trace(client: Client) -> None:
    """The server iterates after the application returned; each piece sees the trace, and nothing leaks."""
    assert client.get("/stream", headers={"X-Trace-ID": TRACE}).text == TRACE * 2
    assert current_trace() == "0" * 32


def test_a_5xx_is_an_error(client: Client, recorder: Recorder) -> None:
    """Flask turns the exception into an answer."""
    assert client.get("/crash").status_code == 500
    span = recorder.span("GET /crash")
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == "500"


def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
    """A server that takes any answer."""
    return None


def serve(app: Any, recorder: Recorder) -> Iterable[bytes]:
    """One request to `app`, the body not yet read."""
    environ: dict[str, Any] = {}
    setup_testing_defaults(environ)
    return wrap(app, recorder)(environ, start_response)


def test_an_exception_of_the_application_is_recorded_and_raised_on(recorder: Recorder) -> None:
    """Before the answer began."""

    def app(environ: Any, start: Any) -> Iterable[bytes]:
        raise ValueError("no such order")

    with pytest.raises(ValueError, match="no such order"):
        serve(app, recorder)
    span = recorder.span("GET")
    assert (span.events[0].attributes or {})["exception.type"] == "ValueError"
    assert (span.attributes or {})["http.response.status_code"] == 500


def test_an_exception_while_streaming_is_recorded_and_raised_on(recorder: Recorder) -> None:
    """The status was sent already and stays."""

    def app(environ: Any, start: Any) -> Iterator[bytes]:
        start("200 OK", [])
        yield b"a"
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        list(serve(app, recorder))
    span = recorder.span("GET")
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["http.response.status_code"] == 200


def test_a_client_that_leaves_ends_the_span_when_the_server_closes_the_body(recorder: Recorder) -> None:
    """The application's own close is called too."""
    closed = []

    class Body:
        def __iter__(self) -> Iterator[bytes]:
            yield b"a"
            yield b"b"

        def close(self) -> None:
            closed.append(True)

    def app(environ: Any, start: Any) -> Iterable[bytes]:
        start("200 OK", [])
        return Body()

    body = serve(app, recorder)
    assert next(iter(body)) == b"a"
    body.close()  # type: ignore[attr-defined]
    assert closed == [True]
    assert (recorder.span("GET").attributes or {})["error.type"] == "client_disconnected"
