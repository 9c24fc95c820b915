"""Which segments are joined, and that joining keeps order and records."""

from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
import pytest

from correlator.store.segments.disk import Disk
from correlator.store.segments.files import segment, segment_writer
from correlator.store.segments.files.segment import Segment, SegmentBounds
from correlator.store.segments.head import Head
from correlator.store.segments.upkeep import merger
from correlator.store.segments.upkeep.merger import MergeAbandoned, choose_merge, merge
from correlator.store.segments.upkeep.sealer import seal
from tests.conformance.records import generated_trace, log, tables


def bounds(*rows: int) -> list[SegmentBounds]:
    """Neighbours of so many rows."""
    return [SegmentBounds("traces", at, at + 1, count, 1, 0, 0, 0, 0, -1) for at, count in enumerate(rows)]


@pytest.mark.parametrize(
    ("rows", "chosen"),
    [
        ((), ()),
        ((100, 100, 100), ()),
        ((100, 100, 100, 100), (0, 1, 2, 3)),
        ((400, 100, 100, 100, 100, 400), (1, 2, 3, 4)),
        ((100, 3, 100, 100, 100), (0, 1, 2, 3, 4)),
        ((100, 100, 3, 3), ()),
        ((900, 100, 900, 100), ()),
        ((501, 100, 100, 501, 100, 100), ()),
        ((300, 300, 300), ()),
        ((300, 300, 300, 300), (0, 1, 2)),
        ((400, 3, 400, 400, 400), (0, 1, 2)),
        ((200,) * 8, (0, 1, 2, 3, 4)),
    ],
)
def test_neighbours_of_a_tier_are_joined(rows: tuple[int, ...], chosen: tuple[int, ...]) -> None:
    """Four of about one size, or fewer that fill up 1,000 rows; what has half of that is done."""
    segments = bounds(*rows)
    assert choose_merge(segments, 4, 1_000) == [segments[number] for number in chosen]


def test_each_row_is_rewritten_few_times() -> None:
    """Sealing a thousand segments of 1,000 rows and merging as it goes rewrites a row about log(max)/log(fan in) times."""
    segments: list[SegmentBounds] = []
    written = 0
    for at in range(1_000):
        segments.append(SegmentBounds("logs", at, at + 1, 1_000, 1, 0, 0, 0, 0, -1))
        while chosen := choose_merge(segments, 8, 64_000):
            rows = sum(one.rows for one in chosen)
            joined = SegmentBounds("logs", chosen[0].first_position, chosen[-1].end_position, rows, 1, 0, 0, 0, 0, -1)
            first = segments.index(chosen[0])
            segments[first : first + len(chosen)] = [joined]
            written += rows
    assert written <= 2 * 1_000_000
    assert len(segments) < 1_000 / 64 + 16


def sealed(folder: Path, requests: int) -> list[Segment]:
    random, segments = Random(5), []
    for signal in ("traces", "logs"):
        (folder / signal).mkdir()
    for number in range(requests):
        head = Head(number)
        rows = [one for n in range(30) for one in generated_trace(random, 100 * n + number)]
        trace_ids = [row["trace_id"] if random.random() < 0.5 else None for row in rows]
        logs = [log(random.randrange(1_000), trace, is_error=random.random() < 0.3) for trace in trace_ids]
        head.append(tables(rows, logs), number, number + 1, 7)
        segments += [Segment(folder, one) for one in seal(folder, Disk(), head.view, number)]
    return segments


@pytest.mark.parametrize("part_rows", [7, 50, 100_000])
@pytest.mark.parametrize("signal", ["traces", "logs"])
def test_merging_in_parts_is_sorting_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part_rows: int, signal: str
) -> None:
    """However many parts, the result is in order, and has each record of each segment."""
    monkeypatch.setattr(merger, "PART_ROWS", part_rows)
    segments = [one for one in sealed(tmp_path, 4) if one.bounds.signal == signal]
    before = [row for segment in segments for row in segment.read().to_pylist()]
    merged = Segment(tmp_path, merge(tmp_path, Disk(), segments, lambda: True))
    after = merged.read().to_pylist()
    key = {"traces": "span_id", "logs": "time_unix_nano"}[signal]
    order = [(row["trace_id"] is None, row["trace_id"] or b"", row[key]) for row in after]
    assert order == sorted(order)
    assert sorted(map(repr, after)) == sorted(map(repr, before))
    assert merged.bounds.errors == sum(segment.bounds.errors for segment in segments)
    assert merged.bounds.oldest_time == min(segment.bounds.oldest_time for segment in segments)
    for trace in {row["trace_id"] for row in after if row["trace_id"]}:
        assert merged.read_trace(trace).num_rows == sum(row["trace_id"] == trace for row in after)


def test_a_merge_is_given_up_without_a_trace(tmp_path: Path) -> None:
    """When the store closes, the old segments are all that there is."""
    segments = sealed(tmp_path, 2)[::2]
    files = set(tmp_path.rglob("*"))
    with pytest.raises(MergeAbandoned):
        merge(tmp_path, Disk(), segments, lambda: False)
    assert set(tmp_path.rglob("*")) == files


@pytest.mark.parametrize("at_once", [1, 3, 1_000])
def test_rows_are_taken_from_a_few_row_groups_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """The same rows in the same order, however many groups are in memory at once; none at all, too."""
    monkeypatch.setattr(segment_writer, "ROW_GROUP_ROWS", 64)
    monkeypatch.setattr(segment, "GROUPS_AT_ONCE", at_once)
    spans = sealed(tmp_path, 4)[0]
    everything = spans.read(["span_id"])
    assert spans.footer.num_row_groups > 1
    for share in (0.0, 0.1, 1.0):
        rows = np.flatnonzero(np.random.default_rng(3).random(everything.num_rows) < share)
        assert spans.take(rows, ["span_id"]) == everything.take(pa.array(rows))
