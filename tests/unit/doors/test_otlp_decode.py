"""Spans from protobuf: what is kept, marked, rejected and refused."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import duckdb
import msgspec
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from correlator.doors.otlp_decode import decode
from correlator.errors import InvalidInput
from correlator.model.limits import Limits
from correlator.model.marks import Mark
from correlator.model.tables import SPANS, Tables
from correlator.store.contract import Frame
from tests.unit.doors.otlp_frames import (
    ARRIVAL,
    SPAN_ID,
    TRACE_ID,
    attribute,
    decoded,
    log_request,
    other_system,
    rejected,
    sized,
    span_rows,
    trace_request,
)


def test_an_empty_request_has_no_records() -> None:
    """No bytes are a valid protobuf request of nothing."""
    answer = decoded("traces", b"")
    assert answer.tables == Tables()
    assert answer.rejections == ()


def test_rows_are_numbered_over_the_records_that_are_kept() -> None:
    """A rejected record leaves no gap; position is 0 and arrival the frame's."""
    rows = span_rows({}, {"span_id": b"short"}, {})
    assert [(row["row"], row["position"], row["arrival_unix_nano"]) for row in rows] == [
        (0, 0, ARRIVAL),
        (1, 0, ARRIVAL),
    ]


def test_the_table_has_exactly_the_schema_of_the_model() -> None:
    """Column names, order and types."""
    assert decoded("traces", trace_request({}).SerializeToString()).tables.spans.schema == SPANS


@pytest.mark.parametrize("trace_id", [b"", b"x" * 15, b"x" * 17, bytes(16)])
def test_a_span_without_a_valid_trace_id_is_rejected_alone(trace_id: bytes) -> None:
    """Its neighbours are kept, and the message says where it was and what is wanted."""
    answer = decoded("traces", trace_request({}, {"trace_id": trace_id}, {}).SerializeToString())
    assert answer.tables.spans.num_rows == 2
    (rejection,) = answer.rejections
    assert (rejection.reason, rejection.count) == ("bad_trace_id", 1)
    assert rejection.message == (
        f"resource 0, scope 0, record 1: trace_id has {len(trace_id)} bytes; send 16, not all zero"
    )


@pytest.mark.parametrize("span_id", [b"", b"x" * 7, b"x" * 9, bytes(8)])
def test_a_span_without_a_valid_span_id_is_rejected(span_id: bytes) -> None:
    """Wrong length or all zero."""
    assert rejected("traces", trace_request({"span_id": span_id})) == {"bad_span_id": 1}


@pytest.mark.parametrize(
    ("parent", "kept", "marks"),
    [
        (b"", None, 0),
        (bytes(8), None, 0),
        (b"parentid", b"parentid", 0),
        (b"short", None, Mark.INVALID_PARENT),
        (b"much too long", None, Mark.INVALID_PARENT),
    ],
)
def test_a_parent_that_is_no_id_makes_a_root(parent: bytes, kept: bytes | None, marks: int) -> None:
    """Of a wrong length it is marked; empty or all zero it just says root."""
    (row,) = span_rows({"parent_span_id": parent})
    assert (row["parent_span_id"], row["marks"]) == (kept, marks)


def test_attributes_are_a_json_object_with_exact_values() -> None:
    """Integers exact, NaN and infinities as strings, bytes as base64, nothing as null, nested as nested."""
    attributes = [
        attribute("text", string_value='say "hi"\n'),
        attribute("empty", string_value=""),
        attribute("big", int_value=2**63 - 1),
        attribute("ratio", double_value=0.1),
        attribute("nan", double_value=float("nan")),
        attribute("low", double_value=float("-inf")),
        attribute("yes", bool_value=True),
        attribute("raw", bytes_value=b"\x00\xff"),
        attribute("unset"),
        attribute("list", array_value={"values": [{"int_value": 1}, {"string_value": "b"}]}),
        attribute("map", kvlist_value={"values": [{"key": "a", "value": {"int_value": 1}}]}),
    ]
    (row,) = span_rows({"attributes": attributes})
    assert json.loads(row["attributes"]) == {
        "text": 'say "hi"\n', "empty": "", "big": 2**63 - 1, "ratio": 0.1, "nan": "NaN", "low": "-Infinity",
        "yes": True, "raw": "AP8=", "unset": None, "list": [1, "b"], "map": {"a": 1},
    }  # fmt: skip


