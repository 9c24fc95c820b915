"""Joins small segments: fewer files to look into, and stronger compression for what stays."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from correlator.model.tables import TIME_COLUMNS
from correlator.store.segments.disk import Disk
from correlator.store.segments.files.merged_keys import MergedKeys, with_origin
from correlator.store.segments.files.segment import HAS_TRACES, Segment, SegmentBounds
from correlator.store.segments.files.segment_writer import MERGE_LEVEL, SegmentSource, write_segment
from correlator.store.segments.upkeep.sealer import in_order

PART_ROWS: Final = 65_536
PART_BYTES: Final = 32 * 2**20
"""What is in memory at once, read, sorted and written: some 31 MB of generated spans."""


def choose_merge(segments: Sequence[SegmentBounds], fan_in: int, max_rows: int) -> Sequence[SegmentBounds]:
    """Neighbouring segments of one signal that are worth joining, smallest first; none where there are none.

    `segments` are of one signal, by position. Sizes fall into tiers of a factor `fan_in`; `fan_in` neighbours of a tier are
    joined, with lower ones between them, so that a record is rewritten about log(max_rows) / log(fan_in) times. A run
    that is longer than `max_rows` is joined up to there, however few they are. Over `max_rows / 2` a segment is done.
    """
    growing = [bounds for bounds in segments if bounds.rows <= max_rows // 2]
    for tier in sorted({_tier(bounds, fan_in) for bounds in growing}):
        for fits, run in groupby(
            segments, key=lambda bounds: bounds.rows <= max_rows // 2 and _tier(bounds, fan_in) <= tier
        ):
            neighbours = list(run) if fits else []
            chosen = _within(neighbours, max_rows)
            if sum(_tier(bounds, fan_in) == tier for bounds in chosen) >= fan_in:
                return chosen
            if len(chosen) < len(neighbours) and sum(bounds.rows for bounds in chosen) > max_rows // 2:
                return chosen
    return []


class MergeAbandoned(Exception):  # not an error: the store is closing, and the old segments stay
    """Nothing was merged."""


def merge(folder: Path, disk: Disk, segments: Sequence[Segment], is_wanted: Callable[[], bool]) -> SegmentBounds:
    """A durable segment with all records of `segments`, each span once.

    Raises OSError; MergeAbandoned as soon as it `is_wanted` no more.
    """
    signal = segments[0].bounds.signal
    parts = _by_ranges(segments) if signal in HAS_TRACES else _whole(segments)
    keys = MergedKeys([segment.keys for segment in segments] if signal in HAS_TRACES else [])
    source = SegmentSource(
        signal,
        segments[0].bounds.first_position,
        segments[-1].bounds.end_position,
        (in_order(signal, part) for part in _while_wanted(parts, is_wanted)),
        (segment.errors_after(-1, segment.bounds.errors)[0] for segment in segments if segment.bounds.errors),
        keys.entries,
    )
    return write_segment(folder, disk, source, MERGE_LEVEL)


def _while_wanted(parts: Iterator[pa.Table], is_wanted: Callable[[], bool]) -> Iterator[pa.Table]:
    for part in parts:
        if not is_wanted():
            raise MergeAbandoned
        yield part


def _tier(bounds: SegmentBounds, fan_in: int) -> int:
    tier, rows = 0, bounds.rows
    while rows >= fan_in:
        tier, rows = tier + 1, rows // fan_in
    return tier


def _within(run: list[SegmentBounds], max_rows: int) -> list[SegmentBounds]:
    """The oldest of the run that stay within `max_rows` together."""
    total = np.cumsum([bounds.rows for bounds in run])
    return run[: int(np.searchsorted(total, max_rows, side="right"))]


def _whole(segments: Sequence[Segment]) -> Iterator[pa.Table]:
    yield pa.concat_tables([segment.read() for segment in segments])


def _by_ranges(segments: Sequence[Segment]) -> Iterator[pa.Table]:
    """All records, one range of trace ids after the other; then, by ranges of time, those without a trace id."""
    keys = [(segment.index.high, segment.index.first, segment.index.rows) for segment in segments]
    yield from _pieces(segments, [_rows_at(*key, _split_points([high for high, *_ in keys], segments)) for key in keys])
    times = [_times_without_trace(segment) for segment in segments]
    points = _split_points(times, segments)
    yield from _pieces(
        segments,
        [
            segment.index.rows + _rows_at(time, np.arange(len(time)), len(time), points)
            for segment, time in zip(segments, times, strict=True)
        ],
    )


def _pieces(segments: Sequence[Segment], bounds: Sequence[np.ndarray]) -> Iterator[pa.Table]:
    """Rows [bounds[s][i], bounds[s][i + 1]) of every segment s, for each i, with their origin."""
    for i in range(len(bounds[0]) - 1):
        pieces = [
            with_origin(segment.read_rows(range(int(rows[i]), int(rows[i + 1]))), number, int(rows[i]))
            for number, (segment, rows) in enumerate(zip(segments, bounds, strict=True))
            if rows[i] < rows[i + 1]
        ]
        if pieces:
            yield pa.concat_tables(pieces)


def _split_points(keys: Sequence[np.ndarray], segments: Sequence[Segment]) -> np.ndarray:
    """Values that split the keys of all segments into even parts of bounded memory."""
    ordered = np.sort(np.concatenate(keys))
    rows = sum(segment.bounds.rows for segment in segments)
    parts = 1 + max(rows // PART_ROWS, sum(segment.decoded_bytes for segment in segments) // PART_BYTES)
    return (
        np.unique(ordered[np.linspace(0, len(ordered), parts + 1, dtype=np.int64)[1:-1]]) if len(ordered) else ordered
    )


def _rows_at(keys: np.ndarray, first: np.ndarray, rows: int, points: np.ndarray) -> np.ndarray:
    """The row at which each point falls: 0 first, `rows` last; (points + 2,)."""
    return np.concatenate([[0], np.append(first, rows)[np.searchsorted(keys, points, side="left")], [rows]]).astype(
        np.int64
    )


def _times_without_trace(segment: Segment) -> np.ndarray:
    rows = range(segment.index.rows, segment.bounds.rows)
    if not rows:
        return np.empty(0, np.int64)
    name = TIME_COLUMNS[segment.bounds.signal]
    times: np.ndarray = segment.read_rows(rows, [name])[name].to_numpy()
    return times
