"""Bad input through both doors with the real decoder: each gets its clear answer, is counted, and harms no other request.

Slow and vanishing senders, bombs and endless bodies are in tests/unit/doors; this is about what a request says.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event, Thread

import grpc
import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from correlator.store.memory import MemoryStore
from tests.e2e.engine import Engine, running_engine

TRACE_METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
PROTOBUF, JSON = {"content-type": "application/x-protobuf"}, {"content-type": "application/json"}
START = 1_795_234_200_000_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What either door said, in the same words. `is_ok` is HTTP 200 or gRPC OK."""

    is_ok: bool
    rejected: int
    message: str


@pytest.fixture
def engine() -> Iterator[Engine]:
    with running_engine(MemoryStore()) as running:
        yield running


@pytest.fixture(params=["http", "grpc"])
def door(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def send(engine: Engine, door: str, body: bytes) -> Answer:
    if door == "http":
        answer = httpx.post(f"http://{engine.doors.http}/v1/traces", content=body, headers=PROTOBUF, verify=False)
        assert answer.status_code in (200, 400)
        return read_response(answer.content) if answer.status_code == 200 else Answer(False, 0, answer.text)
    with grpc.insecure_channel(engine.doors.grpc) as channel:
        try:
            return read_response(channel.unary_unary(TRACE_METHOD)(body, timeout=60))
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
            return Answer(False, 0, error.details())


def read_response(content: bytes) -> Answer:
    partial = ExportTraceServiceResponse.FromString(content).partial_success
    return Answer(True, partial.rejected_spans, partial.error_message)


def span(number: int, **fields: object) -> Span:
    ids = {"trace_id": number.to_bytes(16, "big"), "span_id": number.to_bytes(8, "big")}
    return Span(**({"name": "order", "start_time_unix_nano": START, "end_time_unix_nano": START + 1} | ids | fields))


def request(*spans: Span) -> bytes:
    body = ExportTraceServiceRequest()
    body.resource_spans.add().scope_spans.add().spans.extend(spans)
    return body.SerializeToString()


def nested(levels: int) -> bytes:
    """A request whose one span has a list in a list ... in an attribute; by hand, as protobuf would not write the deepest."""
    value = delimited(1, b"deep")  # AnyValue.string_value
    for _ in range(levels):
        value = delimited(5, delimited(1, value))  # AnyValue.array_value, ArrayValue.values
    deep = delimited(9, delimited(1, b"key") + delimited(2, value))  # Span.attributes, KeyValue
    spans = delimited(2, span(2).SerializeToString() + deep) + delimited(2, span(1).SerializeToString())
    return delimited(1, delimited(2, spans))  # ExportTraceServiceRequest.resource_spans, .scope_spans


def delimited(field: int, content: bytes) -> bytes:
    size, length = len(content), b""
    while size >= 0x80:
        length, size = length + bytes([size & 0x7F | 0x80]), size >> 7
    return bytes([field << 3 | 2]) + length + bytes([size]) + content


def attribute(value: AnyValue) -> KeyValue:
    return KeyValue(key="value", value=value)


REJECTED = {
    "trace id of a wrong length": {"trace_id": b"short"},
    "span id of a wrong length": {"span_id": b"far too long for a span id"},
    "no trace id": {"trace_id": b""},
    "all-zero trace id": {"trace_id": bytes(16)},
    "all-zero span id": {"span_id": bytes(8)},
    "10,000 attributes": {"attributes": [KeyValue(key=f"key{number}") for number in range(10_000)]},
    "1 MB attribute": {"attributes": [attribute(AnyValue(string_value="x" * 2**20))]},
}


@pytest.mark.parametrize("fields", REJECTED.values(), ids=REJECTED.keys())
def test_a_bad_record_is_rejected_and_its_neighbours_are_kept(
    engine: Engine, door: str, fields: dict[str, object]
) -> None:
    """Partial success says how many and why; the rejected are counted by reason."""
    answer = send(engine, door, request(span(1), span(2, **fields), span(3)))
    assert (answer.is_ok, answer.rejected) == (True, 1)
    assert answer.message
    assert engine.store.stats().spans == 2
    assert engine.doors.requests(door, "traces", "partial") == 1
    assert rejected_by_reason(engine) == 1


def test_a_record_that_is_nested_too_deep_is_rejected_and_its_neighbour_kept(engine: Engine, door: str) -> None:
    """Thirty levels, which protobuf still reads; the limit is 16."""
    answer = send(engine, door, nested(30))
    assert (answer.is_ok, answer.rejected) == (True, 1)
    assert "nested" in answer.message
    assert engine.store.stats().spans == 1


def rejected_by_reason(engine: Engine) -> float:
    samples = [sample for metric in engine.doors.metrics.rejected.collect() for sample in metric.samples]
    return sum(sample.value for sample in samples if sample.name.endswith("_total") and sample.labels["reason"])


KEPT = {
    "end before start": {"end_time_unix_nano": START - 10**9},
    "2^63 timestamps": {"start_time_unix_nano": 2**63, "end_time_unix_nano": 2**63 + 1},
    "2^64-1 timestamps": {"start_time_unix_nano": 2**64 - 1, "end_time_unix_nano": 2**64 - 1},
    "timestamps of 1970": {"start_time_unix_nano": 1, "end_time_unix_nano": 2},
    "parent id of a wrong length": {"parent_span_id": b"short"},
    "NUL in strings": {"name": "a\0b", "attributes": [attribute(AnyValue(string_value="\0"))]},
}


@pytest.mark.parametrize("fields", KEPT.values(), ids=KEPT.keys())
def test_an_odd_record_is_kept(engine: Engine, door: str, fields: dict[str, object]) -> None:
    """It is evidence of what went wrong; it can be found by its trace."""
    assert send(engine, door, request(span(1), span(2, **fields))) == Answer(True, 0, "")
    assert engine.store.read_trace((2).to_bytes(16, "big")).spans.num_rows == 1
    assert engine.doors.requests(door, "traces", "accepted") == 1


REFUSED = {
    "random bytes": random.Random(1).randbytes(1_000),
    "truncated protobuf": request(span(1), span(2))[:-7],
    "50 levels of nesting": nested(50),  # 100 messages deep: protobuf's own bound, in all languages
    "invalid UTF-8": request(span(1, name="order")).replace(b"order", b"or\xffer"),
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED.keys())
def test_what_protobuf_cannot_read_is_refused_whole(engine: Engine, door: str, body: bytes) -> None:
    """INVALID_ARGUMENT or 400, with a message; nothing is stored."""
    answer = send(engine, door, body)
    assert not answer.is_ok
    assert answer.message
    assert engine.store.stats().spans == 0
    assert engine.doors.requests(door, "traces", "invalid") == 1


def test_an_empty_body_is_a_request_without_records(engine: Engine, door: str) -> None:
    """Valid protobuf, and what an exporter with nothing to say may send."""
    assert send(engine, door, b"") == Answer(True, 0, "")
    assert engine.store.stats().spans == 0


WRONG_SHAPES = {
    "empty": "",
    "no object": "[]",
    "null": "null",
    "a text for a list": '{"resourceSpans": "none"}',
    "a number for an object": '{"resourceSpans": [7]}',
    "ids that are no hex": json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "no hex!"}]}]}]}),
    "100,000 brackets": "[" * 100_000,
    "half a surrogate": '{"resourceSpans": [{"schemaUrl": "\\ud800"}]}',
}


