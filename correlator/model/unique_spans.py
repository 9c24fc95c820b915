"""Each span once: senders repeat themselves when an acknowledgement was lost."""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from correlator.model.marks import Mark

MIXERS: Final = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)
"""Odd numbers without a pattern (xxHash's primes), one for each word of an identity."""

IS_RETOLD: Final = "is_retold"
"""A column of our own, next to those of SPANS."""


def unique_spans(spans: pa.Table) -> pa.Table:
    """One row for each (trace_id, span_id) of a SPANS table, in no particular order.

    Of several, the sender's own is kept before one that another has told of (Mark.RECONSTRUCTED), then the one that ended
    last, then the one with the greatest attributes text, then the one that came first: the same answer whatever order they
    are in. Costs one sort of numbers; rows move only where there is a double.
    """
    rows = _suspects(_identity(spans))
    if len(rows) == 0:
        return spans
    is_single = np.ones(spans.num_rows, dtype=bool)
    is_single[rows] = False
    return pa.concat_tables([spans.filter(pa.array(is_single)), _first_of_each(spans.take(pa.array(rows)))])


def identity_hashes(spans: pa.Table) -> np.ndarray:  # (spans,) uint64
    """A number for each span that is the same for the same (trace_id, span_id), and hardly ever for another."""
    return _hashes(_identity(spans))


def has_double(spans: pa.Table) -> bool:
    """Whether any (trace_id, span_id) is there more than once; no other column is needed."""
    identity = _identity(spans)
    suspects = identity[:, _suspects(identity)]  # (words, suspects)
    ordered = suspects[:, np.lexsort(suspects)]
    return bool((ordered[:, 1:] == ordered[:, :-1]).all(axis=0).any())


def _suspects(identity: np.ndarray) -> np.ndarray:
    """Rows that share a hash with another: all doubles, and hardly any others."""
    hashes = _hashes(identity)
    ordered = np.sort(hashes)
    shared = ordered[1:][ordered[1:] == ordered[:-1]]
    return np.flatnonzero(np.isin(hashes, shared)) if len(shared) else np.empty(0, dtype=np.int64)


def _hashes(identity: np.ndarray) -> np.ndarray:
    hashes: np.ndarray = (identity * MIXERS[:, None]).sum(axis=0, dtype=np.uint64)  # (spans,), modulo 2^64
    return hashes


def _first_of_each(doubles: pa.Table) -> pa.Table:
    is_retold = pc.bit_wise_and(doubles["marks"], pa.scalar(int(Mark.RECONSTRUCTED), pa.int32()))
    order = pc.sort_indices(
        doubles.append_column(IS_RETOLD, is_retold),
        sort_keys=[
            ("trace_id", "ascending"),
            ("span_id", "ascending"),
            (IS_RETOLD, "ascending"),
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


def _identity(spans: pa.Table) -> np.ndarray:  # (3, spans) uint64
    trace, span = _words(spans.column("trace_id"), 2), _words(spans.column("span_id"), 1)
    return np.ascontiguousarray(np.vstack([span.T, trace.T]))


def _words(column: pa.ChunkedArray, words: int) -> np.ndarray:  # (rows, words) uint64
    parts = [
        np.frombuffer(chunk.buffers()[1], dtype=np.uint64, count=words * len(chunk), offset=8 * words * chunk.offset)
        for chunk in column.chunks
        if len(chunk)
    ]
    return (np.concatenate(parts) if parts else np.empty(0, np.uint64)).reshape(-1, words)
