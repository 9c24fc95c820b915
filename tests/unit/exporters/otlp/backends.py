"""Backends that speak OTLP, keep what they are sent and answer as they are told."""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from exporters.delivery import Parcel


@dataclass
class Call:
    """What came in; `headers` by lower-case name."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Backend:
    """`status`, `headers` and `body` are its answers over HTTP; `code`, `retry_s` and `body` over gRPC."""

    url: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    code: grpc.StatusCode = grpc.StatusCode.OK
    retry_s: int | None = None
    calls: list[Call] = field(default_factory=list)


@contextmanager
def http_backend(backend: Backend | None = None, context: ssl.SSLContext | None = None) -> Iterator[Backend]:
    """Listening for the block."""
    backend = backend or Backend()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            if headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            backend.calls.append(Call(self.path, headers, body))
            self.send_response(backend.status)
            for name, value in backend.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(backend.body)))
            self.end_headers()
            self.wfile.write(backend.body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        place = "https://localhost" if context is not None else "http://127.0.0.1"
        backend.url = f"{place}:{server.server_address[1]}"
        try:
            yield backend
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def grpc_backend(credentials: grpc.ServerCredentials | None = None) -> Iterator[Backend]:
    """Listening for the block; any method of any service."""
    backend = Backend()

    def answer(body: bytes, context: Any, path: str) -> bytes:
        backend.calls.append(Call(path, dict(context.invocation_metadata()), body))
        if backend.code is not grpc.StatusCode.OK:
            if backend.retry_s is not None:
                status = Status(code=backend.code.value[0])
                status.details.add().Pack(RetryInfo(retry_delay=Duration(seconds=backend.retry_s)))
                context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
            context.abort(backend.code, "as the test wants")
        return backend.body

    class Handler(grpc.GenericRpcHandler):
        def service(self, handler_call_details: Any) -> Any:
            path = handler_call_details.method
            return grpc.unary_unary_rpc_method_handler(lambda body, context: answer(body, context, path))

    server = grpc.server(ThreadPoolExecutor(2), handlers=(Handler(),))
    if credentials is None:
        backend.url = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    else:
        backend.url = f"https://localhost:{server.add_secure_port('127.0.0.1:0', credentials)}"
    server.start()
    try:
        yield backend
    finally:
        server.stop(0).wait()


def request(*names: str) -> bytes:
    """A trace request with a span of each name."""
    message = ExportTraceServiceRequest()
    spans = message.resource_spans.add().scope_spans.add().spans
    for name in names:
        spans.add(name=name, trace_id=bytes(range(16)), span_id=name.encode().ljust(8, b"-")[:8])
    return message.SerializeToString()


def parcel(content: bytes, kind: str = "traces/protobuf") -> Parcel:
    return Parcel(0, kind, 0, content)


def span_names(body: bytes) -> list[str]:
    message = ExportTraceServiceRequest.FromString(body)
    return [span.name for group in message.resource_spans for scope in group.scope_spans for span in scope.spans]


class Endless:
    """Answers one request with `head`, and then goes on until nobody listens any more, or for a gigabyte; a piece of it each `pause_s`."""

    def __init__(self, head: bytes, piece: bytes = b"x" * 65_536, pause_s: float = 0.0) -> None:
        self._sent, self._piece, self._pause_s = 0, piece, pause_s
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._answer, args=(head,), daemon=True)
        self._thread.start()

    def end(self) -> int:
        """Bytes that went out, once it has stopped."""
        self._thread.join(timeout=30)
        self._listener.close()
        return self._sent

    def _answer(self, head: bytes) -> None:
        connection, _ = self._listener.accept()
        with connection:
            connection.recv(65_536)
            try:
                connection.sendall(head)
                while self._sent < 2**30:
                    self._sent += connection.send(self._piece)
                    time.sleep(self._pause_s)
            except OSError:  # nobody listens any more
                return
