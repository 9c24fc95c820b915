"""The keys by which records of different traces can know each other, for all records of some tables at once."""

import re
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from correlator import semconv
from correlator.correlate.stitch.key_attributes import LONGEST_ID, KeyAttributes, hash_texts, id_text, key_attributes
from correlator.correlate.stitch.linked_traces import linked_spans
from correlator.model.tables import TIME_COLUMNS, Tables

EXECUTION: Final = "execution:"
JOB: Final = "job:"
IDEMPOTENCY: Final = "idempotency:"
PAYLOAD: Final = "payload:"
TRACE: Final = "trace:"

KEYED: Final = pa.schema(
    [
        pa.field("key", pa.string()),  # see join_keys
        pa.field("trace_id", pa.binary(16)),  # of the record that carries it; null for a log record without one
        pa.field("span_id", pa.binary(8)),  # of the span, or the one that the log record names; null when not given
        pa.field("time_unix_nano", pa.int64()),  # a span's start; when a log record happened
        pa.field("position", pa.int64()),
        pa.field("row", pa.int32()),
        pa.field("signal", pa.string()),  # traces | logs
    ]
)

SLICE_ROWS: Final = 1 << 18
"""Looked at together: bounds what is copied at once; larger slices measured no faster."""
FEW_ROWS: Final = 500
"""Record by record up to here: 20 to 100 take a fifth to a third of what they take column by column, 1,000 as long."""
_ATTRIBUTES: Final = (
    semconv.N8N_EXECUTION_ID,
    semconv.N8N_EXECUTION_RETRY_OF,
    semconv.N8N_EXECUTION_PARENT_ID,
    semconv.JOB_ID,
    semconv.MESSAGING_MESSAGE_ID,
    semconv.JOB_IDEMPOTENCY_KEY,
    semconv.PAYLOAD_HASH,
)
_ANY_ATTRIBUTE: Final = f'"(?:{"|".join(map(re.escape, _ATTRIBUTES))})"'
"""Found in every text that has one of them, and in few others. Parsing only these takes half as long as parsing all."""
_FIELDS: Final = (
    (EXECUTION, ("execution_id", "retry_of", "parent_id")),
    (JOB, ("job_id", "message_id")),
    (IDEMPOTENCY, ("idempotency_key",)),
)
"""The fields of KeyAttributes that hold one id each, by the prefix of their keys."""
_READERS: Final = tuple((prefix, attrgetter(name)) for prefix, names in _FIELDS for name in names)
_Part = tuple[np.ndarray, pa.Array]
"""Numbers of records, and as many keys of theirs."""


def join_keys(tables: Tables) -> pa.Table:
    """A row of KEYED for each distinct key of each span and log record; records without a key have none.

    `execution:<id>`     n8n.execution.id, and those that n8n.execution.retry_of and .parent_id refer to
    `job:<id>`           correlator.job.id or messaging.message.id
    `idempotency:<key>`  correlator.job.idempotency_key
    `payload:<hash>`     correlator.payload.hash, each of an array
    `trace:<32 hex>`     of each span link that leads to another trace. To find what links to a trace, look for its own id

    An id is a text of at most LONGEST_ID characters, or an integer. In no particular order.
    """
    parts = [*_of_signal(tables.spans, "traces"), *_of_signal(tables.logs, "logs")]
    return pa.concat_tables(parts) if parts else KEYED.empty_table()


def _of_signal(records: pa.Table, signal: str) -> Iterator[pa.Table]:
    for start in range(0, records.num_rows, SLICE_ROWS):
        some = records.slice(start, SLICE_ROWS)
        parts = [*_by_attributes(some["attributes"]), *(_by_links(some) if signal == "traces" else ())]
        if any(len(keys) for _, keys in parts):
            yield _keyed(some, parts, signal)


def _by_attributes(texts: pa.ChunkedArray) -> Iterator[_Part]:
    if len(texts) <= FEW_ROWS:
        yield _of_lists("", list(map(_keys_of, key_attributes(pc.fill_null(texts, "{}")))))
    else:
        yield from _by_columns(texts)


