"""The traces of one segment or of the heads, as columns: when each starts there, and which hold a matching span."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from correlator.model.unique_spans import unique_spans
from correlator.store.contract import TraceQuery
from correlator.store.segments.files.segment import Segment
from correlator.store.segments.files.trace_index import TraceIndex, id_words, index_of

COLUMNS = ("trace_id", "start_time_unix_nano", "is_error")


@dataclass(frozen=True, slots=True)
class TraceColumns:
    """Some traces: `high` and `low` are the halves of the ids as big-endian numbers; all are (traces,).

    `start` is the earliest start of a span of the trace, as far as looked at; `has_error` likewise.
    """

    high: np.ndarray
    low: np.ndarray
    start: np.ndarray
    has_error: np.ndarray

    def __len__(self) -> int:
        return len(self.high)

    def at(self, chosen: np.ndarray) -> "TraceColumns":
        return TraceColumns(self.high[chosen], self.low[chosen], self.start[chosen], self.has_error[chosen])

    def ids(self) -> list[bytes]:
        return [pair.tobytes() for pair in np.column_stack([self.high, self.low]).astype(">u8")]

    def with_earliest(self, traces: np.ndarray, start: np.ndarray, has_error: np.ndarray) -> "TraceColumns":
        """What another source tells of `traces`, given by their number here, taken in."""
        starts, errors = self.start.copy(), self.has_error.copy()
        starts[traces] = np.minimum(starts[traces], start)
        errors[traces] |= has_error
        return TraceColumns(self.high, self.low, starts, errors)


class TraceSource:
    """The traces of a segment or of the heads; `spans` has their rows, sorted, in the columns that `query` compares.

    `newest_start` bounds the start of every span from above.
    """

    def __init__(self, index: TraceIndex, traces: TraceColumns, spans: pa.Table | None, newest_start: int) -> None:
        self.index = index
        self.traces = traces
        self.newest_start = newest_start
        self._spans = spans

    def matching(self, query: TraceQuery) -> TraceColumns:
        """Traces of which one span here satisfies all of the filter."""
        if self._spans is None:
            return self.traces
        is_match = np.logical_and.reduce(_comparisons(self._spans, query))  # (spans,)
        return self.traces.at(np.logical_or.reduceat(is_match, self.index.first.astype(np.int64)))


def segment_traces(segment: Segment) -> TraceColumns:
    """All traces of a segment: 25 bytes each, and always the same."""
    return traces_at(segment.read(COLUMNS), segment.index.first.astype(np.int64))


def segment_source(segment: Segment, traces: TraceColumns, query: TraceQuery) -> TraceSource:
    """Reads only what the query compares; `traces` are those of the segment."""
    names = _compared(query)
    return TraceSource(segment.index, traces, segment.read(names) if names else None, segment.bounds.newest_time)


def head_source(spans: pa.Table, query: TraceQuery) -> TraceSource:
    """`spans` must not be empty, and may come in any order."""
    names = _compared(query)
    columns = unique_spans(spans).select(list(dict.fromkeys((*COLUMNS, *names)))).unify_dictionaries()
    words = id_words(columns["trace_id"])
    ordered = columns.take(pa.array(np.lexsort((words[:, 1], words[:, 0]))))
    index = index_of([ordered["trace_id"]])
    newest_start = pc.max(ordered["start_time_unix_nano"]).as_py()
    traces = traces_at(ordered, index.first.astype(np.int64))
    return TraceSource(index, traces, ordered if names else None, newest_start)


def traces_at(spans: pa.Table, first: np.ndarray) -> TraceColumns:
    """The traces that start at the rows `first` of `spans`, which has COLUMNS and one trace after the other."""
    ids = id_words(spans["trace_id"].take(pa.array(first)))  # (traces, 2)
    start = np.minimum.reduceat(spans["start_time_unix_nano"].to_numpy(), first)
    has_error = np.logical_or.reduceat(spans["is_error"].to_numpy(), first)
    return TraceColumns(ids[:, 0].copy(), ids[:, 1].copy(), start, has_error)


def _compared(query: TraceQuery) -> list[str]:
    """The columns that the query's filter looks at."""
    has_time = query.start_unix_nano is not None or query.end_unix_nano is not None
    has_duration = query.min_duration_nano is not None or query.max_duration_nano is not None
    looks_at = {
        "service_name": query.service_name is not None,
        "system": query.system is not None,
        "is_error": bool(query.error),
        "start_time_unix_nano": has_time or has_duration,
        "end_time_unix_nano": has_duration,
        "name": query.span_name is not None,
    }
    return [name for name, is_compared in looks_at.items() if is_compared]


def _comparisons(spans: pa.Table, query: TraceQuery) -> list[np.ndarray]:  # each (spans,)
    wanted = []
    if query.service_name is not None:
        wanted.append(_equals(spans["service_name"], query.service_name))
    if query.system is not None:
        wanted.append(_equals(spans["system"], query.system))
    if query.error:
        wanted.append(spans["is_error"].to_numpy())
    if query.start_unix_nano is not None:
        wanted.append(spans["start_time_unix_nano"].to_numpy() >= query.start_unix_nano)
    if query.end_unix_nano is not None:
        wanted.append(spans["start_time_unix_nano"].to_numpy() < query.end_unix_nano)
    if query.span_name is not None:
        wanted.append(pc.equal(spans["name"], query.span_name).to_numpy())
    if query.min_duration_nano is not None:
        wanted.append(_durations(spans) >= query.min_duration_nano)
    if query.max_duration_nano is not None:
        wanted.append(_durations(spans) <= query.max_duration_nano)
    return wanted


def _durations(spans: pa.Table) -> np.ndarray:  # (spans,) nanoseconds
    start, end = spans["start_time_unix_nano"].to_numpy(), spans["end_time_unix_nano"].to_numpy()
    durations: np.ndarray = np.maximum(end, start) - start
    return durations


def _equals(terms: pa.ChunkedArray, value: str) -> np.ndarray:
    """Compares the few distinct terms, not the rows; a null equals nothing."""
    parts = []
    for chunk in terms.chunks:
        is_value = np.append(pc.equal(chunk.dictionary, value).to_numpy(zero_copy_only=False).astype(bool), False)
        parts.append(is_value[chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False)])
    return np.concatenate(parts) if parts else np.zeros(0, dtype=bool)
