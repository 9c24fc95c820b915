"""What goes on in the background: sealing, merging, retention."""

import time
from collections import Counter
from pathlib import Path

from correlator.store.segments import SegmentStore
from tests.conformance.records import T0
from tests.unit.store.segments.segment_stores import DAY, FullForSegments, bodies, expected, opened, put, wait_until


def test_a_full_head_is_sealed_and_its_log_dropped(tmp_path: Path) -> None:
    """In the background, without being asked; segments are merged there, too: two at most of each of three tiers remain."""
    store = opened(tmp_path, seal_rows=6, log_file_bytes=2_000, upkeep_interval_s=0.01, merge_fan_in=3)
    for number in range(30):
        put(store, number, arrival=time.time_ns())
    assert wait_until(lambda: store.stats().head_rows == 0 and store.stats().segments <= 3 * 2 * 3)
    assert wait_until(lambda: store.stats().log_bytes < 4_000)
    assert bodies(store) == expected(*range(30))
    store.close()


def test_an_old_head_is_sealed(tmp_path: Path) -> None:
    """What waits longer than seal_age_s goes, however little it is."""
    store = opened(tmp_path, seal_age_s=0.05, upkeep_interval_s=0.01)
    put(store, 1, arrival=time.time_ns())
    assert wait_until(lambda: store.stats().head_rows == 0)
    assert store.stats().segments == 3
    store.close()


def test_merging_leaves_one_segment_and_no_files_of_the_old(store: SegmentStore, tmp_path: Path) -> None:
    """All signals, with the records and positions that they had."""
    for number in range(4):
        put(store, number, number + 10)
        store.seal()
    errors = store.errors_after(-1, 100).logs.to_pylist()
    while store.upkeep.merge_next():
        pass
    assert store.stats().segments == 3
    assert len(list((tmp_path / "segments").rglob("*.parquet"))) == 3
    assert bodies(store) == expected(*range(4), *range(10, 14))
    assert store.errors_after(-1, 100).logs.to_pylist() == errors
    assert store.scan("metrics", 0, 2**62, ("value",)).num_rows == 8


def test_files_stay_while_they_are_read(store: SegmentStore, tmp_path: Path) -> None:
    """A reader's view holds what it started with; the files go when it ends."""
    for number in range(2):
        put(store, number)
        store.seal()
    with store._shelf.view() as view:
        assert store.upkeep.merge_next()
        assert [segment.read().num_rows for segment in view.segments] == [1] * 6
    while store.upkeep.merge_next():
        pass
    assert len(list((tmp_path / "segments").rglob("*.parquet"))) == 3


def test_old_segments_retire(tmp_path: Path) -> None:
    """By the arrival of their newest record; what is younger stays, also after a restart."""
    store = opened(tmp_path, retention_age_s=3 * 86_400, clock=lambda: T0 + 5 * DAY)
    for number, day in enumerate((0, 1, 3)):
        put(store, number, arrival=T0 + day * DAY)
        store.seal()
    store.upkeep.retire()
    assert bodies(store) == expected(2)
    assert len(list((tmp_path / "segments").rglob("*.parquet"))) == 3
    store.close()
    store = opened(tmp_path)
    assert bodies(store) == expected(2)
    store.close()


def test_the_oldest_segments_retire_beyond_a_size(tmp_path: Path) -> None:
    """Until what remains fits."""
    store = opened(tmp_path)
    for number in range(4):
        put(store, number)
        store.seal()
    half = store.stats().segment_bytes // 2
    store.close()
    store = opened(tmp_path, retention_bytes=half)
    store.upkeep.retire()
    assert 0 < store.stats().segment_bytes <= half
    assert bodies(store) == expected(2, 3)
    store.close()


def test_sealing_is_tried_again_until_there_is_room(tmp_path: Path) -> None:
    """Meanwhile all is readable, the failure is counted, and no half file lies about."""
    disk, counts = FullForSegments(), Counter[str]()
    store = opened(
        tmp_path, seal_rows=3, upkeep_interval_s=0.01, disk=disk, observe=lambda name, number: counts.update([name])
    )
    disk.is_full = True
    for number in range(4):
        put(store, number, arrival=time.time_ns())
    assert wait_until(lambda: counts["background_errors"] >= 2)
    assert bodies(store) == expected(*range(4))
    assert not list((tmp_path / "segments").rglob("*.tmp"))
    disk.is_full = False
    assert wait_until(lambda: store.stats().head_rows == 0)
    assert bodies(store) == expected(*range(4))
    store.close()
