"""A door for OTLP over HTTP that keeps all that it is sent, decoded on demand."""

import gzip
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(frozen=True, slots=True)
class ReceivedSpan:
    service_name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Receiver:
    """A door for OTLP over HTTP that keeps all bodies, by path."""

    url: str
    bodies: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def spans(self, trace_id: str | None = None) -> list[ReceivedSpan]:
        """Spans of a trace, or all, in the order they came."""
        return [
            ReceivedSpan(_attribute(group.resource.attributes, "service.name"), span)
            for body in self._bodies("/v1/traces")
            for group in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in group.scope_spans
            for span in scope.spans
            if trace_id in (None, span.trace_id.hex())
        ]

    def logs(self, trace_id: str | None = None) -> list[LogRecord]:
        """Log records of a trace, or all, in the order they came."""
        return [
            record
            for body in self._bodies("/v1/logs")
            for group in ExportLogsServiceRequest.FromString(body).resource_logs
            for scope in group.scope_logs
            for record in scope.log_records
            if trace_id in (None, record.trace_id.hex())
        ]

    def metrics(self, name: str) -> list[Metric]:
        """All readings of a metric, in the order they came."""
        return [
            metric
            for body in self._bodies("/v1/metrics")
            for group in ExportMetricsServiceRequest.FromString(body).resource_metrics
            for scope in group.scope_metrics
            for metric in scope.metrics
            if metric.name == name
        ]

    def _bodies(self, path: str) -> list[bytes]:
        return [body for at, _, body in list(self.bodies) if at == path]


def _attribute(attributes: Iterable[KeyValue], key: str) -> str:
    return next(item.value.string_value for item in attributes if item.key == key)


@contextmanager
def otlp_receiver() -> Iterator[Receiver]:
    """A running door on a free port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = (
                self.rfile.read(int(self.headers["content-length"]))
                if "content-length" in self.headers
                else chunks(self)
            )
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.bodies.append((self.path, headers, body))
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def chunks(handler: BaseHTTPRequestHandler) -> bytes:
    body = b""
    while size := int(handler.rfile.readline(), 16):
        body += handler.rfile.read(size)
        handler.rfile.readline()
    handler.rfile.readline()
    return body
