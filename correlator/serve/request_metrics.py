"""Counts and times each API request, by the route's template; the caller's trace is the exemplar."""

import time
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from correlator.semconv import HEADER_TRACEPARENT
from correlator.telemetry.metrics import EngineMetrics
from correlator.telemetry.trace_headers import parse_traceparent

UNMATCHED: Final = "unmatched"  # a path that no route serves: as a label, paths would have no bound
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestMetrics:
    """ASGI middleware around everything else, so that refusals are counted too."""

    def __init__(self, app: ASGIApp, metrics: EngineMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500  # what the client sees when the application dies before it answers

        async def noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        started = time.perf_counter()
        try:
            await self._app(scope, receive, noting_status)
        finally:
            self._count(scope, status, time.perf_counter() - started)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", UNMATCHED)
        method = scope["method"] if scope["method"] in METHODS else "other"
        exemplar = _exemplar(scope)
        self._metrics.api_requests.labels(route, method, str(status)).inc(exemplar=exemplar)
        self._metrics.api_request_seconds.labels(route, method).observe(seconds, exemplar=exemplar)


def _exemplar(scope: Scope) -> dict[str, str] | None:
    """The trace id of a valid traceparent."""
    caller = parse_traceparent(Headers(scope=scope).get(HEADER_TRACEPARENT, ""))
    return None if caller is None else {"trace_id": f"{caller.trace_id:032x}"}
