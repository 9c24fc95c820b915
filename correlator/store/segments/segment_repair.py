"""Start-up: the segments that the catalog knows, each with its files in place."""

from collections.abc import Iterable
from pathlib import Path

import structlog

from correlator.errors import StoreError
from correlator.store.segments.disk import Disk
from correlator.store.segments.segment import DATA, ERRORS, HAS_TRACES, INDEX, Segment, SegmentBounds
from correlator.store.segments.segment_writer import write_index
from correlator.store.segments.trace_index import index_of, read_index

LOG = structlog.get_logger(__name__)


def checked_segments(folder: Path, disk: Disk, known: Iterable[SegmentBounds]) -> list[Segment]:
    """By position. A damaged trace index is made anew; raises StoreError where records are missing."""
    segments = [Segment(folder, bounds) for bounds in sorted(known, key=lambda one: (one.first_position, one.signal))]
    for segment in segments:
        _check(segment, disk)
    return segments


def _check(segment: Segment, disk: Disk) -> None:
    needed = [DATA, ERRORS] if segment.bounds.errors else [DATA]
    missing = [path for path in map(segment.path.with_suffix, needed) if not path.exists()]
    if missing:
        raise StoreError(f"segment file {missing[0]} is missing; restore the data folder from a backup")
    if segment.bounds.signal in HAS_TRACES:
        _check_index(segment, disk)


def _check_index(segment: Segment, disk: Disk) -> None:
    path = segment.path.with_suffix(INDEX)
    try:
        read_index(path)
    except StoreError:
        LOG.warning("trace_index_made_anew", file=path.name)
        write_index(path, disk, index_of([segment.read(["trace_id"])["trace_id"]]))
