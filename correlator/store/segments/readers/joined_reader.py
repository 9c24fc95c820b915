"""The records that carry a join key: rows from the key indexes, of each key only the first ones read whole.

A few columns of all candidates are read to put them in order; then as many whole rows as can fill the page. A candidate may
fall out there: its hash was that of another key, or the span gave way to another version of itself. Only where so many fall
out that a key has too few, more are read.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from correlator.model.tables import NONE_OF, SCHEMAS, TIME_COLUMNS, Tables
from correlator.model.unique_spans import unique_spans
from correlator.store.joined_page import carried_keys, first_of_each_key, records_named, rows_at, within
from correlator.store.segments.files.key_index import KeyIndex
from correlator.store.segments.files.trace_index import id_words
from correlator.store.segments.readers.doubles import IDENTITY, PRECEDENCE
from correlator.store.segments.readers.trace_reader import records_of
from correlator.store.segments.view import View

CANDIDATES: Final = pa.schema(
    [
        ("key", pa.string()),
        ("time_unix_nano", pa.int64()),
        ("trace_id", pa.binary(16)),
        ("span_id", pa.binary(8)),
        ("position", pa.int64()),
        ("row", pa.int32()),
        ("signal", pa.string()),
        ("source", pa.int32()),
        ("source_row", pa.int64()),
    ]
)
PAIR: Final = ("key", "signal", "position", "row")
"""A key and who carries it."""
Take = Callable[[np.ndarray, Sequence[str]], pa.Table]


@dataclass(frozen=True, slots=True)
class _Source:
    """A segment, or a table of a head; `take` reads these columns of rows by ascending number."""

    signal: str
    keys: KeyIndex
    take: Take


def find_joined(view: View, keys: Sequence[str], start_unix_nano: int, end_unix_nano: int, limit: int) -> Tables:
    """The contract's find_joined."""
    sources = list(_sources(view, start_unix_nano, end_unix_nano))
    candidates = within(_candidates(sources, sorted(set(keys))), start_unix_nano, end_unix_nano)
    if candidates.num_rows == 0:
        return Tables()
    enough = limit + 1
    while True:
        likely = first_of_each_key(candidates, enough)
        records = _as_read(view, _whole(sources, likely))
        carried = _among(carried_keys(records, keys), likely)
        if not _counts(candidates, over=enough) - _counts(carried, over=limit):
            return records_named(records, first_of_each_key(carried, limit + 1))
        enough *= 2


def _sources(view: View, start: int, end: int) -> Iterator[_Source]:
    for signal in ("traces", "logs"):
        for segment in view.within(signal, start, end).of_signal(signal):
            if len(segment.keys):
                yield _Source(signal, segment.keys, segment.take)
        for head in view.heads:
            for run in head.runs_of(signal):
                yield _Source(signal, run.keys, partial(_take, run.table))


def _take(table: pa.Table, rows: np.ndarray, columns: Sequence[str]) -> pa.Table:
    return table.select(list(columns)).take(pa.array(rows))


def _candidates(sources: Sequence[_Source], keys: Sequence[str]) -> pa.Table:
    """A row for each key and each record that seems to carry it."""
    parts = [
        _candidates_in(source, number, keys, found)
        for number, source in enumerate(sources)
        if any(map(len, found := [source.keys.find(key) for key in keys]))
    ]
    return pa.concat_tables([CANDIDATES.empty_table(), *parts])


def _candidates_in(source: _Source, number: int, keys: Sequence[str], found: Sequence[np.ndarray]) -> pa.Table:
    """`found` has the rows of each key."""
    key_of = np.repeat(np.arange(len(keys)), list(map(len, found)))  # (candidates,)
    rows, place = np.unique(np.concatenate(found).astype(np.int64), return_inverse=True)
    time = TIME_COLUMNS[source.signal]
    told = source.take(rows, (time, "trace_id", "span_id", "position", "row")).take(pa.array(place))
    columns = [
        pa.array(keys, pa.string()).take(pa.array(key_of)),
        *told.columns,
        pa.repeat(source.signal, len(place)),
        pa.repeat(pa.scalar(number, pa.int32()), len(place)),
        pa.array(rows[place]),
    ]
    return pa.table(columns, schema=CANDIDATES)


def _whole(sources: Sequence[_Source], chosen: pa.Table) -> Tables:
    """The records that these candidates name, each once."""
    number, row = chosen["source"].to_numpy(), chosen["source_row"].to_numpy()
    tables: dict[str, list[pa.Table]] = {signal: [NONE_OF[signal]] for signal in TIME_COLUMNS}
    for source in np.unique(number):
        signal = sources[source].signal
        tables[signal].append(sources[source].take(np.unique(row[number == source]), SCHEMAS[signal].names))
    return Tables(*(pa.concat_tables(parts) for parts in tables.values()))


def _as_read(view: View, records: Tables) -> Tables:
    """Without the spans that gave way to another version, wherever that lies."""
    columns = (*IDENTITY, *PRECEDENCE)
    trace_ids = _shared(view, records.spans["trace_id"].unique())
    if not len(trace_ids):
        return records
    versions = records_of(view, "traces", trace_ids, columns)
    kept = unique_spans(pa.concat_tables([records.spans.select(list(columns)), versions]))
    return records.with_spans(rows_at(records.spans, kept))


def _shared(view: View, trace_ids: pa.Array) -> list[bytes]:
    """Those of the traces that may have a span twice: in two segments, or in a head."""
    words = id_words(pa.chunked_array([trace_ids]))
    segments = np.zeros(len(trace_ids), dtype=np.int64)
    for segment in view.of_signal("traces"):
        segments += segment.index.locate(words[:, 0], words[:, 1]) >= 0
    recent = view.head_records("traces")["trace_id"]
    is_in_head = pc.is_in(trace_ids, value_set=recent.filter(pc.is_in(recent, value_set=trace_ids)).unique())
    shared: list[bytes] = trace_ids.filter(pc.or_(pa.array(segments > 1), is_in_head)).to_pylist()
    return shared


def _among(carried: pa.Table, likely: pa.Table) -> pa.Table:
    """Those that are `likely`: a record that was read for one key may carry another, of which others come first."""
    wanted = set(_pairs(likely))
    return carried.filter(pa.array([pair in wanted for pair in _pairs(carried)], pa.bool_()))


def _pairs(carried: pa.Table) -> Iterator[tuple[object, ...]]:
    return zip(*(carried[name].to_pylist() for name in PAIR), strict=True)


def _counts(carried: pa.Table, over: int) -> set[str]:
    """The keys that more than `over` records carry."""
    if carried.num_rows <= over:
        return set()
    counts = pc.value_counts(carried["key"].combine_chunks())
    return set(counts.field("values").filter(pc.greater(counts.field("counts"), over)).to_pylist())
