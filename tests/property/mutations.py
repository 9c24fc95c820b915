"""OTLP bodies as a broken or hostile sender might send them: deterministic, from real and generated requests.

Shared by the tests of decoding and of the doors.
"""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

REQUESTS: Final = {
    "traces": ExportTraceServiceRequest,
    "logs": ExportLogsServiceRequest,
    "metrics": ExportMetricsServiceRequest,
}
FIXTURES: Final = Path(__file__).parents[1] / "fixtures" / "otlp"
INTERESTING: Final = (
    b"\x00",
    b"\xff",
    b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
    b"\x0b\x0c",
    b"\xed\xa0\x80",
    b"\n\x00",
)
"""Zero, all ones, a varint of ten bytes, an empty group, a lone surrogate in UTF-8, an empty field."""


def mutated_bodies(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """`count` pairs of signal and protobuf body: valid requests with fields changed, then most of them with bytes changed."""
    chance = random.Random(seed)
    bodies = _valid_bodies()
    signals = sorted(bodies)
    for _ in range(count):
        signal = chance.choice(signals)
        request = REQUESTS[signal].FromString(chance.choice(bodies[signal]))
        for _ in range(chance.choice((0, 0, 1, 2, 5))):
            _edit_a_field(request, chance)
        body = request.SerializeToString()
        for _ in range(chance.choice((0, 1, 1, 1, 2, 4))):
            body = chance.choice(MUTATIONS)(body, chance)
        yield signal, body


def _valid_bodies() -> dict[str, list[bytes]]:
    real = [path.read_bytes() for path in sorted(FIXTURES.glob("*.pb"))]
    small = [_first_spans(body) for body in real]
    return {"traces": [*small, _trace(), _nested()], "logs": [_logs()], "metrics": [_metrics()]}


def _edit_a_field(request: Message, chance: random.Random) -> None:
    """Change, drop or double a field somewhere in the request; it stays a request that protobuf accepts."""
    message = request
    while (inner := _submessages(message)) and chance.random() < 0.85:
        message = chance.choice(inner)
    field = chance.choice(message.DESCRIPTOR.fields)
    if field.is_repeated:
        _edit_repeated(getattr(message, field.name), field, chance)
    elif field.message_type is not None:
        getattr(message, field.name).SetInParent() if chance.random() < 0.5 else message.ClearField(field.name)
    else:
        setattr(
            message, field.name, chance.choice(ODD_VALUES[field.cpp_type if field.type != field.TYPE_BYTES else -1])
        )


def _edit_repeated(values: Any, field: FieldDescriptor, chance: random.Random) -> None:
    if field.message_type is None:
        values.append(chance.choice(ODD_VALUES[field.cpp_type]))
    elif values and chance.random() < 0.7:
        values.extend([values[0]] * chance.choice((1, 2, 15)))
    elif values:
        del values[0]
    else:
        values.add()


def _submessages(message: Message) -> list[Any]:
    set_fields = [(field, value) for field, value in message.ListFields() if field.message_type is not None]
    return [item for field, value in set_fields for item in (value if field.is_repeated else [value])]


def _flip_bits(body: bytes, chance: random.Random) -> bytes:
    changed = bytearray(body or b"\x00")
    for _ in range(chance.choice((1, 1, 2, 8))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _truncate(body: bytes, chance: random.Random) -> bytes:
    return body[: chance.randrange(len(body) + 1)]


def _insert(body: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(body) + 1)
    return body[:at] + chance.choice((*INTERESTING, chance.randbytes(3))) + body[at:]


def _remove(body: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(body) + 1)
    return body[:at] + body[at + chance.randint(1, 8) :]


def _splice(body: bytes, chance: random.Random) -> bytes:
    start, end = sorted(chance.randrange(len(body) + 1) for _ in range(2))
    at = chance.randrange(len(body) + 1)
    return body[:at] + body[start : min(end, start + 200)] + body[at:]


def _edit_length(body: bytes, chance: random.Random) -> bytes:
    """Change a byte that follows the tag of a length-delimited field."""
    places = [at for at in range(1, len(body)) if body[at - 1] & 7 == 2]
    if not places:
        return body
    changed = bytearray(body)
    at = chance.choice(places)
    changed[at] = chance.choice((0, 1, changed[at] ^ 1, (changed[at] + 1) & 255, 0x7F, 0x80, 0xFF))
    return bytes(changed)


def _overwrite(body: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(body) + 1)
    piece = chance.choice(INTERESTING)
    return body[:at] + piece + body[at + len(piece) :]


ODD_VALUES: Final[dict[int, tuple[Any, ...]]] = {
    FieldDescriptor.CPPTYPE_INT32: (0, -1, 1, 2**31 - 1, -(2**31)),
    FieldDescriptor.CPPTYPE_INT64: (0, -1, 2**63 - 1, -(2**63)),
    FieldDescriptor.CPPTYPE_UINT32: (0, 1, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 1, 1_795_234_167_000_000_000, 2**63 - 1, 2**63, 2**64 - 1),
    FieldDescriptor.CPPTYPE_DOUBLE: (0.0, -0.0, 1e300, 5e-324, float("nan"), float("inf"), float("-inf")),
    FieldDescriptor.CPPTYPE_BOOL: (False, True),
    FieldDescriptor.CPPTYPE_ENUM: (0, 1, 2, 5, 6, 17, 25, -1, 2**31 - 1),
    FieldDescriptor.CPPTYPE_STRING: (
        "",
        "\x00",
        "exception",
        "service.name",
        "http.status_code",
        "ü" * 40,
        "x" * 65,
        '"\\\n',
    ),
    -1: (b"", bytes(8), bytes(16), b"s" * 8, b"t" * 16, b"x" * 7, b"\xff" * 70),  # bytes
}

MUTATIONS: Final[tuple[Callable[[bytes, random.Random], bytes], ...]] = (
    _flip_bits,
    _truncate,
    _insert,
    _remove,
    _splice,
    _edit_length,
    _edit_length,
    _overwrite,
)


def _first_spans(body: bytes) -> bytes:
    request = ExportTraceServiceRequest.FromString(body)
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            del scope.spans[4:]
    return request.SerializeToString()


def _trace() -> bytes:
    """One span that uses every field and every kind of value."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add(schema_url="https://opentelemetry.io/schemas/1.37.0")
    resource.resource.attributes.add(key="service.name").value.string_value = "bridge"
    scope = resource.scope_spans.add()
    scope.scope.name = "http"
    scope.scope.attributes.add(key="library").value.string_value = "express"
    span = scope.spans.add(
        trace_id=bytes(range(16)), span_id=b"spanspan", parent_span_id=b"parentid", name="POST /orders"
    )
    span.kind, span.flags, span.trace_state = 2, 0x101, "vendor=a"
    span.start_time_unix_nano, span.end_time_unix_nano = 1_795_234_167_000_000_000, 1_795_234_168_000_000_000
    span.status.code, span.status.message = 2, "boom"
    span.attributes.add(key="http.response.status_code").value.int_value = -500
    span.attributes.add(key="ratio").value.double_value = 0.5
    span.attributes.add(key="retried").value.bool_value = True
    span.attributes.add(key="raw").value.bytes_value = b"\x00\xff"
    span.attributes.add(key="list").value.array_value.values.add().string_value = "größe \x01"
    span.attributes.add(key="map").value.kvlist_value.values.add(key="inner").value.int_value = 7
    event = span.events.add(name="exception", time_unix_nano=1_795_234_167_500_000_000)
    event.attributes.add(key="exception.type").value.string_value = "TimeoutError"
    link = span.links.add(trace_id=bytes(range(1, 17)), span_id=b"linklink", trace_state="x=y")
    link.attributes.add(key="why").value.string_value = "retry"
    return request.SerializeToString()


def _nested() -> bytes:
    """A span with lists within lists, near the depth that protobuf still reads."""
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add(trace_id=b"t" * 16, span_id=b"s" * 8)
    value = span.attributes.add(key="deep").value
    for _ in range(46):
        value = value.array_value.values.add()
    return request.SerializeToString()


def _logs() -> bytes:
    request = ExportLogsServiceRequest()
    resource = request.resource_logs.add()
    resource.resource.attributes.add(key="service.name").value.string_value = "worker"
    scope = resource.scope_logs.add()
    scope.scope.name = "app"
    for index in range(3):
        record = scope.log_records.add(trace_id=bytes(range(16)), span_id=b"spanspan", severity_number=9 + 4 * index)
        record.time_unix_nano = record.observed_time_unix_nano = 1_795_234_167_000_000_000 + index
        record.severity_text, record.event_name, record.flags = "INFO", "job.done", 1
        record.attributes.add(key="job").value.string_value = f"job-{index}"
    scope.log_records[0].body.string_value = "job done"
    scope.log_records[1].body.kvlist_value.values.add(key="message").value.string_value = "job failed"
    return request.SerializeToString()


def _metrics() -> bytes:
    request = ExportMetricsServiceRequest()
    scope = request.resource_metrics.add().scope_metrics.add()
    times = {"time_unix_nano": 1_795_234_167_000_000_000, "start_time_unix_nano": 1_795_234_100_000_000_000}
    gauge = scope.metrics.add(name="queue.depth", unit="{job}").gauge.data_points.add(as_int=3, **times)
    gauge.attributes.add(key="queue").value.string_value = "orders"
    total = scope.metrics.add(name="jobs", description="Jobs done").sum
    total.aggregation_temporality, total.is_monotonic = 2, True
    point = total.data_points.add(as_double=2.5, **times)
    point.exemplars.add(time_unix_nano=5, as_int=1, trace_id=b"t" * 16, span_id=b"s" * 8)
    histogram = scope.metrics.add(name="duration").histogram.data_points
    histogram.add(count=3, sum=1.5, min=0.1, max=1.0, bucket_counts=[1, 2, 0], explicit_bounds=[0.5, 1.0], **times)
    exponential = scope.metrics.add(name="size").exponential_histogram.data_points.add(
        count=2, scale=3, zero_count=1, **times
    )
    exponential.positive.offset = -2
    exponential.positive.bucket_counts.extend([0, 1])
    summary = scope.metrics.add(name="lag").summary.data_points.add(count=2, sum=4.0, **times)
    summary.quantile_values.add(quantile=0.5, value=2.0)
    return request.SerializeToString()
