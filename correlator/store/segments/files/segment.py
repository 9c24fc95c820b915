"""One immutable file of records of one signal: sorted Parquet, beside it its indexes and a copy of its errors.

`<name>.parquet` can be read with any tool; `<name>.index` (by trace), `<name>.keys` (by join key) and `<name>.errors`
(Parquet too, by log position) are ours. The name is the range of log positions that the records came from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from correlator.model.tables import NONE_OF, SCHEMAS
from correlator.store.segments.files.decoded_groups import DecodedGroups
from correlator.store.segments.files.key_index import KeyIndex, read_key_index
from correlator.store.segments.files.trace_index import TraceIndex, read_index

DATA: Final = ".parquet"
INDEX: Final = ".index"
KEYS: Final = ".keys"
ERRORS: Final = ".errors"
SUFFIXES: Final = (DATA, INDEX, KEYS, ERRORS)
TEMPORARY: Final = ".tmp"
GROUPS_AT_ONCE: Final = 8
"""Row groups in memory while rows are picked out of them: some 30 MB; 200 traces of a large segment lie in all of its groups."""
DECODED: Final = DecodedGroups(64 * 2**20)
"""Of all stores of a process: a dozen groups of whole spans, and no fewer than GROUPS_AT_ONCE of the largest that are written."""
FOOTERS_KEPT: Final = 32
"""Of all stores of a process: the footer of a million rows takes 2.5 MiB in memory, and 3 ms to read."""
HAS_TRACES: Final = frozenset({"traces", "logs"})


@dataclass(frozen=True, slots=True)
class SegmentBounds:
    """What the catalog knows of a segment. Positions [first, end) are of the log; times are unix nanoseconds, inclusive."""

    signal: str
    first_position: int
    end_position: int
    rows: int
    size: int  # bytes on disk, all files
    oldest_time: int
    newest_time: int
    newest_arrival: int
    errors: int
    last_error_position: int  # -1 when there is none

    @property
    def name(self) -> str:
        return f"{self.first_position:020d}-{self.end_position:020d}"


class Segment:
    """Reads one segment. Safe from any thread; the indexes are read once, the footer kept while it is in use."""

    def __init__(self, folder: Path, bounds: SegmentBounds) -> None:
        self.bounds = bounds
        self.path = folder / bounds.signal / f"{bounds.name}{DATA}"

    @property
    def files(self) -> tuple[Path, ...]:
        """All files that there may be."""
        return tuple(self.path.with_suffix(suffix) for suffix in SUFFIXES)

    @cached_property
    def index(self) -> TraceIndex:
        """Only where the signal HAS_TRACES."""
        return read_index(self.path.with_suffix(INDEX))

    @cached_property
    def keys(self) -> KeyIndex:
        """Only where the signal HAS_TRACES."""
        return read_key_index(self.path.with_suffix(KEYS))

    @property
    def footer(self) -> Any:
        return _footer_of(self)

    @cached_property
    def group_starts(self) -> np.ndarray:
        """First row of each row group, and the number of rows: (groups + 1,)."""
        footer = self.footer
        sizes = [footer.row_group(group).num_rows for group in range(footer.num_row_groups)]
        return np.concatenate([[0], np.cumsum(sizes)])

    @property
    def decoded_bytes(self) -> int:
        """Of all columns, decompressed."""
        footer = self.footer
        return sum(footer.row_group(group).total_byte_size for group in range(footer.num_row_groups))

    def release(self) -> None:
        """Unmap the indexes, forget what was decoded; both come again when they are needed."""
        DECODED.drop(self)
        for name in ("index", "keys"):
            self.__dict__.pop(name, None)

    def read(self, columns: Sequence[str] | None = None) -> pa.Table:
        """All rows, of all columns or of those named."""
        with self._open() as file:
            return self._whole(file.read(columns=None if columns is None else list(columns)), columns)

    def read_rows(self, rows: range, columns: Sequence[str] | None = None) -> pa.Table:
        """Consecutive rows; decodes only the row groups that they lie in, and keeps none: for who reads on from there."""
        return self._take_past_cache(np.arange(rows.start, rows.stop), columns)

    def take(self, rows: np.ndarray, columns: Sequence[str] | None = None) -> pa.Table:
        """Rows by ascending number; decodes only the row groups that they lie in, and keeps these unless they are many."""
        group_of_row = self._groups_of(rows)
        groups = np.unique(group_of_row)
        if not 0 < len(groups) <= GROUPS_AT_ONCE:
            return self._take_past_cache(rows, columns)
        names = SCHEMAS[self.bounds.signal].names if columns is None else columns
        bounds = np.searchsorted(group_of_row, np.append(groups, groups[-1] + 1))  # of the rows of each group
        parts = [
            self._decoded(int(group), names).take(pa.array(rows[first:end] - self.group_starts[group]))
            for group, first, end in zip(groups, bounds, bounds[1:], strict=False)
        ]
        return pa.concat_tables(parts)

    def _decoded(self, group: int, names: Sequence[str]) -> pa.Table:
        """All rows of a row group."""

        def decode(missing: list[str]) -> pa.Table:
            with self._open() as file:
                return self._whole(file.read_row_group(group, columns=missing, use_threads=False), missing)

        return DECODED.columns(self, group, names, decode)

    def _groups_of(self, rows: np.ndarray) -> np.ndarray:
        return np.searchsorted(self.group_starts, rows, side="right") - 1

    def _take_past_cache(self, rows: np.ndarray, columns: Sequence[str] | None) -> pa.Table:
        """Rows by ascending number, decoded GROUPS_AT_ONCE groups at a time."""
        group_of_row = self._groups_of(rows)
        groups = np.unique(group_of_row)
        names = None if columns is None else list(columns)
        with self._open() as file:
            parts = [
                self._take_from(file, groups[first : first + GROUPS_AT_ONCE], rows, group_of_row, names)
                for first in range(0, max(1, len(groups)), GROUPS_AT_ONCE)
            ]
        return pa.concat_tables(parts)

    def _take_from(
        self, file: Any, groups: np.ndarray, rows: np.ndarray, group_of_row: np.ndarray, columns: list[str] | None
    ) -> pa.Table:
        """Those of `rows` that lie in these row groups."""
        sizes = np.diff(self.group_starts)[groups]
        shift = self.group_starts[groups] - (np.cumsum(sizes) - sizes)  # (groups,)
        is_here = np.isin(group_of_row, groups)
        place = np.searchsorted(groups, group_of_row[is_here])
        table = file.read_row_groups(groups.tolist(), columns=columns, use_threads=len(groups) > 1)
        return self._whole(table, columns).take(pa.array(rows[is_here] - shift[place]))

    def read_trace(self, trace_id: bytes) -> pa.Table:
        """Rows of one trace; an empty table when there is none."""
        rows = self.index.find(trace_id)
        if not rows:
            return NONE_OF[self.bounds.signal]
        table = self.take(np.arange(rows.start, rows.stop))
        return table.filter(pc.equal(table["trace_id"], pa.scalar(trace_id, pa.binary(16))))

    def errors_after(self, position: int, enough_rows: int) -> tuple[pa.Table, bool]:
        """Errors above a log position in log order, and whether these are all.

        Where they are not all, there are more than `enough_rows`, of two requests at least.
        """
        tables: list[pa.Table] = []
        with pq.ParquetFile(self.path.with_suffix(ERRORS)) as file:
            for group in range(file.metadata.num_row_groups):
                if file.metadata.row_group(group).column(0).statistics.max <= position:
                    continue
                table = self._whole(file.read_row_group(group), None)
                tables.append(table.filter(pc.greater(table["position"], position)))
                if _is_enough(tables, enough_rows):
                    return pa.concat_tables(tables), group + 1 == file.metadata.num_row_groups
        return pa.concat_tables(tables) if tables else NONE_OF[self.bounds.signal], True

    def _whole(self, table: pa.Table, columns: Sequence[str] | None) -> pa.Table:
        """What was read with these columns, or all; those that an older program did not write are null."""
        schema = SCHEMAS[self.bounds.signal]
        names = schema.names if columns is None else columns
        if len(names) == table.num_columns:
            return table
        there = set(table.column_names)
        missing = [schema.field(name) for name in names if name not in there]
        for field in missing:
            table = table.append_column(field, pa.nulls(table.num_rows, field.type))
        return table.select(list(names))

    def _open(self) -> Any:
        return pq.ParquetFile(self.path, metadata=self.footer)


@lru_cache(FOOTERS_KEPT)
def _footer_of(segment: Segment) -> Any:
    return pq.read_metadata(segment.path)


def _is_enough(tables: list[pa.Table], rows: int) -> bool:
    first, last = tables[0]["position"][0], tables[-1]["position"][-1]
    return sum(table.num_rows for table in tables) > rows and bool(first != last)