def test_of_a_key_given_twice_the_last_counts() -> None:
    """On the record and within a map; the JSON has the key once."""
    inner = {"values": [attribute("k", int_value=1), attribute("k", int_value=2)]}
    twice = [attribute("a", int_value=1), attribute("a", kvlist_value=inner)]
    assert span_rows({"attributes": twice})[0]["attributes"] == '{"a":{"k":2}}'


def test_control_characters_give_json_that_msgspec_and_duckdb_read() -> None:
    """NUL and every other control character, in keys, values and names of events."""
    control = "".join(map(chr, range(32))) + "\x7f\u2028"
    attributes = [attribute(control, string_value=control)]
    (row,) = span_rows({"attributes": attributes, "events": [{"name": control, "attributes": attributes}]})
    assert msgspec.json.decode(row["attributes"]) == {control: control}
    assert msgspec.json.decode(row["events"])[0]["name"] == control
    for text in (row["attributes"], row["events"]):
        assert duckdb.sql("SELECT json_valid(?)", params=[text]).fetchall() == [(True,)]


@pytest.mark.parametrize(
    ("span", "reason"),
    [
        ({"attributes": [attribute(str(n), int_value=n) for n in range(5)]}, "too_many_attributes"),
        ({"events": [{"attributes": [attribute(str(n)) for n in range(5)]}]}, "too_many_attributes"),
        ({"events": [{}] * 5}, "too_many_events"),
        ({"links": [{"trace_id": TRACE_ID, "span_id": SPAN_ID}] * 5}, "too_many_links"),
        ({"attributes": [attribute("a", string_value="ü" * 6)]}, "value_too_long"),
        ({"attributes": [attribute("a", bytes_value=b"x" * 11)]}, "value_too_long"),
        ({"attributes": [attribute("a", array_value={"values": [{"array_value": {}}]})]}, "nested_too_deep"),
    ],
)
def test_a_span_over_a_limit_is_rejected_alone(span: dict[str, Any], reason: str) -> None:
    """Each limit has its reason; the neighbour is kept."""
    limits = Limits(attributes_per_record=4, value_bytes=10, nesting_depth=1)
    request = trace_request({}, span)
    assert rejected("traces", request, limits) == {reason: 1}
    assert decoded("traces", request.SerializeToString(), limits).tables.spans.num_rows == 1


def test_a_span_at_its_limits_is_kept() -> None:
    """Limits are inclusive."""
    limits = Limits(attributes_per_record=2, value_bytes=10, nesting_depth=1)
    attributes = [attribute("a", string_value="ü" * 5), attribute("b", array_value={"values": [{"int_value": 1}]})]
    assert len(span_rows({"attributes": attributes, "events": [{}, {}]}, limits=limits)) == 1


def test_a_resource_over_a_limit_costs_all_its_records_and_no_others() -> None:
    """Counted by record; the message names the resource."""
    request = trace_request({}, {}, {})
    for number in range(5):
        request.resource_spans[0].resource.attributes.add(key=str(number))
    request.MergeFrom(trace_request({}))
    answer = decoded("traces", request.SerializeToString(), Limits(attributes_per_record=4))
    assert answer.tables.spans.num_rows == 1
    assert [(it.reason, it.count) for it in answer.rejections] == [("too_many_attributes", 3)]
    assert answer.rejections[0].message == "resource 0: 6 attributes; send at most 4"


@pytest.mark.parametrize(
    ("attributes", "dropped"),
    [
        ([attribute("long", string_value="x" * 11), attribute("short")], 2),
        ([attribute(str(number)) for number in range(5)], 5),
    ],
)
def test_attributes_of_a_scope_over_a_limit_count_as_dropped(attributes: list[dict[str, Any]], dropped: int) -> None:
    """They cost no record: nobody joins or explains by them."""
    request = trace_request({}, {})
    scope = request.resource_spans[0].scope_spans[0].scope
    scope.version, scope.dropped_attributes_count = "1", 3
    for each in attributes:
        scope.attributes.add(**each)
    answer = decoded("traces", request.SerializeToString(), Limits(value_bytes=10, attributes_per_record=4))
    assert answer.rejections == ()
    assert (
        answer.tables.spans["scope_details"].to_pylist()
        == [f'{{"version":"1","dropped_attributes_count":{dropped + 3}}}'] * 2
    )


