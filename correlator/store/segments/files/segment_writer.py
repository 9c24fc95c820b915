"""Writes a segment: sorted parts in, files out, each under a temporary name until it is whole and durable."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from correlator.model.tables import SCHEMAS, TIME_COLUMNS
from correlator.store.segments.disk import Disk
from correlator.store.segments.files.key_index import KeyIndex, key_index_of
from correlator.store.segments.files.segment import (
    DATA,
    ERRORS,
    HAS_TRACES,
    INDEX,
    KEYS,
    SUFFIXES,
    TEMPORARY,
    SegmentBounds,
)
from correlator.store.segments.files.trace_index import TraceIndex, index_of

ROW_GROUP_ROWS: Final = 8_192
"""A trace is read by decoding one row group: 3.5 ms for 8,192 generated spans, 2.1 ms for 4,096 but 1.4 % more bytes."""
ROW_GROUP_BYTES: Final = 8 * 2**20
ROW_GROUP_ROWS_MIN: Final = 64
SEAL_LEVEL: Final = 6
MERGE_LEVEL: Final = 9
"""zstd. Measured on 131,072 generated spans: level 1 67.2 B a span in 0.12 s, 3 69.1 in 0.13, 6 64.2 in 0.35, 9 62.1 in 0.51.
Sealing at 1 let 6 % more spans in a second; all that lies beside the spans included, 70 B a span needed 6 and 9."""
DISTINCT: Final = frozenset({"span_id", "parent_span_id", "attributes", "body", "exemplars", "buckets", "row"})
"""Columns of (nearly) distinct values, for which a dictionary only costs; times and rows have an encoding of their own."""
NUMBER_ENCODING: Final = "DELTA_BINARY_PACKED"
"""Every reader knows it. BYTE_STREAM_SPLIT is 1.1 to 1.5 B a span smaller, but no DuckDB before 2.0 reads it for integers."""


@dataclass(slots=True)
class _Sums:
    """Bounds, as far as written."""

    rows: int = 0
    oldest_time: int = 2**63 - 1
    newest_time: int = -(2**63)
    newest_arrival: int = -(2**63)
    trace_ids: list[pa.ChunkedArray] = field(default_factory=list)
    key_entries: list[np.ndarray] = field(default_factory=list)

    def add(self, source: "SegmentSource", table: pa.Table) -> None:
        signal = source.signal
        times = pc.min_max(table[TIME_COLUMNS[signal]])
        self.oldest_time = min(self.oldest_time, times["min"].as_py())
        self.newest_time = max(self.newest_time, times["max"].as_py())
        self.newest_arrival = max(self.newest_arrival, pc.max(table["arrival_unix_nano"]).as_py())
        if signal in HAS_TRACES:
            self.trace_ids.append(table["trace_id"])
            self.key_entries.append(source.key_entries(table, self.rows))
        self.rows += table.num_rows


@dataclass(frozen=True, slots=True)
class SegmentSource:
    """What goes into a segment: records in the order of the signal, and the errors among them in log order.

    `key_entries` tells the keys of a part whose first row has that number, as key_index.key_entries; a part may have
    columns for it that are not written. Asked only where the signal HAS_TRACES.
    """

    signal: str
    first_position: int
    end_position: int
    parts: Iterable[pa.Table]
    errors: Iterable[pa.Table]
    key_entries: Callable[[pa.Table, int], np.ndarray]


def write_segment(folder: Path, disk: Disk, source: SegmentSource, level: int) -> SegmentBounds:
    """Durable files of a segment, complete before the catalog hears of it. Whatever it raises, it leaves no file then."""
    target = folder / source.signal / f"{source.first_position:020d}-{source.end_position:020d}{DATA}"
    try:
        return _write_files(target, disk, source, level)
    except BaseException:
        for suffix in SUFFIXES:
            disk.unlink(target.with_suffix(suffix))
            disk.unlink(target.with_suffix(suffix + TEMPORARY))
        raise


def _write_files(target: Path, disk: Disk, source: SegmentSource, level: int) -> SegmentBounds:
    sums = _Sums()
    _write_parquet(target, disk, source.signal, _summed(source, sums), level)
    files = [target]
    errors, last_error = 0, -1
    if source.signal in HAS_TRACES:
        files.append(write_index(target.with_suffix(INDEX), disk, index_of(sums.trace_ids)))
        files.append(write_index(target.with_suffix(KEYS), disk, key_index_of(sums.key_entries)))
        errors, last_error = _write_errors(target.with_suffix(ERRORS), disk, source, level)
        files += [target.with_suffix(ERRORS)] if errors else []
    return SegmentBounds(
        source.signal,
        source.first_position,
        source.end_position,
        sums.rows,
        sum(file.stat().st_size for file in files),
        sums.oldest_time,
        sums.newest_time,
        sums.newest_arrival,
        errors,
        last_error,
    )


def write_index(target: Path, disk: Disk, index: TraceIndex | KeyIndex) -> Path:
    """The path of the durable file."""
    temporary = target.with_name(target.name + TEMPORARY)
    with disk.new_stream(temporary) as stream:
        stream.write(index.encode())
    disk.put(temporary, target)
    return target


def group_rows(table_bytes: int, rows: int) -> int:
    """Rows of a row group, so that one is quick to decode also where records are large."""
    fitting = ROW_GROUP_BYTES * rows // max(1, table_bytes)
    return int(np.clip(fitting, ROW_GROUP_ROWS_MIN, ROW_GROUP_ROWS))


def _summed(source: SegmentSource, sums: _Sums) -> Iterator[pa.Table]:
    for part in source.parts:
        sums.add(source, part)
        yield part.select(SCHEMAS[source.signal].names)


def _write_parquet(target: Path, disk: Disk, signal: str, parts: Iterable[pa.Table], level: int) -> None:
    temporary = target.with_name(target.name + TEMPORARY)
    with (
        disk.new_stream(temporary) as stream,
        pq.ParquetWriter(stream, SCHEMAS[signal], **_layout(signal, level)) as writer,
    ):
        for part in parts:
            writer.write_table(part, row_group_size=group_rows(part.nbytes, part.num_rows))
    disk.put(temporary, target)


def _write_errors(target: Path, disk: Disk, source: SegmentSource, level: int) -> tuple[int, int]:
    """How many errors there are, and the log position of the last; no file where there is none."""
    parts = (part for part in source.errors if part.num_rows)
    first = next(parts, None)
    if first is None:
        return 0, -1
    rows, last = 0, -1

    def counted() -> Iterator[pa.Table]:
        nonlocal rows, last
        for part in _gathered(chain([first], parts)):
            rows, last = rows + part.num_rows, part["position"][-1].as_py()
            yield part

    _write_parquet(target, disk, source.signal, counted(), level)
    return rows, last


def _gathered(parts: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The same rows in parts of ROW_GROUP_ROWS and more: each part costs a row group."""
    waiting: list[pa.Table] = []
    for part in parts:
        waiting.append(part)
        if sum(table.num_rows for table in waiting) >= ROW_GROUP_ROWS:
            yield pa.concat_tables(waiting)
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting)


def _layout(signal: str, level: int) -> dict[str, Any]:
    names = SCHEMAS[signal].names
    numbers = ["row", *(name for name in names if name.endswith("time_unix_nano"))]
    encodings = dict.fromkeys(numbers, NUMBER_ENCODING)
    return {
        "compression": "zstd",
        "compression_level": level,
        "use_dictionary": [name for name in names if name not in DISTINCT and name not in encodings],
        "column_encoding": encodings,
        "store_schema": True,
    }
