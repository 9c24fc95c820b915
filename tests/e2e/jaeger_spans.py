"""Requests to send to two servers: spans of every shape that OTLP has, and what others recorded, moved to a given time."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans

RECORDED: Final = sorted((Path(__file__).parents[1] / "fixtures" / "otlp").glob("otlp_raw_*.pb"))
MILLI, SECOND = 10**6, 10**9
CALLS, VALUES, SENDERS, SHORT, DOUBLED, NAN, LINKED, TIMELESS, LATE = (
    number.to_bytes(8, "big") + b"comparee" for number in range(1, 10)
)
SHORT = bytes(8) + b"comparee"
KINDS_AND_STATUSES: Final = tuple(
    (kind, code, message) for kind in range(6) for code, message in ((0, ""), (1, ""), (2, "no stock left"))
)


def value(given: Any) -> AnyValue:
    """A Python value as OTLP's; None is one that is not set."""
    if given is None:
        return AnyValue()
    if isinstance(given, list):
        return AnyValue(array_value=ArrayValue(values=map(value, given)))
    if isinstance(given, dict):
        return AnyValue(kvlist_value=KeyValueList(values=attributes(given)))
    kinds = {bool: "bool_value", int: "int_value", float: "double_value", str: "string_value", bytes: "bytes_value"}
    return AnyValue(**{kinds[type(given)]: given})


def attributes(given: dict[str, Any]) -> list[KeyValue]:
    return [KeyValue(key=key, value=value(each)) for key, each in given.items()]


def span(trace: bytes, number: int, start: int, **given: Any) -> dict[str, Any]:
    """A span of 10 ms with this id."""
    fields = {
        "trace_id": trace,
        "span_id": number.to_bytes(8, "big"),
        "name": f"work {number}",
        "start_time_unix_nano": start,
        "end_time_unix_nano": start + 10 * MILLI,
    }
    return fields | given


def resource(
    sender: dict[str, Any], spans: Iterable[dict[str, Any]], scope: dict[str, Any] | None = None
) -> ResourceSpans:
    """Spans of one sender and scope."""
    sent = ResourceSpans()
    sent.resource.attributes.extend(attributes(sender))
    group = sent.scope_spans.add(scope=scope)
    for each in spans:
        group.spans.add(**each)
    return sent


def every_shape(now: int) -> Iterator[ExportTraceServiceRequest]:
    """Hand-made requests, in time just before `now`."""
    yield ExportTraceServiceRequest(resource_spans=calls(now))
    yield ExportTraceServiceRequest(resource_spans=[resource({"service.name": "typed"}, values(now))])
    yield ExportTraceServiceRequest(resource_spans=senders(now))
    short = [span(SHORT, 1, now), span(SHORT, 2, now, parent_span_id=(1).to_bytes(8, "big"))]
    yield ExportTraceServiceRequest(resource_spans=[resource({"service.name": "short"}, short)])


def odd_shapes(now: int) -> Iterator[ExportTraceServiceRequest]:
    """Those that the two mean to show differently."""
    doubled = resource({"service.name": "doubled"}, [span(DOUBLED, 1, now)])
    changed = resource({"service.name": "doubled"}, [span(DOUBLED, 1, now, end_time_unix_nano=now + 20 * MILLI)])
    for each in (doubled, doubled, changed):
        yield ExportTraceServiceRequest(resource_spans=[each])
    nan = span(NAN, 1, now, attributes=attributes({"nan": float("nan"), "inf": float("inf")}))
    yield ExportTraceServiceRequest(resource_spans=[resource({"service.name": "nan"}, [nan])])
    links = [{"trace_id": bytes(16), "span_id": bytes(8)}, {"trace_id": CALLS, "span_id": bytes(8)}]
    yield ExportTraceServiceRequest(
        resource_spans=[resource({"service.name": "linked"}, [span(LINKED, 1, now, links=links)])]
    )
    timeless = span(TIMELESS, 1, 0, end_time_unix_nano=now)
    yield ExportTraceServiceRequest(resource_spans=[resource({"service.name": "timeless"}, [timeless])])
    late = span(LATE, 1, 2**63 + 5, end_time_unix_nano=2**64 - 1)
    yield ExportTraceServiceRequest(resource_spans=[resource({"service.name": "late"}, [late])])