def test_a_broken_attribute_behind_one_over_a_limit_refuses_the_request() -> None:
    """As it does where all are looked at."""
    request = trace_request({})
    attributes = request.resource_spans[0].scope_spans[0].scope.attributes
    attributes.add(**attribute("long", string_value="x" * 11))
    attributes.add(**attribute("name", string_value="zyx"))
    broken = request.SerializeToString().replace(b"zyx", b"z\xffx")
    with pytest.raises(InvalidInput):
        decoded("traces", broken, Limits(value_bytes=10))


def test_what_else_resource_and_scope_say_is_kept_with_each_record() -> None:
    """Version, attributes, schema URLs and counts, without what is empty or 0; null where nothing was said."""
    request = trace_request({}, {})
    group = request.resource_spans[0]
    group.schema_url, group.resource.dropped_attributes_count = "https://r", 2
    group.scope_spans[0].schema_url = "https://s"
    group.scope_spans[0].scope.version = '1"2'
    group.scope_spans[0].scope.attributes.add(**attribute("of", string_value="scope"))
    group.scope_spans.add().MergeFrom(trace_request({}).resource_spans[0].scope_spans[0])
    request.MergeFrom(trace_request({}))
    rows = decoded("traces", request.SerializeToString()).tables.spans.to_pylist()
    scope = '{"version":"1\\"2","attributes":{"of":"scope"},"schema_url":"https://s"}'
    resource = '{"schema_url":"https://r","dropped_attributes_count":2}'
    assert [(row["scope_details"], row["resource_details"]) for row in rows] == [
        (scope, resource),
        (scope, resource),
        (None, resource),
        (None, None),
    ]


def test_what_a_sender_dropped_is_kept_where_it_says_so() -> None:
    """Null in all other rows; a link keeps its state too."""
    link = {"trace_id": TRACE_ID, "span_id": SPAN_ID, "trace_state": "a=b", "dropped_attributes_count": 4}
    cut, whole = span_rows(
        {
            "dropped_attributes_count": 1,
            "dropped_links_count": 3,
            "events": [{"name": "e", "dropped_attributes_count": 7}],
            "links": [link],
        },
        {"links": [{"trace_id": TRACE_ID, "span_id": SPAN_ID}]},
    )
    assert cut["dropped_counts"] == '{"dropped_attributes_count":1,"dropped_links_count":3}'
    assert json.loads(cut["events"])[0]["dropped_attributes_count"] == 7
    assert json.loads(cut["links"])[0] == link | {
        "trace_id": TRACE_ID.hex(),
        "span_id": SPAN_ID.hex(),
        "attributes": {},
    }
    assert whole["dropped_counts"] is None
    assert json.loads(whole["links"])[0].keys() == {"trace_id", "span_id", "attributes"}


def test_a_broken_attribute_of_a_scope_refuses_the_body() -> None:
    """Also where the scope has no record."""
    request = trace_request({})
    request.resource_spans[0].scope_spans.add().scope.attributes.add(key="broken-key")
    payload = request.SerializeToString().replace(b"broken-key", b"broken-\xff\xfe\xfd")
    with pytest.raises(InvalidInput, match="no ExportTraceServiceRequest"):
        decoded("traces", payload)


def test_events_keep_name_time_and_attributes() -> None:
    """As JSON; null where there are none."""
    event = {"name": "retry", "time_unix_nano": 5, "attributes": [attribute("n", int_value=1)]}
    with_event, without = span_rows({"events": [event]}, {})
    assert json.loads(with_event["events"]) == [{"time_unix_nano": 5, "name": "retry", "attributes": {"n": 1}}]
    assert without["events"] is None


def test_an_event_beyond_int64_is_clamped_and_marked() -> None:
    """The reader of the JSON can hold it."""
    (row,) = span_rows({"events": [{"time_unix_nano": 2**64 - 1}]})
    assert json.loads(row["events"])[0]["time_unix_nano"] == 2**63 - 1
    assert row["marks"] == Mark.TIME_OUT_OF_RANGE


