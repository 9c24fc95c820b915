"""What stands before the application: the proxy that may lose headers, and inside the trace the driver's labels."""

from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from correlator.demo import faults
from correlator.demo.truth import STORY_HEADER, record_truth, set_story
from correlator.errors import InvalidInput

_LOST: Final = (b"traceparent", b"tracestate", b"x-n8n-")  # by how the names begin


class LossyProxy:
    """Under the fault dropped_context, strips the trace and n8n's ids, as a strict gateway does."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and faults.DROPPED_CONTEXT in faults.names_in(_fault(scope)):
            kept = [pair for pair in scope["headers"] if not pair[0].lower().startswith(_LOST)]
            scope = {**scope, "headers": kept}
        await self._app(scope, receive, send)


class StoryLabels:
    """Writes the driver's label of each request down, beside its server span; inside the trace's middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            set_story(headers.get(STORY_HEADER, ""))
            record_truth(headers, "bridge")
        await self._app(scope, receive, send)


def _fault(scope: Scope) -> str:
    try:
        return faults.read_fault(Headers(scope=scope))
    except InvalidInput:  # the route says so
        return ""
