"""Log records as documents."""

from correlator.elasticsearch.documents.json_columns import (
    Texts,
    identifiers,
    joined,
    numbers,
    strings,
    times,
    values,
)
from correlator.elasticsearch.documents.record_texts import Records, keys, opening, own, sender


def log_texts(records: Records) -> Texts:
    """A document for each log record."""
    return joined(
        [
            *opening(records, "time_unix_nano"),
            *times("observed_timestamp", records["observed_time_unix_nano"]),
            *strings("severity_text", records["severity_text"]),
            *records.not_zero("severity_number", "severity_number"),
            *identifiers("trace_id", records["trace_id"]),
            *identifiers("span_id", records["span_id"]),
            *strings("event_name", records["event_name"]),
            *values("attributes", records["attributes"]),
            *strings("text", records["body"], within="body"),  # tables hold a structured body as text
            *sender(records),
            *own(records, *numbers("is_error", records["is_error"]), *keys(records)),
            "}",
        ]
    )
