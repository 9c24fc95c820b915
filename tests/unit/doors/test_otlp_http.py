"""OTLP over HTTP, on real sockets: what each request is answered, and that it is counted."""

import gzip
import json
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Thread

import httpx
import pytest
from google.rpc.code_pb2 import UNAUTHENTICATED
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from correlator.errors import StorageFull
from correlator.model.limits import Limits
from correlator.telemetry.metrics import EngineMetrics
from tests.e2e.doors import Doors, running_doors
from tests.unit.doors.small_engine import SmallWriter, request_body, small_recorder

PROTOBUF = {"content-type": "application/x-protobuf"}
JSON = {"content-type": "application/json"}
LIMITS = Limits(body_bytes=100_000, inflated_bytes=400_000)


@contextmanager
def open_doors(
    writer: SmallWriter | None = None, *, max_bytes_in_flight: int = 256 * 2**20, token: str | None = None
) -> Iterator[Doors]:
    metrics = EngineMetrics()
    recorder = small_recorder(writer or SmallWriter(), metrics, max_bytes_in_flight=max_bytes_in_flight)
    with running_doors(recorder, metrics, LIMITS, token=token) as doors:
        yield doors


def post(doors: Doors, body: bytes, headers: dict[str, str] | None = None, path: str = "/v1/traces") -> httpx.Response:
    return httpx.post(f"http://{doors.http}{path}", content=body, headers=PROTOBUF | (headers or {}), verify=False)


@pytest.mark.parametrize("signal", ["traces", "logs", "metrics"])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_protobuf_request_is_recorded_and_answered_with_an_empty_response(signal: str, coding: str) -> None:
    """All accepted: the response message of the signal, in protobuf, which is no bytes at all."""
    writer, body = SmallWriter(), request_body(signal, kept=3)
    sent = gzip.compress(body) if coding == "gzip" else body
    with open_doors(writer) as doors:
        answer = post(doors, sent, {"content-encoding": coding}, f"/v1/{signal}")
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-type"] == "application/x-protobuf"
        assert doors.requests("http", signal, "accepted") == 1
        received = {"door": "otlp_http", "signal": signal}
        registry = doors.metrics.registry
        assert registry.get_sample_value("correlator_received_bytes_total", received) == len(sent)
        assert registry.get_sample_value("correlator_otlp_request_seconds_count", received) == 1
    assert [(frame.signal, frame.encoding, frame.payload) for frame in writer.frames] == [(signal, "protobuf", body)]


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=utf-8"])
def test_a_json_request_is_answered_in_json(content_type: str) -> None:
    """A charset parameter and the case of the media type change nothing."""
    writer = SmallWriter()
    with open_doors(writer) as doors:
        answer = post(doors, b'{"resourceLogs":[{}]}', {"content-type": content_type}, "/v1/logs")
    assert (answer.status_code, answer.json()) == (200, {})
    assert answer.headers["content-type"] == "application/json"
    assert writer.frames[0].encoding == "json"


def test_a_chunked_body_of_unknown_length_is_recorded() -> None:
    """As n8n sends: many chunks, no Content-Length."""
    writer, body = SmallWriter(), request_body(kept=500)

    def chunks() -> Iterator[bytes]:
        yield from (body[start : start + 100] for start in range(0, len(body), 100))

    with open_doors(writer) as doors:
        answer = httpx.post(f"http://{doors.http}/v1/traces", content=chunks(), headers=PROTOBUF, verify=False)
    assert answer.status_code == 200
    assert writer.frames[0].payload == body


