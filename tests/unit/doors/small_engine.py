"""A recorder for tests of the doors: a decoder of a few lines, and a writer that does as it is told."""

import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import pyarrow as pa
from google.protobuf.json_format import Parse, ParseError
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from correlator.errors import InvalidInput
from correlator.model.limits import Rejection
from correlator.model.tables import SPANS, Tables
from correlator.pipeline.record import Recorder
from correlator.store.contract import Frame
from correlator.telemetry.metrics import EngineMetrics

REQUESTS: dict[str, type[Message]] = {
    "traces": ExportTraceServiceRequest,
    "logs": ExportLogsServiceRequest,
    "metrics": ExportMetricsServiceRequest,
}


@dataclass
class SmallWriter:
    """Keeps frames. `failure` fails the appends to come; while `is_held`, they stay unanswered until `release`."""

    frames: list[Frame] = field(default_factory=list)
    failure: Exception | None = None
    is_held: bool = False
    _held: "list[Future[int]]" = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def append(self, frame: Frame, tables: Tables) -> "Future[int]":
        position: Future[int] = Future()
        if self.failure is not None:
            position.set_exception(self.failure)
            return position
        with self._lock:
            self.frames.append(frame)
            if self.is_held:
                self._held.append(position)
                return position
        position.set_result(len(self.frames))
        return position

    def await_held(self, count: int, within_s: float = 30.0) -> None:
        until = time.monotonic() + within_s
        while len(self._held) < count:
            assert time.monotonic() < until, f"{len(self._held)} requests are held, not {count}"
            time.sleep(0.01)

    def release(self) -> None:
        with self._lock:
            self.is_held = False
            held, self._held = self._held, []
        for position in held:
            position.set_result(0)


def decode(frame: Frame) -> tuple[Tables, tuple[Rejection, ...]]:
    """One empty row a resource; a resource with dropped attributes is rejected, and one with 13 of them is a bug."""
    dropped = [each.resource.dropped_attributes_count for each in _resources(frame)]
    if 13 in dropped:
        raise RuntimeError(f"a bug that quotes {frame.payload!r}")
    kept = dropped.count(0)
    refused = len(dropped) - kept
    rejections = (Rejection("dropped", refused, "dropped_attributes_count is 1; send 0"),) if refused else ()
    return Tables(spans=pa.Table.from_pylist([{}] * kept, schema=SPANS)), rejections


def _resources(frame: Frame) -> list[Any]:
    request = REQUESTS[frame.signal]()
    try:
        if frame.encoding == "json":
            Parse(frame.payload, request, ignore_unknown_fields=True)
        else:
            request.ParseFromString(frame.payload)
    except (DecodeError, ParseError, UnicodeDecodeError) as error:
        raise InvalidInput("the body is no OTLP request; check the exporter") from error
    name = {"traces": "resource_spans", "logs": "resource_logs", "metrics": "resource_metrics"}[frame.signal]
    return list(getattr(request, name))


def request_body(signal: str = "traces", kept: int = 1, refused: int = 0, bugs: int = 0) -> bytes:
    """An OTLP request in protobuf, as `decode` above reads it."""
    request = REQUESTS[signal]()
    name = {"traces": "resource_spans", "logs": "resource_logs", "metrics": "resource_metrics"}[signal]
    for dropped in [0] * kept + [1] * refused + [13] * bugs:
        getattr(request, name).add().resource.dropped_attributes_count = dropped
    return request.SerializeToString()


def small_recorder(
    writer: SmallWriter, metrics: EngineMetrics, *, max_bytes_in_flight: int = 256 * 2**20, threads: int = 2
) -> Recorder:
    return Recorder(writer, decode, metrics, max_bytes_in_flight=max_bytes_in_flight, threads=threads)
