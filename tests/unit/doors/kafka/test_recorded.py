"""What is remembered of batches that were recorded, on a real log."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from correlator.doors.kafka.recorded import HOLD, REMEMBERED, RecordedBatches
from correlator.store.segments import SegmentStore
from tests.conformance.records import frame_of, log, tables
from tests.unit.store.segments.segment_stores import crashed, opened

PLACE = ("otlp_logs", 0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SegmentStore]:
    store = opened(tmp_path)
    yield store
    store.close()


def origin(start: int, end: int, group: str = "shop") -> str:
    return f"kafka:{group}/otlp_logs/0/{start}-{end}/00000000"


def put(store: SegmentStore, *origins: str) -> None:
    for each in origins:
        records = tables(logs=[log(1)])
        store.append(replace(frame_of(records), origin=each), records).result(10)


def test_a_first_start_remembers_nothing_and_holds_the_log(store: SegmentStore) -> None:
    """What was there before is no message of its."""
    put(store, "")
    assert RecordedBatches(store, "shop").load() == 0
    assert store.holds() == {HOLD: store.acknowledged_end()}


def test_what_was_not_committed_is_known_after_a_crash(tmp_path: Path) -> None:
    """Sealed or not; other requests and other groups are none of it."""
    store = opened(tmp_path / "data")
    RecordedBatches(store, "shop").load()
    put(store, origin(0, 4), "")
    store.seal()
    put(store, origin(4, 9), origin(0, 9, "other"))
    after = opened(crashed(tmp_path / "data"))
    again = RecordedBatches(after, "shop")
    assert again.load() == 2
    assert origin(0, 4) in again
    assert origin(4, 9) in again
    assert origin(0, 9, "other") not in again
    after.close()
    store.close()


def test_the_log_is_held_until_all_that_was_recorded_is_committed(store: SegmentStore) -> None:
    """By this engine, or by whoever has the partition now."""
    recorded = RecordedBatches(store, "shop")
    recorded.load()
    recorded.committed({})
    put(store, origin(0, 4), origin(4, 9))
    held = store.holds()[HOLD]
    assert recorded.awaited({PLACE: 9}) == {PLACE: 9}
    end = store.acknowledged_end()
    put(store, origin(9, 12))
    recorded.committed({PLACE: 8})
    assert store.holds()[HOLD] == held < end
    recorded.committed({PLACE: 9})
    assert store.holds()[HOLD] == end


def test_a_second_crash_forgets_nothing(tmp_path: Path) -> None:
    """Between its start and the commit of what the first had recorded, nothing is let go."""
    store = opened(tmp_path / "data")
    RecordedBatches(store, "shop").load()
    put(store, origin(0, 4))
    again = RecordedBatches(store, "shop")
    again.load()
    assert again.awaited({}) == {PLACE: 4}
    again.committed({PLACE: 0})
    assert RecordedBatches(store, "shop").load() == 1
    store.close()


def test_a_place_that_nobody_reads_any_more_is_not_waited_for(store: SegmentStore) -> None:
    """A topic that was deleted would hold the log for ever."""
    RecordedBatches(store, "shop").load()
    put(store, origin(0, 4))
    again = RecordedBatches(store, "shop")
    again.load()
    again.committed({})
    assert store.holds()[HOLD] == store.acknowledged_end()


def test_only_so_many_are_remembered() -> None:
    """The newest. A store without a log needs none of it."""
    recorded = RecordedBatches(None, "shop")
    assert recorded.load() == 0
    for number in range(REMEMBERED + 1):
        recorded.add(origin(number, number + 1))
    assert origin(0, 1) not in recorded
    assert origin(1, 2) in recorded
    assert recorded.awaited({PLACE: 1}) == {}
