"""OTLP/JSON: what it may look like, and how it is refused."""

import json
from typing import Any

import pytest

from correlator.errors import InvalidInput
from correlator.model.marks import Mark
from tests.unit.doors.otlp_frames import ARRIVAL, SPAN_ID, TRACE_ID, decoded

SPAN = {
    "traceId": TRACE_ID.hex(),
    "spanId": SPAN_ID.hex(),
    "startTimeUnixNano": str(ARRIVAL),
    "endTimeUnixNano": ARRIVAL,
}


def _trace(*spans: dict[str, Any]) -> bytes:
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [SPAN | span for span in spans]}]}]}).encode()


def _row(**span: Any) -> dict[str, Any]:
    (row,) = decoded("traces", _trace(span), encoding="json").tables.spans.to_pylist()
    return row


def _attributes(*values: Any) -> Any:
    text = _row(attributes=[{"key": str(index), "value": value} for index, value in enumerate(values)])["attributes"]
    return list(json.loads(text).values())


def test_an_empty_object_has_no_records() -> None:
    """Absent is empty, as in protobuf."""
    assert decoded("traces", b"{}", encoding="json").tables.num_rows == 0


@pytest.mark.parametrize("trace_id", [TRACE_ID.hex(), TRACE_ID.hex().upper()])
def test_ids_are_hex_of_either_case(trace_id: str) -> None:
    """Not base64, as OTLP says."""
    row = _row(traceId=trace_id, parentSpanId="")
    assert (row["trace_id"], row["parent_span_id"]) == (TRACE_ID, None)


@pytest.mark.parametrize("trace_id", ["", "zz", "abc", "0" * 32, TRACE_ID.hex() + "00", " " + TRACE_ID.hex()])
def test_a_span_with_an_id_that_is_none_is_rejected_alone(trace_id: str) -> None:
    """A bad id costs its record, not the request."""
    answer = decoded("traces", _trace({}, {"traceId": trace_id}), encoding="json")
    assert answer.tables.spans.num_rows == 1
    assert [(it.reason, it.count) for it in answer.rejections] == [("bad_trace_id", 1)]


def test_a_parent_that_is_not_hex_is_marked() -> None:
    """Kept as a root."""
    row = _row(parentSpanId="not hex!")
    assert (row["parent_span_id"], row["marks"]) == (None, Mark.INVALID_PARENT)


def test_64_bit_integers_are_numbers_or_strings() -> None:
    """Exact up to the last digit."""
    assert _attributes({"intValue": "9223372036854775807"}, {"intValue": -5}) == [2**63 - 1, -5]


def test_doubles_may_be_the_strings_of_protobufs_mapping() -> None:
    """And are written back as those."""
    assert _attributes({"doubleValue": "NaN"}, {"doubleValue": "-Infinity"}, {"doubleValue": "1.5"}) == [
        "NaN", "-Infinity", 1.5,
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["+/8=", "-_8=", "-_8"])
def test_bytes_are_base64_of_either_alphabet(text: str) -> None:
    """With or without padding, as protobuf's own parser takes them."""
    assert _attributes({"bytesValue": text}) == ["+/8="]


@pytest.mark.parametrize(("kind", "number"), [(3, 3), ("3", 3), ("SPAN_KIND_CLIENT", 3), ("SPAN_KIND_NEW", 0), (99, 0)])
def test_enumerations_are_numbers_or_names(kind: Any, number: int) -> None:
    """One that nobody knows is unspecified."""
    assert _row(kind=kind)["kind"] == number


def test_status_and_severity_may_be_names() -> None:
    """As older senders write them."""
    assert _row(status={"code": "STATUS_CODE_ERROR", "message": "boom"})["is_error"] is True
    log = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"severityNumber": "SEVERITY_NUMBER_ERROR"}]}]}]}
    answer = decoded("logs", json.dumps(log).encode(), encoding="json")
    assert answer.tables.logs.column("severity_number").to_pylist() == [17]