@pytest.mark.parametrize(
    ("signal", "response", "rejected_field"),
    [
        ("traces", ExportTraceServiceResponse, "rejected_spans"),
        ("logs", ExportLogsServiceResponse, "rejected_log_records"),
        ("metrics", ExportMetricsServiceResponse, "rejected_data_points"),
    ],
)
def test_rejected_records_are_told_as_partial_success(signal: str, response: type, rejected_field: str) -> None:
    """Count and reason, in protobuf and in JSON; the neighbours are kept."""
    with open_doors() as doors:
        answer = post(doors, request_body(signal, kept=2, refused=3), path=f"/v1/{signal}")
        told = response.FromString(answer.content).partial_success
        assert (answer.status_code, getattr(told, rejected_field)) == (200, 3)
        assert told.error_message == "3 dropped: dropped_attributes_count is 1; send 0"
        name = {"traces": "resourceSpans", "logs": "resourceLogs", "metrics": "resourceMetrics"}[signal]
        body = json.dumps({name: [{"resource": {"droppedAttributesCount": 1}}]}).encode()
        told_json = post(doors, body, JSON, f"/v1/{signal}").json()["partialSuccess"]
        assert told_json["errorMessage"].startswith("1 dropped")
        assert doors.requests("http", signal, "partial") == 2


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"\xff\xff\xff random", {}),
        (request_body(kept=9)[:-1], {}),
        (b"", JSON),
        (b"[1, 2", JSON),
        (b'{"resourceSpans": 7}', JSON),
        (b"not gzip", {"content-encoding": "gzip"}),
        (b"", {"content-encoding": "gzip"}),
        (gzip.compress(request_body(kept=9))[:-4], {"content-encoding": "gzip"}),
    ],
    ids=[
        "random",
        "truncated",
        "empty JSON",
        "broken JSON",
        "JSON of a wrong shape",
        "no gzip",
        "empty gzip",
        "cut gzip",
    ],
)
def test_what_is_no_otlp_request_gets_400(body: bytes, headers: dict[str, str]) -> None:
    """Never to be retried: INVALID_ARGUMENT as google.rpc.Status in the request's content type."""
    with open_doors() as doors:
        answer = post(doors, body, headers)
        assert answer.status_code == 400
        assert "retry-after" not in answer.headers
        if headers == JSON:
            assert answer.json()["code"] == 3
            assert answer.json()["message"]
        else:
            status = Status.FromString(answer.content)
            assert (status.code, bool(status.message)) == (3, True)
        assert doors.requests("http", "traces", "invalid") == 1


def test_an_empty_protobuf_body_is_a_request_without_records() -> None:
    """No bytes are a valid message: accepted, nothing stored."""
    writer = SmallWriter()
    with open_doors(writer) as doors:
        assert post(doors, b"").status_code == 200
    assert writer.frames == []


def test_a_body_over_the_limit_gets_413() -> None:
    """As sent, with a declared length; at the limit it is still read."""
    with open_doors() as doors:
        refused = post(doors, bytes(LIMITS.body_bytes + 1))
        assert refused.status_code == 413
        assert "limit of 100000 bytes" in Status.FromString(refused.content).message
        assert refused.headers["connection"] == "close"
        assert post(doors, bytes(LIMITS.body_bytes)).status_code == 400
        assert doors.requests("http", "traces", "too_large") == 1


def test_a_gzip_bomb_gets_413() -> None:
    """Small as sent, too large inflated."""
    bomb = gzip.compress(bytes(2**26))
    assert len(bomb) < LIMITS.body_bytes
    with open_doors() as doors:
        answer = post(doors, bomb, {"content-encoding": "gzip"})
        assert answer.status_code == 413
        assert "inflates to over 400000 bytes" in Status.FromString(answer.content).message
        assert doors.requests("http", "traces", "too_large") == 1


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"content-type": "text/plain"}, "application/x-protobuf or application/json"),
        ({"content-type": ""}, "application/x-protobuf or application/json"),
        ({"content-encoding": "br"}, "gzip or identity"),
        ({"content-encoding": "deflate"}, "gzip or identity"),
        ({"content-encoding": "gzip, gzip"}, "gzip or identity"),
    ],
)
def test_other_content_types_and_encodings_get_415(headers: dict[str, str], told: str) -> None:
    """The answer names what is read here."""
    with open_doors() as doors:
        answer = post(doors, request_body(), headers)
        assert answer.status_code == 415
        assert told.encode() in answer.content
        assert answer.headers["accept-encoding"] == "gzip, identity"
        assert doors.requests("http", "traces", "unsupported") == 1


@pytest.mark.parametrize("path", ["/", "/v1/traces", "/v1/logs", "/v1/metrics"])
def test_head_is_answered(path: str) -> None:
    """n8n asks HEAD /v1/traces when it starts."""
    with open_doors() as doors:
        answer = httpx.head(f"http://{doors.http}{path}")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_get_405(method: str) -> None:
    """With what is allowed."""
    with open_doors() as doors:
        answer = httpx.request(method, f"http://{doors.http}/v1/logs")
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST, HEAD")
        assert doors.requests("http", "logs", "wrong_method") == 1