@pytest.mark.parametrize("text", WRONG_SHAPES.values(), ids=WRONG_SHAPES.keys())
def test_json_of_a_wrong_shape_is_refused_or_rejected(engine: Engine, text: str) -> None:
    """400 with a google.rpc.Status in JSON, or, where only a record is wrong, a partial success; nothing is stored."""
    answer = httpx.post(f"http://{engine.doors.http}/v1/traces", content=text.encode(), headers=JSON)
    assert answer.status_code in (200, 400)
    if answer.status_code == 400:
        assert answer.json()["code"] == 3
        assert answer.json()["message"]
    assert engine.store.stats().spans == 0
    assert engine.doors.requests("http", "traces", "failed") == 0


def test_bad_input_harms_no_other_request(engine: Engine, door: str) -> None:
    """While one sender sends every bad body there is, another's requests are all taken."""
    bad = [*REFUSED.values(), *(request(span(1, **fields)) for fields in REJECTED.values())]
    is_over = Event()

    def misbehave() -> None:
        while not is_over.is_set():
            for body in bad:
                send(engine, door, body)

    sender = Thread(target=misbehave)
    sender.start()
    try:
        good = range(1_000, 1_100)
        assert all(send(engine, door, request(span(number))) == Answer(True, 0, "") for number in good)
    finally:
        is_over.set()
        sender.join()
    assert all(engine.store.read_trace(number.to_bytes(16, "big")).spans.num_rows == 1 for number in good)
