"""Start-up: the segments that the catalog knows, each with its files in place."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import structlog

from correlator.errors import StoreError
from correlator.store.segments.disk import Disk
from correlator.store.segments.files.key_index import key_entries, key_index_of, read_key_index
from correlator.store.segments.files.segment import DATA, ERRORS, HAS_TRACES, INDEX, KEYS, Segment, SegmentBounds
from correlator.store.segments.files.segment_writer import write_index
from correlator.store.segments.files.trace_index import index_of, read_index

LOG = structlog.get_logger(__name__)
ROWS_AT_ONCE: Final = 65_536
"""As the merger has: some 31 MB of generated spans."""


def checked_segments(folder: Path, disk: Disk, known: Iterable[SegmentBounds]) -> list[Segment]:
    """By position. An index that is damaged or missing is made anew; raises StoreError where records are missing.

    Their sizes are what they have on disk now: an index may have come since the catalog was told.
    """
    segments = [Segment(folder, bounds) for bounds in sorted(known, key=lambda one: (one.first_position, one.signal))]
    for segment in segments:
        _check(segment, disk)
    return [Segment(folder, replace(segment.bounds, size=_bytes(segment))) for segment in segments]


def _check(segment: Segment, disk: Disk) -> None:
    needed = [DATA, ERRORS] if segment.bounds.errors else [DATA]
    missing = [path for path in map(segment.path.with_suffix, needed) if not path.exists()]
    if missing:
        raise StoreError(f"segment file {missing[0]} is missing; restore the data folder from a backup")
    if segment.bounds.signal in HAS_TRACES:
        _check_index(segment, disk)
        _check_keys(segment, disk)


def _check_index(segment: Segment, disk: Disk) -> None:
    path = segment.path.with_suffix(INDEX)
    try:
        read_index(path)
    except StoreError:
        LOG.warning("trace_index_made_anew", file=path.name)
        write_index(path, disk, index_of([segment.read(["trace_id"])["trace_id"]]))


def _check_keys(segment: Segment, disk: Disk) -> None:
    path = segment.path.with_suffix(KEYS)
    try:
        read_key_index(path)
    except StoreError:
        LOG.warning("key_index_made_anew", file=path.name, rows=segment.bounds.rows)
        write_index(path, disk, key_index_of(_key_entries(segment)))


def _key_entries(segment: Segment) -> Iterator[np.ndarray]:
    for first in range(0, segment.bounds.rows, ROWS_AT_ONCE):
        rows = range(first, min(first + ROWS_AT_ONCE, segment.bounds.rows))
        yield key_entries(segment.bounds.signal, segment.read_rows(rows), first)


def _bytes(segment: Segment) -> int:
    return sum(file.stat().st_size for file in segment.files if file.exists())