def test_null_is_absent() -> None:
    """For a field of any type, also beside given ones."""
    row = _row(parentSpanId=None, name=None, kind=None, attributes=None, status=None, events=None, flags=None)
    assert (row["name"], row["kind"], row["attributes"], row["status_code"]) == ("", 0, "{}", 0)


def test_unknown_fields_are_ignored() -> None:
    """Whatever is in them."""
    assert _row(newField={"deep": [1, {"x": None}]}, name="work")["name"] == "work"


def test_names_of_the_proto_files_are_read_too() -> None:
    """As protobuf's JSON mapping allows; keys of attributes stay as they are."""
    attribute = {"key": "span_id", "value": {"string_value": "span_id"}}
    span = {"trace_id": TRACE_ID.hex(), "span_id": SPAN_ID.hex(), "name": "work", "attributes": [attribute]}
    body = {"resource_spans": [{"scope_spans": [{"spans": [span]}]}]}
    (row,) = decoded("traces", json.dumps(body).encode(), encoding="json").tables.spans.to_pylist()
    assert (row["trace_id"], row["attributes"]) == (TRACE_ID, '{"span_id":"span_id"}')


@pytest.mark.parametrize(
    ("span", "path"),
    [
        ({"name": 7}, "name"),
        ({"traceId": 7}, "traceId"),
        ({"startTimeUnixNano": "soon"}, "startTimeUnixNano"),
        ({"startTimeUnixNano": -1}, "startTimeUnixNano"),
        ({"startTimeUnixNano": 2**64}, "startTimeUnixNano"),
        ({"startTimeUnixNano": True}, "startTimeUnixNano"),
        ({"flags": 2**32}, "flags"),
        ({"droppedEventsCount": -1}, "droppedEventsCount"),
        ({"kind": [1]}, "kind"),
        ({"attributes": {}}, "attributes"),
        ({"attributes": [None]}, r"attributes\[0\]"),
        ({"attributes": [{"key": "a", "value": {"intValue": "2.5"}}]}, r"attributes\[0\].value.intValue"),
        ({"attributes": [{"key": "a", "value": {"intValue": 2**63}}]}, r"attributes\[0\].value.intValue"),
        ({"attributes": [{"key": "a", "value": {"bytesValue": "?"}}]}, r"attributes\[0\].value.bytesValue"),
        ({"attributes": [{"key": "a", "value": {"intValue": 1, "boolValue": True}}]}, r"attributes\[0\].value"),
    ],
)
def test_a_wrong_shape_is_refused_with_its_json_path(span: dict[str, Any], path: str) -> None:
    """So that a sender's author finds the place."""
    with pytest.raises(InvalidInput, match=rf"\$\.resourceSpans\[0\]\.scopeSpans\[0\]\.spans\[1\]\.{path}`"):
        decoded("traces", _trace({}, span), encoding="json")


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"null",
        b"7",
        b"{",
        b"\xff",
        b'{"resourceSpans": "secret"}',
        b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "\xff secret"}]}]}]}',
        b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "\\ud800 secret"}]}]}]}',
        b'{"x":' * 100_000,
        b'{"x":' + b"[" * 100_000,
        b'{"a_b": null, "x":' + b'{"x":[' * 100_000,
    ],
)
def test_what_is_no_otlp_json_is_refused_without_showing_it(payload: bytes) -> None:
    """Whatever it is, also nesting bombs."""
    with pytest.raises(InvalidInput, match="the body is no OTLP/JSON request of traces") as refused:
        decoded("traces", payload, encoding="json")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("levels", [30, 200, 400, 5_000])
def test_an_attribute_that_nests_deeply_is_rejected_or_refused(levels: int) -> None:
    """As deep as the reader goes, it is one bad record; deeper, the request is refused."""
    value = '{"arrayValue":{"values":[' * levels + "]}}" * levels
    body = _trace({}).replace(b'"traceId"', b'"attributes":[{"key":"a","value":' + value.encode() + b'}],"traceId"')
    try:
        answer = decoded("traces", body, encoding="json")
    except InvalidInput as refused:
        assert levels > 100 and "nests too deeply" in str(refused)
    else:
        assert [it.reason for it in answer.rejections] == ["nested_too_deep"]
