"""Spans as documents."""

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from correlator.elasticsearch.documents.json_columns import (
    Texts,
    field,
    hex_texts,
    joined,
    number_texts,
    only,
    quoted,
    wrapped,
)
from correlator.elasticsearch.documents.record_texts import Records, key_texts, opening, own, sender

KINDS: Final = ("Unspecified", "Internal", "Server", "Client", "Producer", "Consumer")
STATUS_CODES: Final = ("Unset", "Ok", "Error")
"""By their number; pdata's names, which the Collector writes."""
_KINDS: Final = pa.array([f'"{name}"' for name in KINDS])
_STATUSES: Final = pa.array([None, *(f'"code":"{name}"' for name in STATUS_CODES[1:])])


def span_texts(records: Records) -> Texts:
    """A document for each span."""
    return joined(
        opening(records, "start_time_unix_nano"),
        field("trace_id", quoted(hex_texts(records["trace_id"]))),
        field("span_id", quoted(hex_texts(records["span_id"]))),
        field("parent_span_id", quoted(hex_texts(records["parent_span_id"]))),
        field("trace_state", records.texts("trace_state")),
        field("name", only(pc.not_equal(records["name"], ""), records.texts("name"))),
        field("kind", _KINDS.take(records["kind"])),
        field("duration", number_texts(_durations(records))),
        field("attributes", records["attributes"]),
        field("links", records["links"]),
        _status(records),
        *sender(records),
        *own(
            records,
            field("is_error", number_texts(records["is_error"])),
            field("join_keys", key_texts(records)),
            field("events", records["events"]),
        ),
        "}",
    )


def _durations(records: Records) -> pa.Int64Array:
    """Nanoseconds; negative where a span ends before it starts."""
    return pc.subtract(records["end_time_unix_nano"], records["start_time_unix_nano"])


def _status(records: Records) -> Texts:
    """`status`, as the Collector writes it: without what is not set."""
    code = _STATUSES.take(records["status_code"])
    message = wrapped('"message":', records.texts("status_message"), "")
    both = only(pc.and_(pc.is_valid(code), pc.is_valid(message)), pa.repeat(",", len(code)))
    return joined(',"status":{', code, both, message, "}")
