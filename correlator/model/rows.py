"""Arrow rows to values: for one trace, or the few records that one looks at closely."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pyarrow as pa

from correlator.model.span import LogRecord, Span, SpanEvent, SpanLink


def spans_of(table: pa.Table) -> list[Span]:
    """Each row of a SPANS table as a value, in the table's order."""
    if table.num_rows == 0:  # to_pylist takes milliseconds for the chunks of an empty table
        return []
    objects: dict[str, Mapping[str, Any]] = {}
    return [_span(row, objects) for row in table.to_pylist()]


def logs_of(table: pa.Table) -> list[LogRecord]:
    """Each row of a LOGS table as a value, in the table's order."""
    if table.num_rows == 0:
        return []
    objects: dict[str, Mapping[str, Any]] = {}
    return [_log(row, objects) for row in table.to_pylist()]


def json_object(text: str | None) -> dict[str, Any]:
    """The JSON object in an attribute column; an empty one for null."""
    return msgspec.json.decode(text, type=dict[str, Any]) if text else {}


def _span(row: dict[str, Any], objects: dict[str, Mapping[str, Any]]) -> Span:
    return Span(
        trace_id=row["trace_id"].hex(),
        span_id=row["span_id"].hex(),
        parent_span_id=_hex(row["parent_span_id"]),
        name=row["name"],
        kind=row["kind"],
        start_time_unix_nano=row["start_time_unix_nano"],
        end_time_unix_nano=row["end_time_unix_nano"],
        status_code=row["status_code"],
        status_message=row["status_message"] or "",
        is_error=row["is_error"],
        attributes=json_object(row["attributes"]),
        events=tuple(
            SpanEvent(event["time_unix_nano"], event["name"], event.get("attributes", {}))
            for event in _json_array(row["events"])
        ),
        links=tuple(
            SpanLink(link["trace_id"], link["span_id"], link.get("attributes", {}))
            for link in _json_array(row["links"])
        ),
        marks=row["marks"],
        trace_state=row["trace_state"] or "",
        **_sender(row, objects),
    )


def _log(row: dict[str, Any], objects: dict[str, Mapping[str, Any]]) -> LogRecord:
    return LogRecord(
        trace_id=_hex(row["trace_id"]),
        span_id=_hex(row["span_id"]),
        time_unix_nano=row["time_unix_nano"],
        severity_number=row["severity_number"],
        severity_text=row["severity_text"] or "",
        body=row["body"] or "",
        is_error=row["is_error"],
        attributes=json_object(row["attributes"]),
        position=row["position"],
        row=row["row"],
        marks=row["marks"],
        **_sender(row, objects),
    )


def _sender(row: dict[str, Any], objects: dict[str, Mapping[str, Any]]) -> dict[str, Any]:
    text, details = row["resource_attributes"] or "{}", row["scope_details"] or "{}"
    for each in (text, details):
        if each not in objects:
            objects[each] = json_object(each)
    return {
        "service_name": row["service_name"],
        "system": row["system"],
        "scope_name": row["scope_name"] or "",
        "scope_version": objects[details].get("version", ""),
        "resource_attributes": objects[text],
    }


def _json_array(text: str | None) -> list[dict[str, Any]]:
    return msgspec.json.decode(text, type=list[dict[str, Any]]) if text else []


def _hex(identifier: bytes | None) -> str | None:
    return None if identifier is None else identifier.hex()
