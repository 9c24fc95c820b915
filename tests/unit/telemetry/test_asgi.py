"""The ASGI middleware on real Starlette and FastAPI applications, and on bare ASGI where a framework hides the case."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, BackgroundTasks, FastAPI, HTTPException
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind, StatusCode
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Mount, Route

from correlator.telemetry import TraceContextMiddleware
from tests.unit.telemetry.conftest import Recorder

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"


def current_trace() -> str:
    """The trace that the code under way belongs to."""
    return f"{trace.get_current_span().get_span_context().trace_id:032x}"


def fastapi_app() -> FastAPI:
    """Routes that answer, fail, and leave work behind."""
    app, jobs = FastAPI(), APIRouter(prefix="/jobs")

    @jobs.get("/{job_id}")
    async def read_job(job_id: str) -> str:
        return current_trace()

    @jobs.get("/{job_id}/sync")
    def read_job_in_thread(job_id: str) -> str:
        return current_trace()

    @app.get("/unavailable")
    async def unavailable() -> None:
        raise HTTPException(503, "the queue is full")

    @app.get("/crash")
    async def crash() -> None:
        raise ValueError("no such order")

    @app.get("/background")
    async def background(tasks: BackgroundTasks) -> str:
        tasks.add_task(lambda: trace.get_tracer("t").start_span("later").end())
        return "accepted"

    app.include_router(jobs)
    return app


class Client:
    """Calls an ASGI application in memory; an exception that it raises is raised here where `raises` is set."""

    def __init__(self, app: Any, *, raises: bool = False) -> None:
        self._transport = httpx.ASGITransport(app=app, raise_app_exceptions=raises)

    async def fetch(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        """One GET, on the running event loop."""
        async with httpx.AsyncClient(transport=self._transport, base_url="http://bridge") as client:
            return await client.get(path, headers=headers)

    def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        """One GET, on an event loop of its own."""
        return asyncio.run(self.fetch(path, headers))


@pytest.fixture
def client(recorder: Recorder) -> Client:
    """A client of the wrapped application that gets 500 answers instead of exceptions."""
    return Client(wrap(fastapi_app(), recorder))


def wrap(app: Any, recorder: Recorder) -> TraceContextMiddleware:
    """`app` behind the middleware, recorded."""
    return TraceContextMiddleware(app, tracer_provider=recorder.tracer_provider, meter_provider=recorder.meter_provider)


def test_the_callers_trace_is_continued_and_echoed(client: Client, recorder: Recorder) -> None:
    """The span is a child of the caller's, the answer names both."""
    answer = client.get("/jobs/7", headers={"traceparent": TRACEPARENT, "tracestate": "n8n=1"})
    span = recorder.span("GET /jobs/{job_id}")
    assert span.parent is not None and f"{span.parent.span_id:016x}" == PARENT
    assert span.kind is SpanKind.SERVER
    assert answer.json() == answer.headers["x-trace-id"] == TRACE
    assert answer.headers["traceparent"] == f"00-{TRACE}-{span.context.span_id:016x}-01"
    assert span.context.trace_state.to_header() == "n8n=1"


def test_attributes_follow_the_http_conventions(client: Client, recorder: Recorder) -> None:
    """Stable names; no query string; n8n's and the request's ids as attributes of their own."""
    client.get(
        "/jobs/7?key=secret",
        headers={"x-n8n-execution-id": "42", "x-n8n-workflow-id": "wf\t1", "x-request-id": TRACE},
    )
    span = recorder.span("GET /jobs/{job_id}")
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "url.path": "/jobs/7",
        "url.scheme": "http",
        "server.address": "bridge",
        "http.route": "/jobs/{job_id}",
        "http.response.status_code": 200,
        "n8n.execution.id": "42",
        "n8n.workflow.id": "wf1",
        "http.request.header.x-request-id": TRACE,
    }
    assert f"{span.context.trace_id:032x}" != TRACE  # a request id is never promoted


def test_a_bare_trace_id_makes_the_span_the_root_of_that_trace(client: Client, recorder: Recorder) -> None:
    """X-Trace-ID names no span, so none is invented as parent."""
    answer = client.get("/jobs/7", headers={"x-trace-id": "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"})
    span = recorder.span("GET /jobs/{job_id}")
    assert (span.parent, answer.headers["x-trace-id"]) == (None, TRACE)


def test_a_bare_trace_id_is_kept_with_a_foreign_tracer_provider() -> None:
    """Without our id generator the trace id survives below a remote parent."""
    app = TraceContextMiddleware(fastapi_app(), tracer_provider=TracerProvider(shutdown_on_exit=False))
    assert Client(app).get("/jobs/7", headers={"x-trace-id": TRACE}).headers["x-trace-id"] == TRACE


def test_a_handler_in_a_thread_sees_the_trace(client: Client) -> None:
    """Synchronous endpoints run in a thread pool."""
    assert client.get("/jobs/7/sync", headers={"traceparent": TRACEPARENT}).json() == TRACE


def test_a_5xx_is_an_error_and_a_4xx_is_not(client: Client, recorder: Recorder) -> None:
    """A client's mistake is no failure of the service."""
    client.get("/unavailable")
    client.get("/nothing-here")
    unavailable, missing = recorder.span("GET /unavailable"), recorder.span("GET")
    assert unavailable.status.status_code is StatusCode.ERROR
    assert (unavailable.attributes or {})["error.type"] == "503"
    assert missing.status.status_code is StatusCode.UNSET
    assert (missing.attributes or {})["http.response.status_code"] == 404


