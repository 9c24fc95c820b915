"""Log records to rows of the table LOGS."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import pyarrow as pa

from correlator.doors.otlp_decode import columns
from correlator.doors.otlp_decode.attribute_texts import AttributeTexts
from correlator.doors.otlp_decode.identifiers import is_identifier
from correlator.doors.otlp_decode.json_bodies import OPENING, JsonBody, Told, is_bare, merged, read_json_body
from correlator.doors.otlp_decode.senders import Sender
from correlator.model.details import dropped_counts
from correlator.model.error_signal import log_is_error
from correlator.model.marks import Mark

SEVERITIES: Final = range(25)  # OTLP's SeverityNumber: 0 not given, 1..24
STRUCTURED: Final = {"kvlist_value": int(Mark.STRUCTURED_BODY), "array_value": int(Mark.STRUCTURED_BODY)}
"""Kind of a body's AnyValue to its mark; the others have none."""
_TOLD: Final = itemgetter(-1)  # of a row: who wrote it, where its body said so


def log_row(record: Any, texts: AttributeTexts) -> tuple[Any, ...]:
    """Values in the order that log_columns takes them. Raises Unfit for a record that is not kept."""
    body = _body(record.body, texts)
    if body and body[0] == OPENING and is_bare(record) and record.body.WhichOneof("value") == "string_value":
        found = read_json_body(body, texts.fields(record.attributes), texts)
        if found is not None:
            return _row_of_line(record, found)
    trace_id, trace_marks = _identifier(record.trace_id, 16)
    span_id, span_marks = _identifier(record.span_id, 8)
    severity = record.severity_number if record.severity_number in SEVERITIES else 0
    return (
        trace_id,
        span_id,
        record.time_unix_nano,
        record.observed_time_unix_nano,
        severity,
        record.severity_text or None,
        record.event_name or None,
        body,
        log_is_error(severity),
        texts.text(record.attributes),
        dropped_counts(record.dropped_attributes_count),
        record.flags,
        trace_marks | span_marks | STRUCTURED.get(record.body.WhichOneof("value"), 0),
        None,
    )


def _row_of_line(record: Any, line: JsonBody) -> tuple[Any, ...]:
    entry = line.entry
    return (
        entry.trace_id or None,
        entry.span_id or None,
        record.time_unix_nano or entry.time_unix_nano,
        record.observed_time_unix_nano or entry.observed_time_unix_nano,
        entry.severity_number,
        entry.severity_text or None,
        record.event_name or entry.event_name or None,
        line.body,
        log_is_error(entry.severity_number),
        line.attributes,
        dropped_counts(record.dropped_attributes_count),
        record.flags or entry.flags,
        0,
        line.told,
    )


def log_senders(rows: list[tuple[Any, ...]], sender: Sender) -> Iterator[tuple[Sender, int]]:
    """Who sent the rows of one resource and scope: where lines say themselves who wrote them, that completes it."""
    for told, run in groupby(rows, key=_TOLD):
        yield _completed(told, sender) if told else sender, sum(1 for _ in run)


def _completed(told: Told, sender: Sender) -> Sender:
    return replace(
        sender,
        resource_attributes=merged(told.resource_attributes, sender.resource_attributes),
        scope_name=sender.scope_name or told.scope_name,
    )


def log_columns(rows: list[tuple[Any, ...]]) -> dict[str, pa.Array]:
    """The columns of at least one log record that are its own."""
    (
        trace_ids, span_ids, times, observed, severities, severity_texts,
        event_names, bodies, errors, attributes, dropped, flags, marks, _senders,
    ) = zip(*rows, strict=True)  # fmt: skip
    return {
        "trace_id": columns.identifiers(trace_ids, 16),
        "span_id": columns.identifiers(span_ids, 8),
        "time_unix_nano": columns.unsigned(times),
        "observed_time_unix_nano": columns.unsigned(observed),
        "severity_number": pa.array(severities, pa.int32()),
        "severity_text": pa.array(severity_texts, pa.string()),
        "event_name": pa.array(event_names, pa.string()),
        "body": pa.array(bodies, pa.string()),
        "is_error": pa.array(errors, pa.bool_()),
        "attributes": pa.array(attributes, pa.string()),
        "dropped_counts": columns.rare_terms(dropped),
        "flags": pa.array(flags, pa.int64()),
        "marks": pa.array(marks, pa.int32()),
    }


def _identifier(identifier: bytes, width: int) -> tuple[bytes | None, int]:
    if is_identifier(identifier, width):
        return identifier, 0
    return None, int(Mark.INVALID_TRACE_CONTEXT) if identifier else 0


def _body(body: Any, texts: AttributeTexts) -> str | None:
    """Text as it is, anything structured as JSON, None when not given."""
    case = body.WhichOneof("value")
    if case is None:
        return None
    return texts.values.bounded(body.string_value if case == "string_value" else texts.values.text(body))
