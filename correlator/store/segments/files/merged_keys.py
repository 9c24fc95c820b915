"""The keys of a merged segment, from the indexes of those that it is made of: no record is parsed again."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa

from correlator.store.segments.files.key_index import KeyIndex

ORIGIN: Final = "origin"
"""The column that tells where a row of a part lay: the number of its segment above, the row there below."""
ROW_BITS: Final = 32


def with_origin(rows: pa.Table, segment: int, first_row: int) -> pa.Table:
    """Consecutive rows of a segment, from `first_row` on, with their ORIGIN."""
    first = (segment << ROW_BITS) + first_row
    return rows.append_column(ORIGIN, pa.array(np.arange(first, first + rows.num_rows)))


class MergedKeys:
    """Of the segments in their order; `entries` is what key_index.key_entries gives, for rows with an ORIGIN."""

    def __init__(self, indexes: Sequence[KeyIndex]) -> None:
        orders = [np.argsort(index.rows, kind="stable") for index in indexes]
        self._rows = [index.rows[order].astype(np.int64) for index, order in zip(indexes, orders, strict=True)]
        self._hashes = [index.hashes[order].astype(np.uint64) for index, order in zip(indexes, orders, strict=True)]

    def entries(self, part: pa.Table, first_row: int) -> np.ndarray:
        """`part` is in its new order; a span that gave way to its double is not in it."""
        origin = part[ORIGIN].to_numpy()
        segments, rows = origin >> ROW_BITS, origin & (1 << ROW_BITS) - 1
        found = [
            self._entries_of(segment, rows[here], here + first_row)
            for segment, here in ((segment, np.flatnonzero(segments == segment)) for segment in np.unique(segments))
        ]
        return np.concatenate([np.empty(0, np.uint64), *found])

    def _entries_of(self, segment: int, old: np.ndarray, new: np.ndarray) -> np.ndarray:
        """`old` are row numbers in the segment, in any order; `new` those that they have now."""
        low, high = old.min(), old.max()
        new_of_old = np.full(high - low + 1, -1)
        new_of_old[old - low] = new
        rows = self._rows[segment]
        around = slice(np.searchsorted(rows, low, "left"), np.searchsorted(rows, high, "right"))
        moved = new_of_old[rows[around] - low]
        is_kept = moved >= 0
        hashes, rows_now = self._hashes[segment][around][is_kept], moved[is_kept].astype(np.uint64)
        entries: np.ndarray = (hashes << np.uint64(ROW_BITS)) | rows_now
        return entries
