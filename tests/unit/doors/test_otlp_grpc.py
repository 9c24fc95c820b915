"""OTLP over gRPC, by grpcio's own client: what each call is answered, and that it is counted."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

import grpc
import httpx
import psutil
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from correlator.doors.otlp_grpc import OtlpGrpcDoor
from correlator.errors import SettingsError, StorageFull
from correlator.model.limits import Limits
from correlator.telemetry.metrics import EngineMetrics
from tests.e2e.doors import Doors, running_doors
from tests.unit.doors.small_engine import SmallWriter, request_body, small_recorder

LIMITS = Limits(body_bytes=100_000, inflated_bytes=400_000)
METHODS = {
    "traces": "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    "logs": "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
    "metrics": "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
}
UNLIMITED = [("grpc.max_send_message_length", -1)]


@contextmanager
def open_doors(
    writer: SmallWriter | None = None,
    *,
    max_bytes_in_flight: int = 256 * 2**20,
    body_timeout_s: float = 10.0,
    token: str | None = None,
    max_grpc_calls: int = 1_024,
) -> Iterator[Doors]:
    metrics = EngineMetrics()
    recorder = small_recorder(writer or SmallWriter(), metrics, max_bytes_in_flight=max_bytes_in_flight)
    with running_doors(
        recorder,
        metrics,
        LIMITS,
        body_timeout_s=body_timeout_s,
        token=token,
        max_grpc_calls=max_grpc_calls,
    ) as doors:
        yield doors


@contextmanager
def channel(doors: Doors) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(doors.grpc, options=UNLIMITED) as opened:
        yield opened


def export(
    doors: Doors,
    body: bytes,
    signal: str = "traces",
    compression: grpc.Compression = grpc.Compression.NoCompression,
    metadata: tuple[tuple[str, str], ...] = (),
) -> bytes:
    with channel(doors) as opened:
        call = opened.unary_unary(METHODS[signal])
        answer: bytes = call(body, timeout=60, compression=compression, metadata=metadata)
        return answer


def refused(doors: Doors, body: bytes, compression: grpc.Compression = grpc.Compression.NoCompression) -> grpc.RpcError:
    with pytest.raises(grpc.RpcError) as error:
        export(doors, body, compression=compression)
    return error.value


def status_of(error: grpc.RpcError) -> Status:
    metadata = dict(error.trailing_metadata())
    return Status.FromString(metadata["grpc-status-details-bin"])


@pytest.mark.parametrize("signal", ["traces", "logs", "metrics"])
@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_a_request_is_recorded_and_answered_with_an_empty_response(signal: str, compression: grpc.Compression) -> None:
    """Plain and gzip; what is recorded is the inflated request."""
    writer, body = SmallWriter(), request_body(signal, kept=300)
    with open_doors(writer) as doors:
        assert export(doors, body, signal, compression) == b""
        assert doors.requests("grpc", signal, "accepted") == 1
        labels = {"door": "otlp_grpc", "signal": signal}
        received = doors.metrics.registry.get_sample_value("correlator_received_bytes_total", labels)
        assert received == len(body) if compression == grpc.Compression.NoCompression else received < len(body)
    assert [(frame.signal, frame.encoding, frame.payload) for frame in writer.frames] == [(signal, "protobuf", body)]


@pytest.mark.parametrize(
    ("signal", "response", "rejected_field"),
    [
        ("traces", ExportTraceServiceResponse, "rejected_spans"),
        ("logs", ExportLogsServiceResponse, "rejected_log_records"),
        ("metrics", ExportMetricsServiceResponse, "rejected_data_points"),
    ],
)
def test_rejected_records_are_told_as_partial_success(signal: str, response: type, rejected_field: str) -> None:
    """Count and reason; status OK."""
    with open_doors() as doors:
        told = response.FromString(export(doors, request_body(signal, kept=1, refused=2), signal)).partial_success
        assert getattr(told, rejected_field) == 2
        assert told.error_message.startswith("2 dropped")
        assert doors.requests("grpc", signal, "partial") == 1


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xff random",
        request_body(kept=9)[:-1],
        b"\x1f\x8b\x08 gzip, but broken",
        gzip.compress(request_body())[:-1],
    ],
    ids=["random", "truncated", "broken gzip", "cut gzip"],
)
def test_what_is_no_otlp_request_gets_invalid_argument(body: bytes) -> None:
    """Never to be retried; google.rpc.Status says why."""
    with open_doors() as doors:
        error = refused(doors, body)
        assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
        assert status_of(error).message == error.details() != ""
        assert not status_of(error).details
        assert doors.requests("grpc", "traces", "invalid") == 1


def test_an_empty_message_is_a_request_without_records() -> None:
    """No bytes are a valid message."""
    writer = SmallWriter()
    with open_doors(writer) as doors:
        assert export(doors, b"") == b""
    assert writer.frames == []


def test_a_call_without_a_message_gets_invalid_argument() -> None:
    """A client that streams nothing."""
    with open_doors() as doors, channel(doors) as opened, pytest.raises(grpc.RpcError) as error:
        opened.stream_unary(METHODS["traces"])(iter(()), timeout=60)
    assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_a_sender_that_leaves_halfway_is_counted() -> None:
    """Nothing of it is recorded, and nobody else notices."""

    may_go = Event()

    def slow() -> Iterator[bytes]:
        may_go.wait(60)
        yield request_body()

    writer = SmallWriter()
    with open_doors(writer) as doors, channel(doors) as opened:
        call = opened.stream_unary(METHODS["traces"]).future(slow(), timeout=60)
        after_it = opened.unary_unary(METHODS["traces"])(request_body(), timeout=60)  # over the same connection
        call.cancel()
        doors.await_requests("grpc", "traces", "no_message")
        may_go.set()
        assert after_it == export(doors, request_body()) == b""
    assert len(writer.frames) == 2


def test_a_message_over_the_limit_is_refused_unread() -> None:
    """By gRPC itself, before it is held whole: 300 MB do not grow the process by them."""
    body = bytes(300 * 2**20)
    with open_doors() as doors:
        before = psutil.Process().memory_info().rss
        error = refused(doors, body)
        assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "Received message larger than max" in error.details()
        assert doors.await_requests("grpc", "traces", "no_message") == 1
        assert psutil.Process().memory_info().rss - before < 2.5 * len(body)  # the client holds it, once or twice
        assert export(doors, request_body()) == b""


def test_a_gzip_bomb_gets_invalid_argument_while_it_inflates() -> None:
    """Small as sent, too large inflated."""
    with open_doors() as doors:
        error = refused(doors, bytes(2**26), grpc.Compression.Gzip)
        assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
        assert "inflates to over 400000 bytes" in error.details()
        assert doors.requests("grpc", "traces", "too_large") == 1


def test_deflate_is_refused_by_name() -> None:
    """UNIMPLEMENTED, as gRPC has it for a compression that a server does not take."""
    with open_doors() as doors:
        error = refused(doors, request_body(kept=100), grpc.Compression.Deflate)
    assert error.code() == grpc.StatusCode.UNIMPLEMENTED
    assert "deflate" in error.details()


def test_unknown_methods_are_unimplemented() -> None:
    """Such as profiles."""
    with open_doors() as doors, channel(doors) as opened, pytest.raises(grpc.RpcError) as error:
        opened.unary_unary("/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export")(b"")
    assert error.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_too_many_bytes_in_flight_get_resource_exhausted_with_retry_info() -> None:
    """RetryInfo is what makes RESOURCE_EXHAUSTED retryable in OTLP."""
    writer, body = SmallWriter(is_held=True), request_body(kept=100)
    with open_doors(writer, max_bytes_in_flight=len(body) + 1) as doors, channel(doors) as opened:
        first = opened.unary_unary(METHODS["traces"]).future(body, timeout=60)
        writer.await_held(1)
        error = refused(doors, body)
        writer.release()
        assert first.result(30) == b""
        retry = RetryInfo()
        assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert status_of(error).details[0].Unpack(retry)
        assert retry.retry_delay.seconds == 1
        assert doors.requests("grpc", "traces", "overloaded") == 1
        assert export(doors, body) == b""


def test_too_many_calls_get_resource_exhausted_with_retry_info() -> None:
    """Unread; once one is answered, there is room again."""
    writer = SmallWriter(is_held=True)
    with open_doors(writer, max_grpc_calls=2) as doors, channel(doors) as opened:
        waiting = [opened.unary_unary(METHODS["traces"]).future(request_body(), timeout=60) for _ in range(2)]
        writer.await_held(2)
        error = refused(doors, request_body())
        writer.release()
        assert wait_for_all(waiting) == [b"", b""]
        assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "2 calls at once" in error.details()
        assert status_of(error).details
        assert export(doors, request_body()) == b""


def test_a_full_disk_gets_unavailable_with_retry_info() -> None:
    """And the door recovers with the store."""
    writer = SmallWriter(failure=StorageFull("the disk is full; free some space", retry_after_s=7))
    with open_doors(writer) as doors:
        error, retry = refused(doors, request_body()), RetryInfo()
        assert (error.code(), error.details()) == (grpc.StatusCode.UNAVAILABLE, "the disk is full; free some space")
        assert status_of(error).details[0].Unpack(retry)
        assert retry.retry_delay.seconds == 7
        writer.failure = None
        assert export(doors, request_body()) == b""


def test_an_unforeseen_failure_gets_unavailable_and_is_logged_without_the_payload(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Retryable; the sender learns nothing of our stack."""
    with open_doors() as doors:
        error = refused(doors, request_body(bugs=1))
        assert error.code() == grpc.StatusCode.UNAVAILABLE
        assert "quotes" not in error.details()
        assert doors.requests("grpc", "traces", "failed") == 1
    assert "otlp_request_failed" in capsys.readouterr().out