def test_an_unhandled_exception_is_recorded_and_its_answer_names_the_trace(client: Client, recorder: Recorder) -> None:
    """The framework answers 500 first and raises after; the span holds both."""
    answer = client.get("/crash", headers={"traceparent": TRACEPARENT})
    span = recorder.span("GET /crash")
    assert (answer.status_code, answer.headers["x-trace-id"]) == (500, TRACE)
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == "ValueError"
    assert (span.events[0].attributes or {})["exception.message"] == "no such order"


def test_an_exception_is_raised_on(recorder: Recorder) -> None:
    """Also where the middleware sits inside the framework's own error handler."""
    app = fastapi_app()
    app.add_middleware(
        TraceContextMiddleware, tracer_provider=recorder.tracer_provider, meter_provider=recorder.meter_provider
    )
    with pytest.raises(ValueError, match="no such order"):
        Client(app, raises=True).get("/crash")
    assert (recorder.span("GET /crash").attributes or {})["http.response.status_code"] == 500


def test_the_span_ends_with_the_body_before_background_work(client: Client, recorder: Recorder) -> None:
    """Background work neither lengthens the span nor hides it."""
    client.get("/background")
    assert [span.name for span in recorder.spans()] == ["GET /background"]


def test_a_streamed_answer_is_one_span_to_its_last_byte(recorder: Recorder) -> None:
    """The span lasts while pieces come."""
    ended_while_streaming: list[int] = []

    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b"a", b"b"):
            ended_while_streaming.append(len(recorder.spans()))
            yield piece

    async def stream(request: Request) -> StreamingResponse:
        return StreamingResponse(pieces())

    app = wrap(Starlette(routes=[Mount("/v1", routes=[Route("/stream", stream)])]), recorder)
    assert Client(app).get("/v1/stream").text == "ab"
    assert ended_while_streaming == [0, 0]
    assert [span.name for span in recorder.spans()] == ["GET /v1/stream"]  # the mount is part of the route


def test_a_client_that_leaves_is_noted_and_is_no_failure_of_the_service(recorder: Recorder) -> None:
    """Disconnects and cancellation read alike: the answer was not wanted any more."""

    async def waits_for_the_body(scope: Any, receive: Callable[[], Any], send: Any) -> None:
        await receive()

    async def is_cancelled(scope: Any, receive: Any, send: Any) -> None:
        raise asyncio.CancelledError

    async def disconnect() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None: ...

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "server": None}
    asyncio.run(wrap(waits_for_the_body, recorder)(dict(scope), disconnect, send))  # type: ignore[arg-type]
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(wrap(is_cancelled, recorder)(dict(scope), disconnect, send))  # type: ignore[arg-type]
    for span in recorder.spans():
        assert (span.attributes or {})["error.type"] == "client_disconnected"
        assert span.status.status_code is StatusCode.UNSET
    assert len(recorder.spans()) == 2


def test_websockets_and_lifespan_pass_through(recorder: Recorder) -> None:
    """Only HTTP requests get a span."""

    passed = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        passed.append((scope["type"], receive, send))

    async def receive() -> dict[str, Any]:
        return {}

    async def send(message: Any) -> None: ...

    for kind in ("websocket", "lifespan"):
        asyncio.run(wrap(app, recorder)({"type": kind}, receive, send))
    assert passed == [("websocket", receive, send), ("lifespan", receive, send)]
    assert recorder.spans() == []


def test_concurrent_requests_keep_their_traces_apart(recorder: Recorder) -> None:
    """A hundred requests on one event loop, each sees its own trace after a pause."""

    async def slow(request: Request) -> PlainTextResponse:
        await asyncio.sleep(0.001)
        return PlainTextResponse(current_trace())

    async def run() -> list[tuple[str, str]]:
        client = Client(wrap(Starlette(routes=[Route("/slow", slow)]), recorder))
        ids = [f"{number:032x}" for number in range(1, 101)]
        answers = await asyncio.gather(*(client.fetch("/slow", {"x-trace-id": one}) for one in ids))
        return [(one, answer.text) for one, answer in zip(ids, answers, strict=True)]

    assert all(sent == seen for sent, seen in asyncio.run(run()))


def test_an_application_s_own_trace_headers_are_replaced(recorder: Recorder) -> None:
    """One answer has one X-Trace-ID."""

    async def stale(request: Request) -> PlainTextResponse:
        return PlainTextResponse("", headers={"X-Trace-ID": "stale"})

    answer = Client(wrap(Starlette(routes=[Route("/", stale)]), recorder)).get("/")
    assert answer.headers.get_list("x-trace-id") == [f"{recorder.span('GET /').context.trace_id:032x}"]


def test_without_any_provider_requests_are_served_and_no_trace_is_claimed() -> None:
    """A service that never called `instrument` works; all-zero ids are never sent."""
    answer = Client(TraceContextMiddleware(fastapi_app(), tracer_provider=trace.NoOpTracerProvider())).get("/jobs/7")
    assert answer.status_code == 200
    assert "x-trace-id" not in answer.headers


def test_the_duration_is_measured_by_method_route_and_status(client: Client, recorder: Recorder) -> None:
    """The conventions' histogram, in seconds, without ids among its attributes."""
    client.get("/jobs/7")
    data = recorder.reader.get_metrics_data()
    assert data is not None
    (metric,) = data.resource_metrics[0].scope_metrics[0].metrics
    (point,) = metric.data.data_points
    assert (metric.name, metric.unit) == ("http.server.request.duration", "s")
    assert dict(point.attributes or {}) == {
        "http.request.method": "GET",
        "url.scheme": "http",
        "http.route": "/jobs/{job_id}",
        "http.response.status_code": 200,
    }
