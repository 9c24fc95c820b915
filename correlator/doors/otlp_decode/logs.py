"""Log records to rows of the table LOGS."""

from typing import Any, Final

import pyarrow as pa

from correlator.doors.otlp_decode import columns
from correlator.doors.otlp_decode.attribute_texts import AttributeTexts
from correlator.doors.otlp_decode.identifiers import is_identifier
from correlator.model.error_signal import log_is_error
from correlator.model.marks import Mark

SEVERITIES: Final = range(25)  # OTLP's SeverityNumber: 0 not given, 1..24


def log_row(record: Any, texts: AttributeTexts) -> tuple[Any, ...]:
    """Values in the order that log_columns takes them. Raises Unfit for a record that is not kept."""
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
        _body(record.body, texts),
        log_is_error(severity),
        texts.text(record.attributes),
        record.flags,
        trace_marks | span_marks,
    )


def log_columns(rows: list[tuple[Any, ...]]) -> dict[str, pa.Array]:
    """The columns of at least one log record that are its own."""
    (
        trace_ids, span_ids, times, observed, severities, severity_texts,
        event_names, bodies, errors, attributes, flags, marks,
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
