"""Real clients: the OpenTelemetry Python SDK over both protocols, and the bytes that a real n8n sent. Sent = stored."""

import socket
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import grpc
import pytest
from opentelemetry._logs import SeverityNumber
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogExporter
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcMetricExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpanExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HttpMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from correlator.store.memory import MemoryStore
from tests.e2e.engine import Engine, running_engine, segment_store

FIXTURES = Path(__file__).parents[1] / "fixtures" / "otlp"
SPANS = 1_200  # more than two batches of the SDK
RESOURCE = Resource({"service.name": "shop"})
EVERYTHING = (0, 2**63 - 1)


@pytest.fixture(params=["memory", "segments"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An engine in front of each store."""
    store = MemoryStore() if request.param == "memory" else segment_store(tmp_path / "store")
    with running_engine(store) as running:
        yield running


def exporter_options(engine: Engine, door: str, signal: str, is_gzip: bool) -> dict[str, Any]:
    if door == "http":
        compression = Compression.Gzip if is_gzip else Compression.NoCompression
        return {"endpoint": f"http://{engine.doors.http}/v1/{signal}", "compression": compression}
    grpc_compression = grpc.Compression.Gzip if is_gzip else grpc.Compression.NoCompression
    return {"endpoint": f"http://{engine.doors.grpc}", "insecure": True, "compression": grpc_compression}


both_doors = pytest.mark.parametrize("door", ["http", "grpc"])
plain_and_gzip = pytest.mark.parametrize("is_gzip", [False, True], ids=["plain", "gzip"])


@both_doors
@plain_and_gzip
def test_every_span_of_the_sdk_is_found_by_its_ids(engine: Engine, door: str, is_gzip: bool) -> None:
    """A parent and two children in each trace; each with its parent's id."""
    exporter = {"http": HttpSpanExporter, "grpc": GrpcSpanExporter}[door]
    provider = TracerProvider(resource=RESOURCE)
    provider.add_span_processor(BatchSpanProcessor(exporter(**exporter_options(engine, door, "traces", is_gzip))))
    tracer = provider.get_tracer("test")
    sent: dict[bytes, set[tuple[bytes, bytes | None]]] = {}
    for number in range(SPANS // 3):
        with tracer.start_as_current_span("order", attributes={"number": number}) as parent:
            children = [tracer.start_span(name) for name in ("stock", "payment")]
            for child in children:
                child.end()
        parent_id = parent.get_span_context().span_id.to_bytes(8, "big")
        child_ids = [child.get_span_context().span_id.to_bytes(8, "big") for child in children]
        trace_id = parent.get_span_context().trace_id.to_bytes(16, "big")
        sent[trace_id] = {(parent_id, None)} | {(child_id, parent_id) for child_id in child_ids}
    provider.shutdown()

    assert engine.store.stats().spans == SPANS
    for trace_id, ids in sent.items():
        spans = engine.store.read_trace(trace_id).spans
        stored = zip(spans["span_id"].to_pylist(), spans["parent_span_id"].to_pylist(), strict=True)
        assert set(stored) == ids
        assert set(spans["service_name"].to_pylist()) == {"shop"}


@both_doors
@plain_and_gzip
def test_every_log_record_of_the_sdk_is_found_by_its_trace(engine: Engine, door: str, is_gzip: bool) -> None:
    """With its text and the span that it was written in."""
    exporter = {"http": HttpLogExporter, "grpc": GrpcLogExporter}[door]
    provider = LoggerProvider(resource=RESOURCE)
    provider.add_log_record_processor(
        BatchLogRecordProcessor(exporter(**exporter_options(engine, door, "logs", is_gzip)))
    )
    logger, spans = provider.get_logger("test"), TracerProvider().get_tracer("test")
    sent: dict[bytes, tuple[bytes, list[str]]] = {}
    for number in range(20):
        with spans.start_as_current_span("order") as span:
            texts = [f"order {number} step {step} ünïcode" for step in range(60)]
            for text in texts:
                logger.emit(body=text, severity_number=SeverityNumber.ERROR, attributes={"number": number})
            context = span.get_span_context()
        sent[context.trace_id.to_bytes(16, "big")] = (context.span_id.to_bytes(8, "big"), texts)
    provider.shutdown()

    assert engine.store.stats().logs == 1_200
    for trace_id, (span_id, texts) in sent.items():
        logs = engine.store.read_trace(trace_id).logs
        assert sorted(logs["body"].to_pylist()) == sorted(texts)
        assert set(logs["span_id"].to_pylist()) == {span_id}


@both_doors
@plain_and_gzip
def test_every_data_point_of_the_sdk_is_found_by_its_name(engine: Engine, door: str, is_gzip: bool) -> None:
    """Sums exactly, histograms by count and sum, over several exports."""
    exporter = {"http": HttpMetricExporter, "grpc": GrpcMetricExporter}[door]
    reader = PeriodicExportingMetricReader(
        exporter(**exporter_options(engine, door, "metrics", is_gzip)), export_interval_millis=3_600_000
    )
    provider = MeterProvider(metric_readers=[reader], resource=RESOURCE)
    meter = provider.get_meter("test")
    orders, seconds = meter.create_counter("orders", unit="{order}"), meter.create_histogram("seconds", unit="s")
    for _ in range(3):
        for shop in range(50):
            orders.add(2**40, {"shop": shop})
            seconds.record(0.25, {"shop": shop})
        provider.force_flush()
    provider.shutdown()

    points = engine.store.scan("metrics", *EVERYTHING, ("name", "value_int", "count", "sum", "attributes"))
    rows = points.to_pylist()
    sums = [row["value_int"] for row in rows if row["name"] == "orders"]
    histograms = [(row["count"], row["sum"]) for row in rows if row["name"] == "seconds"]
    exports = [2**40, 2 * 2**40, 3 * 2**40, 3 * 2**40]  # cumulative, and once more at the end
    assert sorted(sums) == sorted(exports * 50)
    assert sorted(histograms) == sorted([(1, 0.25), (2, 0.5), (3, 0.75), (3, 0.75)] * 50)
    assert engine.store.stats().metrics == 400


@pytest.mark.parametrize("recording", ["otlp_raw_0003.pb", "otlp_raw_0004.pb"])
def test_every_span_of_a_real_n8n_is_found_by_its_trace(engine: Engine, recording: str) -> None:
    """Its very bytes, chunked as it sends them, after the HEAD that it starts with, on one connection."""
    body = (FIXTURES / recording).read_bytes()
    assert n8n_sends(engine.doors.http, body) == [b"HTTP/1.1 200 OK", b"HTTP/1.1 200 OK"]
    request = ExportTraceServiceRequest.FromString(body)
    sent = [span for each in request.resource_spans for scope in each.scope_spans for span in scope.spans]
    assert engine.store.stats().spans == len(sent) > 10
    for span in sent:
        stored = engine.store.read_trace(span.trace_id).spans
        assert span.span_id in stored["span_id"].to_pylist()


def n8n_sends(address: str, body: bytes) -> list[bytes]:
    """The status lines of the answers to a probe and to a chunked export, as n8n's exporter sends them."""
    host, _, port = address.rpartition(":")
    head = f"host: {address}\r\nuser-agent: OTel-OTLP-Exporter-JavaScript/0.213.0\r\nconnection: keep-alive\r\n"
    pieces = [body[start:end] for start, end in pairwise([*range(0, len(body), 4_096), len(body)])]
    with socket.create_connection((host, int(port)), timeout=10) as connection, connection.makefile("rb") as answers:
        connection.sendall(f"HEAD /v1/traces HTTP/1.1\r\n{head}\r\n".encode())
        statuses = [read_status(answers)]
        export = f"content-type: application/x-protobuf\r\n{head}transfer-encoding: chunked\r\n\r\n"
        connection.sendall(f"POST /v1/traces HTTP/1.1\r\n{export}".encode())
        for piece in pieces:
            connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
        connection.sendall(b"0\r\n\r\n")
        return [*statuses, read_status(answers)]


def read_status(answers: Any) -> bytes:
    """The status line of an answer without a body."""
    status: bytes = answers.readline().strip()
    while answers.readline().strip():
        pass
    return status


def test_clients_of_all_signals_and_doors_at_once_are_all_stored(engine: Engine) -> None:
    """Eight providers in eight threads; nothing is lost between them."""

    def send(door: str, is_gzip: bool) -> None:
        exporter = {"http": HttpSpanExporter, "grpc": GrpcSpanExporter}[door]
        provider = TracerProvider(resource=RESOURCE)
        provider.add_span_processor(BatchSpanProcessor(exporter(**exporter_options(engine, door, "traces", is_gzip))))
        for _ in range(600):
            provider.get_tracer("test").start_span("order").end()
        provider.shutdown()

    threads = [
        threading.Thread(target=send, args=(door, is_gzip))
        for door in ("http", "grpc")
        for is_gzip in (False, True)
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert engine.store.stats().spans == 8 * 600
