"""Log records from protobuf."""

from typing import Any

import pytest

from correlator.model.limits import Limits
from correlator.model.marks import Mark
from correlator.model.tables import LOGS
from tests.unit.doors.otlp_frames import ARRIVAL, SPAN_ID, TRACE_ID, attribute, decoded, log_request, rejected


def _row(**record: Any) -> dict[str, Any]:
    (row,) = decoded("logs", log_request(record).SerializeToString()).tables.logs.to_pylist()
    return row


def test_a_full_record_keeps_all_of_its_fields() -> None:
    """Each in its column, in the model's schema."""
    record = {
        "trace_id": TRACE_ID, "span_id": SPAN_ID, "observed_time_unix_nano": ARRIVAL, "severity_number": 17,
        "severity_text": "ERROR", "event_name": "job.failed", "body": {"string_value": "boom"}, "flags": 1,
        "attributes": [attribute("job", string_value="7")],
    }  # fmt: skip
    assert decoded("logs", log_request(record).SerializeToString()).tables.logs.schema == LOGS
    row = _row(**record)
    assert row | {
        "trace_id": TRACE_ID, "span_id": SPAN_ID, "time_unix_nano": ARRIVAL - 1, "observed_time_unix_nano": ARRIVAL,
        "severity_number": 17, "severity_text": "ERROR", "event_name": "job.failed", "body": "boom", "flags": 1,
        "is_error": True, "attributes": '{"job":"7"}', "marks": 0, "service_name": "unknown_service",
    } == row  # fmt: skip


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, None),
        ({"string_value": ""}, ""),
        ({"string_value": '"quoted"'}, '"quoted"'),
        ({"int_value": 7}, "7"),
        ({"kvlist_value": {"values": [attribute("a", double_value=0.5)]}}, '{"a":0.5}'),
        ({"bytes_value": b"\x00"}, '"AA=="'),
    ],
)
def test_a_body_is_its_text_or_json(body: dict[str, Any], text: str | None) -> None:
    """Text as it is, anything structured as JSON, null when not given."""
    assert _row(body=body)["body"] == text


@pytest.mark.parametrize(
    ("body", "marks"),
    [
        ({"string_value": '{"a":1}'}, 0),
        ({"int_value": 7}, 0),
        ({"array_value": {}}, Mark.STRUCTURED_BODY),
        ({"kvlist_value": {}}, Mark.STRUCTURED_BODY),
    ],
)
def test_a_body_that_is_a_map_or_a_list_is_marked(body: dict[str, Any], marks: int) -> None:
    """Its text alone could be one that only reads like JSON."""
    assert _row(body=body)["marks"] == marks


@pytest.mark.parametrize(
    ("ids", "marks"),
    [
        ({}, 0),
        ({"trace_id": bytes(16)}, Mark.INVALID_TRACE_CONTEXT),
        ({"trace_id": b"short"}, Mark.INVALID_TRACE_CONTEXT),
        ({"span_id": b"much too long"}, Mark.INVALID_TRACE_CONTEXT),
    ],
)
def test_a_record_with_invalid_ids_is_kept_without_them(ids: dict[str, bytes], marks: int) -> None:
    """And marked where something was given."""
    row = _row(**ids)
    assert (row["trace_id"], row["span_id"], row["marks"]) == (None, None, marks)


@pytest.mark.parametrize(("number", "kept"), [(24, 24), (25, 0), (-1, 0), (2**31 - 1, 0)])
def test_a_severity_outside_otlps_scale_is_not_given(number: int, kept: int) -> None:
    """Protobuf lets any int32 through."""
    row = _row(severity_number=number)
    assert (row["severity_number"], row["is_error"]) == (kept, kept >= 17)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"body": {"string_value": "x" * 11}}, "value_too_long"),
        ({"body": {"array_value": {"values": [{"string_value": "x" * 8}]}}}, "value_too_long"),
        ({"body": {"array_value": {"values": [{"array_value": {}}]}}}, "nested_too_deep"),
        ({"attributes": [attribute(str(n)) for n in range(5)]}, "too_many_attributes"),
    ],
)
def test_a_record_over_a_limit_is_rejected_alone(record: dict[str, Any], reason: str) -> None:
    """The length of a structured body is that of its JSON."""
    limits = Limits(attributes_per_record=4, value_bytes=10, nesting_depth=1)
    assert rejected("logs", log_request({}, record, {}), limits) == {reason: 1}
