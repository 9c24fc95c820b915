"""The traces of one segment or of the heads, as columns: when each starts there, and which hold a matching span."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from correlator.model.unique_spans import unique_spans
from correlator.store.contract import TraceQuery
from correlator.store.segments.segment import Segment
from correlator.store.segments.trace_index import TraceIndex, id_words, index_of

COLUMNS = ("trace_id", "start_time_unix_nano", "is_error", "service_name", "system")


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
    """All spans of a segment or of the heads; `newest_start` bounds their starts from above."""

    def __init__(self, index: TraceIndex, spans: pa.Table, newest_start: int) -> None:
        self.index = index
        self.newest_start = newest_start
        self._spans = spans
        self._first = index.first.astype(np.int64)
        ids = id_words(spans["trace_id"].take(pa.array(self._first)))  # (traces, 2)
        self.traces = TraceColumns(ids[:, 0], ids[:, 1], *earliest(spans, self._first))

    def matching(self, query: TraceQuery) -> TraceColumns:
        """Traces of which one span here satisfies all of the filter."""
        spans, wanted = self._spans, []
        start = spans["start_time_unix_nano"].to_numpy()
        if query.service_name is not None:
            wanted.append(_equals(spans["service_name"], query.service_name))
        if query.system is not None:
            wanted.append(_equals(spans["system"], query.system))
        if query.error:
            wanted.append(spans["is_error"].to_numpy())
        if query.start_unix_nano is not None:
            wanted.append(start >= query.start_unix_nano)
        if query.end_unix_nano is not None:
            wanted.append(start < query.end_unix_nano)
        if not wanted:
            return self.traces
        return self.traces.at(np.logical_or.reduceat(np.logical_and.reduce(wanted), self._first))


def segment_source(segment: Segment) -> TraceSource:
    return TraceSource(segment.index, segment.read(COLUMNS), segment.bounds.newest_time)


def head_source(spans: pa.Table) -> TraceSource:
    """`spans` must not be empty, and may come in any order."""
    columns = unique_spans(spans).select(COLUMNS).unify_dictionaries()
    words = id_words(columns["trace_id"])
    ordered = columns.take(pa.array(np.lexsort((words[:, 1], words[:, 0]))))
    newest_start = pc.max(ordered["start_time_unix_nano"]).as_py()
    return TraceSource(index_of([ordered["trace_id"]]), ordered, newest_start)


def earliest(spans: pa.Table, first: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Earliest start, and whether there is an error, of the traces that start at the rows `first`."""
    return (
        np.minimum.reduceat(spans["start_time_unix_nano"].to_numpy(), first),
        np.logical_or.reduceat(spans["is_error"].to_numpy(), first),
    )


def _equals(terms: pa.ChunkedArray, value: str) -> np.ndarray:
    """Compares the few distinct terms, not the rows; a null equals nothing."""
    parts = []
    for chunk in terms.chunks:
        is_value = np.append(pc.equal(chunk.dictionary, value).to_numpy(zero_copy_only=False).astype(bool), False)
        parts.append(is_value[chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False)])
    return np.concatenate(parts) if parts else np.zeros(0, dtype=bool)