def test_links_without_valid_ids_are_dropped_and_marked() -> None:
    """The good one stays, ids in hex."""
    good = {"trace_id": TRACE_ID, "span_id": SPAN_ID}
    (row,) = span_rows({"links": [{"trace_id": b"x", "span_id": SPAN_ID}, good]})
    assert json.loads(row["links"]) == [{"trace_id": TRACE_ID.hex(), "span_id": SPAN_ID.hex(), "attributes": {}}]
    assert row["marks"] == Mark.INVALID_TRACE_CONTEXT


def test_enumerations_that_nobody_knows_are_unspecified() -> None:
    """Protobuf lets any int32 through; the columns hold what OTLP defines."""
    (row,) = span_rows({"kind": 99, "status": {"code": -1}})
    assert (row["kind"], row["status_code"], row["is_error"]) == (0, 0, False)


@pytest.mark.parametrize(
    ("span", "is_error"),
    [
        ({}, False),
        ({"status": {"code": 2}}, True),
        ({"events": [{"name": "exception"}]}, True),
        ({"kind": 3, "attributes": [attribute("http.response.status_code", int_value=404)]}, True),
        ({"kind": 2, "attributes": [attribute("http.response.status_code", int_value=404)]}, False),
        ({"attributes": [attribute("http.status_code", string_value="503")]}, True),
        ({"attributes": [attribute("n8n.execution.status", string_value="crashed")]}, True),
        ({"attributes": [attribute("n8n.execution.status", array_value={})]}, False),
        ({"attributes": [attribute("n8n.execution.status", string_value="x" * 600)]}, False),
    ],
)
def test_is_error_is_the_models_rule(span: dict[str, Any], is_error: bool) -> None:
    """Status, exception event, HTTP status by kind, n8n's own status; odd values are no error."""
    assert span_rows(span)[0]["is_error"] is is_error


def test_a_time_beyond_int64_is_clamped_and_marked() -> None:
    """The record is kept."""
    (row,) = span_rows({"end_time_unix_nano": 2**63})
    assert (row["end_time_unix_nano"], row["marks"]) == (2**63 - 1, Mark.TIME_OUT_OF_RANGE)


def test_the_system_is_asked_once_per_resource_and_scope() -> None:
    """With the resource's attributes and the scope's name."""
    asked: list[tuple[Mapping[str, Any], str]] = []

    def system_of(attributes: Mapping[str, Any], scope_name: str) -> str:
        asked.append((attributes, scope_name))
        return "bridge"

    request = trace_request({}, {})
    request.resource_spans[0].scope_spans.add().scope.name = "second"
    answer = decode(Frame("traces", "protobuf", ARRIVAL, request.SerializeToString()), Limits(), system_of)
    assert asked == [({"service.name": "bridge"}, ""), ({"service.name": "bridge"}, "second")]
    assert answer.tables.spans.column("system").to_pylist() == ["bridge", "bridge"]


@pytest.mark.parametrize("value", [{}, {"string_value": ""}, {"int_value": 7}])
def test_a_service_name_that_is_no_text_is_unknown_service(value: dict[str, Any]) -> None:
    """Missing, empty or a number."""
    request = trace_request({})
    request.resource_spans[0].resource.ClearField("attributes")
    request.resource_spans[0].resource.attributes.add(**attribute("service.name", **value))
    row = decoded("traces", request.SerializeToString()).tables.spans.to_pylist()[0]
    assert row["service_name"] == "unknown_service"


@pytest.mark.parametrize(
    ("payload", "hint"),
    [
        (b"\xff", "in full"),
        (trace_request({}).SerializeToString()[:-3], "in full"),
        (b' {"resourceSpans": []}', "Content-Type: application/json"),
        (b"\x1f\x8b\x08\x00", "Content-Encoding: gzip"),
    ],
)
def test_bytes_that_are_no_request_are_refused_with_a_remedy(payload: bytes, hint: str) -> None:
    """The message names size, message and remedy."""
    with pytest.raises(InvalidInput, match=rf"body of {len(payload)} bytes is no ExportTraceServiceRequest.*{hint}"):
        decoded("traces", payload)


def _broken_attribute() -> bytes:
    payload = trace_request({"attributes": [attribute("secret-key", string_value="secret-value")]}).SerializeToString()
    return payload.replace(b"secret-value", b"secret-\xff\xff\xff\xff\xff")


def test_invalid_utf8_within_an_attribute_refuses_the_body() -> None:
    """As protobuf does, and without a word of what was sent."""
    with pytest.raises(InvalidInput, match="UTF-8") as refused:
        decoded("traces", _broken_attribute())
    assert "secret" not in str(refused.value)


