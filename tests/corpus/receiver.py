"""Takes what the stack sends, as the engine's doors would, and keeps it as it came."""

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.ports import free_port

SIGNALS: Final = ("traces", "logs", "metrics")


@dataclass(frozen=True, slots=True)
class ReceivedOtlp:
    signal: str
    arrival_unix_nano: int
    body: bytes


@dataclass(frozen=True, slots=True)
class ReceivedCallback:
    workflow_id: str
    arrival_unix_nano: int
    traceparent: str
    document: Any


@dataclass(slots=True)
class Receiver:
    """`url` is the base of its OTLP door, `callbacks` that of its callbacks."""

    url: str
    requests: list[ReceivedOtlp] = field(default_factory=list)
    callbacks: list[ReceivedCallback] = field(default_factory=list)

    @property
    def callbacks_url(self) -> str:
        return f"{self.url}/api/v1/callbacks"

    async def take_otlp(self, request: Request) -> Response:
        signal = request.path_params["signal"]
        try:
            body = await request.body()
        except ClientDisconnect:  # n8n was killed while it sent
            return Response(status_code=400)
        if request.method == "POST" and signal in SIGNALS:
            is_gzip = request.headers.get("content-encoding") == "gzip"
            self.requests.append(ReceivedOtlp(signal, time.time_ns(), gzip.decompress(body) if is_gzip else body))
        return Response(b"", media_type="application/x-protobuf")

    async def take_callback(self, request: Request) -> Response:
        document = await request.json()
        traceparent = request.headers.get("traceparent", "")
        self.callbacks.append(
            ReceivedCallback(request.path_params["workflow_id"], time.time_ns(), traceparent, document)
        )
        return JSONResponse({"accepted": True}, status_code=202)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port of loopback for the block."""
    port = free_port()
    receiver = Receiver(f"http://127.0.0.1:{port}")
    app = Starlette(
        routes=[
            Route("/v1/{signal}", receiver.take_otlp, methods=["POST", "HEAD"]),
            Route("/api/v1/callbacks/{workflow_id}", receiver.take_callback, methods=["POST"]),
        ]
    )
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield receiver
    finally:
        server.should_exit = True
        thread.join(10)