def calls(now: int) -> list[ResourceSpans]:
    """A tree over three services: every kind and status, events, links, a parent that is missing, times out of line."""
    ids = {number: number.to_bytes(8, "big") for number in range(100)}
    front = [span(CALLS, 1, now, end_time_unix_nano=now + SECOND, kind=2, trace_state="a=1,b=2", flags=257)]
    middle = [
        span(
            CALLS, number, now + number * MILLI, kind=kind, parent_span_id=ids[1],
            status={"code": code, "message": message},
        )
        for number, (kind, code, message) in enumerate(KINDS_AND_STATUSES, 10)
    ]  # fmt: skip
    links = [
        {"trace_id": CALLS, "span_id": ids[11], "attributes": attributes({"a": 1})},
        {"trace_id": VALUES, "span_id": ids[1], "attributes": attributes({"opentracing.ref_type": "child_of"})},
        {"trace_id": CALLS, "span_id": ids[12], "attributes": attributes({"opentracing.ref_type": "child_of"})},
    ]
    to_parent = [{"trace_id": CALLS, "span_id": ids[10]}]
    back = [
        span(CALLS, 50, now, parent_span_id=ids[10], links=links),
        span(CALLS, 51, now, links=links[:1]),
        span(CALLS, 52, now, links=links[1:2]),
        span(CALLS, 53, now, parent_span_id=ids[10], links=to_parent),
        span(CALLS, 54, now, parent_span_id=ids[99]),
        span(CALLS, 55, now - SECOND, parent_span_id=ids[10]),
        span(CALLS, 56, now, end_time_unix_nano=now + 9 * SECOND, parent_span_id=ids[1]),
        span(CALLS, 57, now, end_time_unix_nano=now, parent_span_id=ids[1]),
        span(CALLS, 58, now, end_time_unix_nano=now - 5, parent_span_id=ids[1]),
        span(CALLS, 59, now + 999, end_time_unix_nano=now + 2_998, parent_span_id=ids[1]),
        span(CALLS, 60, now, parent_span_id=ids[1], events=events(now)),
    ]
    scope = {"name": "lib", "version": "1.2", "attributes": attributes({"scope.attribute": "s"})}
    return [
        resource({"service.name": "front"}, front),
        resource({"service.name": "middle", "host.name": "h", "process.pid": 7}, middle, {"name": "lib"}),
        resource({"service.name": "back"}, back, scope),
    ]


def events(now: int) -> list[dict[str, Any]]:
    return [
        {"time_unix_nano": now + 1_999, "name": "exception", "attributes": attributes({"exception.type": "E", "a": 1})},
        {"time_unix_nano": now, "attributes": attributes({"z": True, "list": [1, 2.5, "x", None]})},
        {"time_unix_nano": now, "name": "ignored", "attributes": attributes({"a": 1, "event": "own"})},
        {"time_unix_nano": now, "name": "ignored", "attributes": attributes({"a": 1, "event": 5})},
        {"time_unix_nano": 0, "name": "bare"},
    ]


def values(now: int) -> list[dict[str, Any]]:
    """Each attribute type, with the numbers at which JavaScript, int64 and Go's JSON change their ways."""
    plain = {
        "text": "<&>\u2028\x01 ü 🎉", "empty": "", "none": None, "yes": True, "no": False, "bytes": b"\x00\xff", "no_bytes": b"",
        "ip": 0x08080404, "peer.ipv4": 0x7F000001, "error": "maybe", "span.kind": "own", "telemetry.sdk.name": "hand",
    }  # fmt: skip
    integers = {
        f"int {number}": number for number in (0, -1, 2**53 - 1, 2**53, 1 - 2**53, -(2**53), 2**63 - 1, -(2**63))
    }
    doubles = {f"double {number!r}": number for number in (0.0, 1.0, 0.1, -2.5e-7, 1e-6, 1e20, 1e21, 1.7e308, 5e-324)}
    nested = {
        "list": ["a", 1, 1.0, 1e21, 1e-7, True, None, b"\x01", ["<\u2028>"], {"b": 1, "a": []}],
        "map": {"z": {"y": 0.1, "x": "\x7f\x08"}, "a": [2**63 - 1]},
        "no_list": [],
        "no_map": {},
    }
    return [
        span(VALUES, number, now + number, kind=3, attributes=attributes(given))
        for number, given in enumerate((plain, integers, doubles, nested), 1)
    ]


def senders(now: int) -> list[ResourceSpans]:
    """Every shape of a resource."""
    shapes: list[dict[str, Any]] = [
        {},
        {"service.name": "sender"},
        {"service.name": "sender", "b": 1, "a": [True], "bytes": b"\x01"},
        {"service.name": ""},
        {"service.name": 5, "x": "y"},
        {"host.name": "no service"},
    ]
    return [resource(shape, [span(SENDERS, number, now + number)]) for number, shape in enumerate(shapes, 1)]


def recorded(now: int) -> Iterator[ExportTraceServiceRequest]:
    """What a real n8n sent, moved so that the last span ends at `now`, under trace ids that no other recording has."""
    for file in RECORDED:
        request = ExportTraceServiceRequest.FromString(file.read_bytes())
        sent = [one for group in request.resource_spans for scope in group.scope_spans for one in scope.spans]
        moved = now - max(one.end_time_unix_nano for one in sent)
        for one in sent:
            one.trace_id = one.trace_id[::-1]
            one.start_time_unix_nano += moved
            one.end_time_unix_nano += moved
            for event in one.events:
                event.time_unix_nano += moved
        yield request
