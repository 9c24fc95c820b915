"""The keys by which records of different traces can know each other, for all records of some tables at once."""

import re
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from correlator import semconv
from correlator.correlate.stitch.key_attributes import LONGEST_ID, hash_texts, id_text, key_attributes
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
    names = ["trace_id", "span_id", TIME_COLUMNS[signal], "position", "row", "attributes"]
    columns = records.select([*names, "links"] if signal == "traces" else names)
    for start in range(0, columns.num_rows, SLICE_ROWS):
        some = columns.slice(start, SLICE_ROWS)
        for carrying, keys in (*_by_attributes(some), *(_by_links(some) if signal == "traces" else ())):
            yield _keyed(carrying, keys, signal)


def _by_attributes(records: pa.Table) -> Iterator[tuple[pa.Table, Sequence[str]]]:
    """Records, and as many keys of theirs."""
    carrying = records.filter(pc.match_substring_regex(pc.field("attributes"), _ANY_ATTRIBUTE))
    if carrying.num_rows == 0:
        return
    attributes = key_attributes(carrying["attributes"])
    for prefix, names in _FIELDS:
        yield from _of_columns(carrying, prefix, [list(map(attrgetter(name), attributes)) for name in names])
    yield _of_lists(carrying, PAYLOAD, [hash_texts(it.payload) if it.payload else () for it in attributes])


def _by_links(spans: pa.Table) -> Iterator[tuple[pa.Table, Sequence[str]]]:
    linking = spans.filter(pc.is_valid(pc.field("links")))
    if linking.num_rows:
        own = [trace_id.hex() for trace_id in linking["trace_id"].to_pylist()]
        linked = (dict.fromkeys(link.trace_id for link in links) for links in linked_spans(linking["links"]))
        others = [[other for other in each if other != it] for it, each in zip(own, linked, strict=True)]
        yield _of_lists(linking, TRACE, others)


def _of_columns(
    records: pa.Table, prefix: str, columns: Sequence[Sequence[Any]]
) -> Iterator[tuple[pa.Table, Sequence[str]]]:
    """One key for each value; a value that an earlier column has for the same record counts once."""
    earlier: list[pa.Array] = []
    for column in columns:
        texts = _id_texts(column)
        for other in earlier:
            texts = pc.if_else(pc.fill_null(pc.equal(texts, other), False), None, texts)
        earlier.append(texts)
        is_given = pc.is_valid(texts)
        if is_given.true_count:
            yield records.filter(is_given), pc.binary_join_element_wise(prefix, texts.filter(is_given), "")


def _of_lists(records: pa.Table, prefix: str, lists: Sequence[Sequence[str]]) -> tuple[pa.Table, Sequence[str]]:
    """One key for each element."""
    rows = np.repeat(np.arange(len(lists)), [len(each) for each in lists])
    return records.take(pa.array(rows)), [f"{prefix}{value}" for each in lists for value in each]


def _id_texts(values: Sequence[Any]) -> pa.Array:
    try:
        texts = pa.array(values, pa.string())
    except (pa.ArrowTypeError, pa.ArrowInvalid):  # some are no texts
        return pa.array([id_text(value) for value in values], pa.string())
    length = pc.utf8_length(texts)
    return pc.if_else(pc.and_(pc.greater(length, 0), pc.less_equal(length, LONGEST_ID)), texts, None)


def _keyed(records: pa.Table, keys: Sequence[str], signal: str) -> pa.Table:
    columns = [records[index] for index in range(5)]  # trace id, span id, time, position, row
    return pa.Table.from_arrays([pa.array(keys, pa.string()), *columns, _signals(signal, len(keys))], schema=KEYED)


def _signals(signal: str, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(signal, pa.string()), count)
