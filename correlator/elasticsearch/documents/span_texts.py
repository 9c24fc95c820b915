"""Spans as documents."""

from json.encoder import encode_basestring as quote
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from correlator.elasticsearch.documents.json_columns import (
    Parts,
    Texts,
    identifiers,
    joined,
    numbers,
    strings,
    values,
)
from correlator.elasticsearch.documents.record_texts import Records, dropped, keys, opening, own, sender

KINDS: Final = ("Unspecified", "Internal", "Server", "Client", "Producer", "Consumer")
STATUS_CODES: Final = ("Unset", "Ok", "Error")
"""By their number; pdata's names, which the Collector writes."""
NO_STATUS: Final = ',"status":{}'
_KINDS: Final = pa.array([f'"{name}"' for name in KINDS])
_CODES: Final = ("", *(f'"code":"{name}"' for name in STATUS_CODES[1:]))


def span_texts(records: Records) -> Texts:
    """A document for each span."""
    return joined(
        [
            *opening(records, "start_time_unix_nano"),
            *identifiers("trace_id", records["trace_id"]),
            *identifiers("span_id", records["span_id"]),
            *identifiers("parent_span_id", records["parent_span_id"]),
            *strings("trace_state", records["trace_state"]),
            *strings("name", records["name"], keeps_empty=False),
            *values("kind", _KINDS.take(records["kind"])),
            *numbers("duration", _durations(records)),
            *values("attributes", records["attributes"]),
            *values("links", records["links"]),
            *dropped(records),
            *_status(records),
            *sender(records),
            *own(
                records, *numbers("is_error", records["is_error"]), *keys(records), *values("events", records["events"])
            ),
            "}",
        ]
    )


def _durations(records: Records) -> pa.Int64Array:
    """Nanoseconds; negative where a span ends before it starts."""
    return pc.subtract(records["end_time_unix_nano"], records["start_time_unix_nano"])


def _status(records: Records) -> Parts:
    """`status`, as the Collector writes it: without what is not set."""
    codes, messages = records["status_code"], records["status_message"]
    if messages.null_count == len(messages) and not codes.to_numpy(zero_copy_only=False).any():
        return [NO_STATUS]
    pairs = zip(codes.to_pylist(), messages.to_pylist(), strict=True)
    return [pa.array([_status_text(code, message) for code, message in pairs])]


def _status_text(code: int, message: str | None) -> str:
    if message is None:
        return f',"status":{{{_CODES[code]}}}'
    return f',"status":{{{_CODES[code]}{"," if code else ""}"message":{quote(message)}}}'