def test_a_broken_attribute_behind_a_rejected_record_still_refuses_the_body() -> None:
    """Nobody reads the attributes of a span without ids, but protobuf would have."""
    broken = _broken_attribute().replace(TRACE_ID, bytes(16))
    with pytest.raises(InvalidInput, match="UTF-8"):
        decoded("traces", broken)


@pytest.mark.parametrize("levels", [20, 45, 46, 47, 48, 49, 50, 60])
@pytest.mark.parametrize("is_hidden", [False, True])
def test_deep_nesting_is_rejected_or_refused_as_protobuf_decides(levels: int, is_hidden: bool) -> None:
    """Protobuf reads 100 levels from the start of the body: an attribute alone would go deeper."""
    nested = b""
    for _ in range(levels):  # AnyValue.array_value.values, around the empty AnyValue
        nested = b"\x2a" + sized(b"\x0a" + sized(nested))
    value = nested + b"\x0a\x01x" if is_hidden else nested  # a text that comes later is the value
    key_value = b"\x0a\x01a" + b"\x12" + sized(value)
    span = b"\x0a" + sized(TRACE_ID) + b"\x12" + sized(SPAN_ID) + b"\x4a" + sized(key_value)
    payload = b"\x0a" + sized(b"\x12" + sized(b"\x12" + sized(span)))
    try:
        ExportTraceServiceRequest.FromString(payload)
    except Exception:
        with pytest.raises(InvalidInput):
            decoded("traces", payload)
    else:
        answer = decoded("traces", payload)
        assert answer.tables.spans.num_rows == (1 if is_hidden else 0)


@pytest.mark.parametrize(("signal", "encoding"), [("profiles", "protobuf"), ("traces", "xml")])
def test_an_unknown_signal_or_encoding_is_refused(signal: str, encoding: str) -> None:
    """With what can be sent instead."""
    with pytest.raises(InvalidInput, match="send traces, logs, metrics in protobuf or json"):
        decoded(signal, b"", encoding=encoding)


def test_a_request_of_another_signal_does_not_crash() -> None:
    """Protobuf reads what fits and ignores the rest."""
    payload = log_request({"body": {"string_value": "hello"}}).SerializeToString()
    answer = decoded("traces", payload)
    assert answer.tables.spans.num_rows + sum(it.count for it in answer.rejections) <= 1


def test_ten_thousand_attributes_and_a_long_value_harm_no_neighbour() -> None:
    """With the default limits."""
    many = {"attributes": [attribute(str(n), int_value=n) for n in range(10_000)]}
    long = {"attributes": [attribute("a", string_value="x" * 2**20)]}
    request = trace_request(many, {}, long)
    assert rejected("traces", request) == {"too_many_attributes": 1, "value_too_long": 1}
    assert decoded("traces", request.SerializeToString()).tables.spans.num_rows == 1


def test_more_distinct_attributes_than_are_remembered_are_all_read() -> None:
    """The memory is bounded, the answer is not."""
    spans = [{"attributes": [attribute("n", int_value=number)]} for number in range(9_000)]
    assert [row["attributes"] for row in span_rows(*spans)] == [f'{{"n":{number}}}' for number in range(9_000)]


def test_threads_get_the_same_answer() -> None:
    """Decode keeps nothing between calls that one thread could spoil for another."""
    payload = trace_request(*[{"attributes": [attribute("n", int_value=n)]} for n in range(200)]).SerializeToString()
    frame = Frame("traces", "protobuf", ARRIVAL, payload)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: decode(frame, Limits(), other_system), range(20)))
    assert all(answer == answers[0] for answer in answers)


def test_spans_that_another_told_of_are_marked() -> None:
    """By the resource, whatever other marks a span has; those of other resources in the request are not."""
    request = trace_request({"parent_span_id": b"short"}, {})
    request.resource_spans.add().CopyFrom(request.resource_spans[0])
    request.resource_spans[1].resource.attributes.add(key="correlator.source").value.string_value = "n8n_rest"
    marks = decoded("traces", request.SerializeToString()).tables.spans["marks"].to_pylist()
    assert marks == [Mark.INVALID_PARENT, 0, Mark.INVALID_PARENT | Mark.RECONSTRUCTED, Mark.RECONSTRUCTED]