def test_waiting_calls_hold_no_threads() -> None:
    """Three hundred calls over three connections wait for the disk; another is served, all are answered in the end."""
    writer = SmallWriter(is_held=True)
    with open_doors(writer) as doors:
        threads = psutil.Process().num_threads()
        opened = [grpc.insecure_channel(doors.grpc, options=[("grpc.use_local_subchannel_pool", 1)]) for _ in range(3)]
        calls = [each.unary_unary(METHODS["logs"]) for each in opened for _ in range(100)]
        waiting = [call.future(request_body("logs"), timeout=60) for call in calls]
        writer.await_held(300)
        assert psutil.Process().num_threads() - threads < 60  # the client's channels have some
        answer = httpx.post(f"http://{doors.http}/v1/traces", headers={"content-type": "application/x-protobuf"})
        assert answer.status_code == 200
        writer.release()
        assert wait_for_all(waiting) == [b""] * 300
        for each in opened:
            each.close()


def wait_for_all(calls: "list[grpc.Future[bytes]]") -> list[bytes]:
    return [call.result(30) for call in calls]


def test_a_slow_message_gets_deadline_exceeded() -> None:
    """The door has a time of its own for a message to arrive; others are served meanwhile."""

    may_go = Event()

    def slow() -> Iterator[bytes]:
        may_go.wait(60)
        yield request_body()

    with open_doors(body_timeout_s=1.0) as doors, channel(doors) as opened:
        call = opened.stream_unary(METHODS["traces"]).future(slow(), timeout=60)
        assert export(doors, request_body()) == b""
        assert call.code() == grpc.StatusCode.DEADLINE_EXCEEDED
        assert "not whole after 1 s" in call.details()
        may_go.set()
        assert doors.requests("grpc", "traces", "timeout") == 1