@pytest.mark.parametrize("path", ["/", "/v1/profiles", "/v1/traces/", "/api/v1/incidents"])
def test_unknown_paths_get_404_with_the_known_ones(path: str) -> None:
    """Somebody who mistyped an endpoint learns the right one."""
    with open_doors() as doors:
        answer = httpx.get(f"http://{doors.http}{path}")
        assert answer.status_code == 404
        assert "/v1/traces, /v1/logs, /v1/metrics" in answer.json()["message"]
        assert doors.requests("http", "none", "unknown_path") == 1


def test_too_many_bytes_in_flight_get_429_with_retry_after() -> None:
    """Refused at once while the first waits for its disk; taken once there is room."""
    writer, body = SmallWriter(is_held=True), request_body(kept=100)
    with open_doors(writer, max_bytes_in_flight=len(body) + 1) as doors:
        with httpx.Client() as first_client:
            first = _post_in_thread(first_client, doors, body)
            writer.await_held(1)
            second = post(doors, body)
            writer.release()
            assert first.result(30).status_code == 200
        assert second.status_code == 429
        assert second.headers["retry-after"] == "1"
        assert Status.FromString(second.content).code == 8
        assert doors.requests("http", "traces", "overloaded") == 1
        assert post(doors, body).status_code == 200


@pytest.mark.parametrize("headers", [PROTOBUF, JSON], ids=["protobuf", "json"])
def test_a_full_disk_gets_503_with_retry_after(headers: dict[str, str]) -> None:
    """The header and RetryInfo say the same; the door recovers with the store."""
    writer = SmallWriter(failure=StorageFull("the disk is full; free some space", retry_after_s=7))
    body = request_body() if headers == PROTOBUF else b'{"resourceSpans":[{}]}'
    with open_doors(writer) as doors:
        answer = post(doors, body, headers)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
        if headers == PROTOBUF:
            status, retry = Status.FromString(answer.content), RetryInfo()
            assert (status.code, status.message) == (14, "the disk is full; free some space")
            assert status.details[0].Unpack(retry)
            assert retry.retry_delay.seconds == 7
        else:
            assert answer.json()["details"][0]["retryDelay"] == "7s"
        assert doors.requests("http", "traces", "unavailable") == 1
        writer.failure = None
        assert post(doors, body, headers).status_code == 200


def test_an_unforeseen_failure_gets_503_and_is_logged_without_the_payload(capsys: pytest.CaptureFixture[str]) -> None:
    """Its stack is for us; the payload, which the error quotes, is for neither log nor sender."""
    with open_doors() as doors:
        answer = post(doors, request_body(bugs=1))
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert b"quotes" not in answer.content
        assert doors.requests("http", "traces", "failed") == 1
    logged = capsys.readouterr().out
    assert "otlp_request_failed" in logged
    assert "RuntimeError" in logged
    assert "in decode" in logged
    assert "quotes" not in logged.replace('raise RuntimeError(f"a bug that quotes', "")


def test_a_request_that_waits_when_the_engine_stops_gets_503() -> None:
    """Once the grace is over: its sender tries again with the engine's successor, and the end is not held up."""
    writer, body = SmallWriter(is_held=True), request_body()
    with httpx.Client(verify=False) as client:
        with open_doors(writer) as doors:
            waiting = _post_in_thread(client, doors, body)
            writer.await_held(1)
        answer = waiting.result(30)
    writer.release()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "stopping" in Status.FromString(answer.content).message


def _post_in_thread(client: httpx.Client, doors: Doors, body: bytes) -> "Future[httpx.Response]":
    answer: Future[httpx.Response] = Future()

    def send() -> None:
        answer.set_result(client.post(f"http://{doors.http}/v1/traces", content=body, headers=PROTOBUF))

    Thread(target=send).start()
    return answer


def test_a_token_is_asked_for_where_there_is_one() -> None:
    """The refusal is a Status in the request's content type, and is counted; without a token not even a probe is told more."""
    with open_doors(token="s3cret") as doors:
        for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "s3cret"}):
            refused = post(doors, request_body(), headers)
            assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
            assert refused.headers["content-type"] == "application/x-protobuf"
            assert Status.FromString(refused.content).code == UNAUTHENTICATED
        assert post(doors, b"{}", JSON).json()["code"] == UNAUTHENTICATED
        assert httpx.head(f"http://{doors.http}/", verify=False).status_code == 401
        assert doors.requests("http", "traces", "unauthorized") == 4
        assert post(doors, request_body(), {"authorization": "bearer s3cret"}).status_code == 200
