"""Log records as documents. A body that was sent as a map or a list is there twice: as text, which `message` finds, and by its fields."""

from json.encoder import encode_basestring as quote
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from correlator.elasticsearch.documents.json_columns import (
    Parts,
    Texts,
    identifiers,
    joined,
    numbers,
    strings,
    times,
    values,
)
from correlator.elasticsearch.documents.record_texts import Records, dropped, keys, opening, own, sender
from correlator.model.marks import Mark

STRUCTURED_LENGTH: Final = 30_000
"""Bytes. Over it, a body is text only: a field of it could exceed Lucene's longest term (32,766), and its document be refused."""
NUL: Final = r"\u0000"  # as JSON has it; in a name it makes Elasticsearch refuse the document


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
            *dropped(records),
            *_bodies(records),
            *sender(records),
            *own(records, *numbers("is_error", records["is_error"]), *keys(records)),
            "}",
        ]
    )


def _bodies(records: Records) -> Parts:
    is_structured = pc.not_equal(pc.bit_wise_and(records["marks"], int(Mark.STRUCTURED_BODY)), 0)
    if not pc.any(is_structured).as_py():
        return strings("text", records["body"], within="body")
    bodies = zip(records["body"].to_pylist(), is_structured.to_pylist(), strict=True)
    written = [None if text is None else _body(text, structured) for text, structured in bodies]
    return values("body", pa.array(written, pa.string()))


def _body(text: str, is_structured: bool) -> str:
    if not is_structured or len(text.encode()) > STRUCTURED_LENGTH or NUL in text:
        return f'{{"text":{quote(text)}}}'
    return f'{{"text":{quote(text)},"structured":{_structured(text)}}}'


def _structured(text: str) -> str:
    """An index takes objects only: a list of anything else becomes one with the one field `value`, as the Collector has it."""
    if text.startswith("{") or all(
        item.startswith(b"{") for item in map(bytes, msgspec.json.decode(text, type=list[msgspec.Raw]))
    ):
        return text
    return f'{{"value":{text}}}'