def _keys_of(attributes: KeyAttributes) -> list[str]:
    """Of one record, each once."""
    given = ((prefix, value) for prefix, get in _READERS if (value := get(attributes)) is not None)
    keys = [prefix + text for prefix, value in given if (text := id_text(value)) is not None]
    if attributes.payload is not None:
        keys += [PAYLOAD + text for text in hash_texts(attributes.payload)]
    return list(dict.fromkeys(keys))


def _by_columns(texts: pa.ChunkedArray) -> Iterator[_Part]:
    """The same of many records: only those that name an id are parsed, and each kind of id is looked at once."""
    is_carrying = pc.match_substring_regex(texts, _ANY_ATTRIBUTE)
    carrying = np.flatnonzero(is_carrying)
    if len(carrying) == 0:
        return
    attributes = key_attributes(texts.filter(is_carrying))
    for prefix, names in _FIELDS:
        for places, keys in _of_columns(prefix, [list(map(attrgetter(name), attributes)) for name in names]):
            yield carrying[places], keys
    hashed = [number for number, it in enumerate(attributes) if it.payload]
    if hashed:
        places, keys = _of_lists(PAYLOAD, [hash_texts(attributes[number].payload) for number in hashed])
        yield carrying[hashed][places], keys


def _by_links(spans: pa.Table) -> Iterator[_Part]:
    is_linking = pc.is_valid(spans["links"])
    linking = np.flatnonzero(is_linking)
    if len(linking):
        own = [trace_id.hex() for trace_id in spans["trace_id"].filter(is_linking).to_pylist()]
        linked = linked_spans(spans["links"].filter(is_linking))
        others = [
            [other for other in dict.fromkeys(link.trace_id for link in links) if other != it]
            for it, links in zip(own, linked, strict=True)
        ]
        places, keys = _of_lists(TRACE, others)
        yield linking[places], keys


def _of_columns(prefix: str, columns: Sequence[Sequence[Any]]) -> Iterator[_Part]:
    """One key for each value; a value that an earlier column has at the same place counts once."""
    earlier: list[pa.Array] = []
    for column in columns:
        if column.count(None) == len(column):  # most senders name few of them
            continue
        texts = _id_texts(column)
        for other in earlier:
            texts = pc.if_else(pc.fill_null(pc.equal(texts, other), False), None, texts)
        earlier.append(texts)
        places = np.flatnonzero(pc.is_valid(texts))
        yield places, pc.binary_join_element_wise(prefix, texts.drop_null(), "")


def _of_lists(prefix: str, lists: Sequence[Sequence[str]]) -> _Part:
    """One key for each element."""
    places = np.repeat(np.arange(len(lists)), [len(each) for each in lists])
    return places, pa.array([f"{prefix}{value}" for each in lists for value in each], pa.string())


def _id_texts(values: Sequence[Any]) -> pa.Array:
    try:
        texts = pa.array(values, pa.string())
    except (pa.ArrowTypeError, pa.ArrowInvalid):  # some are no texts
        return pa.array([id_text(value) for value in values], pa.string())
    lengths = pc.utf8_length(texts)
    shortest, longest = pc.min_max(lengths).as_py().values()
    if longest is None or (shortest > 0 and longest <= LONGEST_ID):
        return texts
    return pc.if_else(pc.and_(pc.greater(lengths, 0), pc.less_equal(lengths, LONGEST_ID)), texts, None)


def _keyed(records: pa.Table, parts: Sequence[_Part], signal: str) -> pa.Table:
    """The rows of KEYED that `parts` tell."""
    rows = np.concatenate([rows for rows, _ in parts])
    carrying = records.select(["trace_id", "span_id", TIME_COLUMNS[signal], "position", "row"]).take(pa.array(rows))
    keys = pa.chunked_array([keys for _, keys in parts], pa.string())
    signals = pa.repeat(pa.scalar(signal, pa.string()), len(rows))
    return pa.Table.from_arrays([keys, *carrying.columns, signals], schema=KEYED)
