"""Which messages are joined, and what origins say."""

from random import Random

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from correlator.doors.kafka.batch import Batch, Message, Source, can_be_joined, encoding_of, read_origin

SOURCE = Source("shop", "otlp_spans", 3, "traces")


def request(number: int) -> bytes:
    message = ExportTraceServiceRequest()
    for index in range(number % 3 + 1):
        spans = message.resource_spans.add().scope_spans.add().spans
        spans.add(name=f"{number}/{index}" * (number * 40), trace_id=bytes(16), span_id=bytes(8))
    return message.SerializeToString()


def test_joined_requests_hold_the_records_of_all() -> None:
    """In their order."""
    payloads = [request(number) for number in range(6)]
    batch = Batch(SOURCE, 0, 6, [Message(number, payload) for number, payload in enumerate(payloads)])
    groups = ExportTraceServiceRequest.FromString(batch.payload).resource_spans
    apart = [group for payload in payloads for group in ExportTraceServiceRequest.FromString(payload).resource_spans]
    assert batch.is_one_request
    assert list(groups) == apart


@pytest.mark.parametrize(
    ("payload", "answer"),
    [
        (b"", True),
        (request(5), True),
        (request(5)[:-1], False),
        (request(5) + b"\n", False),
        (b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", False),
        (b'{"resourceSpans": []}', False),
        (b"words", False),
    ],
)
def test_only_whole_requests_are_joined(payload: bytes, answer: bool) -> None:
    """A request that is cut would swallow the beginning of the next one."""
    assert can_be_joined(payload) is answer


def test_any_cut_of_a_request_is_noticed() -> None:
    """Unless it falls between two of its groups: then what is left is a request."""
    whole = request(4)
    first = len(
        ExportTraceServiceRequest(
            resource_spans=ExportTraceServiceRequest.FromString(whole).resource_spans[:1]
        ).SerializeToString()
    )
    assert [length for length in range(len(whole)) if can_be_joined(whole[:length])] == [0, first]


def test_random_bytes_raise_nothing() -> None:
    """Whatever lies in a topic."""
    random = Random(1)
    for _ in range(2_000):
        can_be_joined(random.randbytes(random.randrange(20)))


def test_an_origin_names_place_offsets_and_content() -> None:
    """The same messages have the same origin; others in the same place, of a topic made anew, another."""
    batch, other = (Batch(SOURCE, 10, 12, [Message(10, payload), Message(11, b"")]) for payload in (b"a", b"b"))
    assert batch.origin(batch.payload).startswith("kafka:shop/otlp_spans/3/10-12/")
    assert batch.origin(batch.payload) != other.origin(other.payload)
    said = read_origin(batch.origin(batch.payload))
    assert said is not None
    assert (said.group, said.place, said.end) == ("shop", ("otlp_spans", 3), 12)
    assert read_origin("callback:7") is None


def test_each_message_alone_has_its_own_offsets() -> None:
    """As a batch that holds a bad one is tried again."""
    alone = Batch(SOURCE, 10, 20, [Message(12, b"a"), Message(17, b"b")]).alone()
    assert [(one.start, one.end, one.payload) for one in alone] == [(12, 13, b"a"), (17, 18, b"b")]


def test_a_batch_without_messages_is_done() -> None:
    """What the plan promised is there no more."""
    assert Batch(SOURCE, 10, 20, []).is_done


def test_the_first_byte_tells_the_encoding() -> None:
    """No OTLP message in protobuf begins with a brace."""
    assert encoding_of(b'{"resourceSpans":[]}') == "json"
    assert encoding_of(request(1)) == encoding_of(b"") == "protobuf"
