"""Log records as documents."""

from correlator.elasticsearch.documents.json_columns import (
    Texts,
    field,
    hex_texts,
    joined,
    number_texts,
    quoted,
    time_texts,
    wrapped,
)
from correlator.elasticsearch.documents.record_texts import Records, key_texts, opening, own, sender


def log_texts(records: Records) -> Texts:
    """A document for each log record."""
    return joined(
        opening(records, "time_unix_nano"),
        field("observed_timestamp", time_texts(records["observed_time_unix_nano"])),
        field("severity_text", records.texts("severity_text")),
        field("severity_number", records.not_zero("severity_number")),
        field("trace_id", quoted(hex_texts(records["trace_id"]))),
        field("span_id", quoted(hex_texts(records["span_id"]))),
        field("event_name", records.texts("event_name")),
        field("attributes", records["attributes"]),
        field("body", _body(records)),
        *sender(records),
        *own(
            records,
            field("is_error", number_texts(records["is_error"])),
            field("join_keys", key_texts(records)),
        ),
        "}",
    )


def _body(records: Records) -> Texts:
    return wrapped('{"text":', records.texts("body"), "}")
