"""Each span once: senders repeat themselves when an acknowledgement was lost."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

WORDS = 3  # of 64 bits in (trace_id, span_id)


def unique_spans(spans: pa.Table) -> pa.Table:
    """One row for each (trace_id, span_id) of a SPANS table, in no particular order.

    Of several, the one that ended last is kept, then the one with the greatest attributes text, then the one that came
    first: the same answer whatever order they are in. Costs one sort of the ids; rows move only where there is a double.
    """
    if spans.num_rows < 2:
        return spans
    order, is_repeat = _sorted_by_identity(spans)
    if not is_repeat.any():
        return spans
    is_single = ~is_repeat
    is_single[:-1] &= ~is_repeat[1:]
    singles, doubles = np.sort(order[is_single]), order[~is_single]
    return pa.concat_tables([spans.take(pa.array(singles)), _first_of_each(spans.take(pa.array(doubles)))])


def has_double(spans: pa.Table) -> bool:
    """Whether any (trace_id, span_id) is there more than once; no other column is needed."""
    return spans.num_rows > 1 and bool(_sorted_by_identity(spans)[1].any())


def _sorted_by_identity(spans: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers in the order of the identity, and for each whether it has the identity of the one before."""
    identity = _identity(spans)  # (WORDS, spans)
    order = np.lexsort(identity)
    ordered = identity[:, order]
    is_repeat = np.zeros(len(order), dtype=bool)
    is_repeat[1:] = (ordered[:, 1:] == ordered[:, :-1]).all(axis=0)
    return order, is_repeat


def _first_of_each(doubles: pa.Table) -> pa.Table:
    order = pc.sort_indices(
        doubles,
        sort_keys=[
            ("trace_id", "ascending"),
            ("span_id", "ascending"),
            ("end_time_unix_nano", "descending"),
            ("attributes", "descending"),
            ("position", "ascending"),
            ("row", "ascending"),
        ],
    )
    ordered = doubles.take(order)
    identity = _identity(ordered)
    is_first = np.ones(identity.shape[1], dtype=bool)
    is_first[1:] = (identity[:, 1:] != identity[:, :-1]).any(axis=0)
    return ordered.filter(pa.array(is_first))


def _identity(spans: pa.Table) -> np.ndarray:  # (WORDS, spans) uint64, least significant word of the order first
    trace, span = _words(spans.column("trace_id"), 2), _words(spans.column("span_id"), 1)
    return np.ascontiguousarray(np.vstack([span.T, trace.T]))


def _words(column: pa.ChunkedArray, words: int) -> np.ndarray:  # (rows, words) uint64
    parts = [
        np.frombuffer(chunk.buffers()[1], dtype=np.uint64, count=words * len(chunk), offset=8 * words * chunk.offset)
        for chunk in column.chunks
        if len(chunk)
    ]
    return (np.concatenate(parts) if parts else np.empty(0, np.uint64)).reshape(-1, words)