def test_a_sender_that_gives_up_is_counted_and_its_request_kept() -> None:
    """Its deadline passes while the disk is busy: the record is durable later all the same, and nobody else notices."""
    writer = SmallWriter(is_held=True)
    with open_doors(writer) as doors, channel(doors) as opened:
        for patience_s in (0.5, 5.0, 30.0):  # on a slow machine, the first may not get there
            call = opened.unary_unary(METHODS["traces"]).future(request_body(), timeout=patience_s)
            assert call.code() == grpc.StatusCode.DEADLINE_EXCEEDED
            if writer.frames:
                break
        doors.await_requests("grpc", "traces", "disconnected")
        writer.release()
        assert export(doors, request_body()) == b""
        assert doors.metrics.registry.get_sample_value("correlator_bytes_in_flight") == 0
    assert len(writer.frames) == 2


def test_a_call_that_waits_when_the_engine_stops_gets_a_retryable_answer() -> None:
    """Once the grace is over; the end is not held up."""
    writer = SmallWriter(is_held=True)
    with open_doors(writer) as doors:
        opened = grpc.insecure_channel(doors.grpc)
        call = opened.unary_unary(METHODS["traces"]).future(request_body(), timeout=60)
        writer.await_held(1)
    assert call.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
    writer.release()
    opened.close()


def test_a_token_is_asked_for_where_there_is_one() -> None:
    """As bearer token in the metadata, as OTEL_EXPORTER_OTLP_HEADERS sends it."""
    with open_doors(token="secret") as doors:
        error = refused(doors, request_body())
        assert error.code() == grpc.StatusCode.UNAUTHENTICATED
        assert "secret" not in error.details()
        assert export(doors, request_body(), metadata=(("authorization", "Bearer secret"),)) == b""
        assert doors.requests("grpc", "traces", "unauthorized") == 1


async def test_a_taken_port_is_named_with_a_remedy() -> None:
    """SO_REUSEPORT would let two engines share it in silence."""
    metrics = EngineMetrics()
    recorder = small_recorder(SmallWriter(), metrics)
    first, second = (OtlpGrpcDoor(recorder, LIMITS, metrics) for _ in range(2))
    await first.start("127.0.0.1", 0)
    host, _, port = first.address.rpartition(":")
    with pytest.raises(
        SettingsError, match=rf"otlp_grpc cannot listen on {host}:{port}: another process has that port"
    ):
        await second.start(host, int(port))
    await first.stop()
    recorder.close()
