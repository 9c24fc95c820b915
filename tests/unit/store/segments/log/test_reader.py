"""Acknowledged requests, read again while the log is written, held over sealing and restarts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from correlator.store.contract import LoggedRequest
from correlator.store.segments import SegmentStore
from correlator.store.segments.log.recovery import log_files
from tests.unit.store.segments.segment_stores import bodies, crashed, expected, opened, put

SMALL = {"log_file_bytes": 4_000}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SegmentStore]:
    store = opened(tmp_path / "store", **SMALL)
    yield store
    store.close()


def read_all(store: SegmentStore, position: int, max_bytes: int) -> list[LoggedRequest]:
    """Page by page, up to the end."""
    requests: list[LoggedRequest] = []
    while (page := store.requests_from(position, max_bytes)).requests:
        assert page.lost_bytes == 0
        assert page.end == page.requests[-1].end > position
        requests += page.requests
        position = page.end
    assert (page.end, page.lost_bytes) == (store.acknowledged_end(), 0)
    return requests


@pytest.mark.parametrize("max_bytes", [0, 3_000, 2**20])
def test_requests_come_back_as_they_were_in_order(store: SegmentStore, max_bytes: int) -> None:
    """Over the borders of log files, whatever a page takes; one at least, however large it is."""
    store.hold("r", 0)
    positions = [put(store, number) for number in range(12)]
    assert len(log_files(store._folder.log)) > 3
    requests = read_all(store, 0, max_bytes)
    assert [each.position for each in requests] == positions
    assert [each.end for each in requests] == [*positions[1:], store.acknowledged_end()]
    assert len({each.frame.payload for each in requests}) == 12
    assert [each.position for each in read_all(store, positions[5], max_bytes)] == positions[5:]


def test_at_the_end_there_is_nothing(store: SegmentStore) -> None:
    """Nor beyond: a folder put back from a backup ends before what was held."""
    put(store, 1)
    end = store.acknowledged_end()
    for position in (end, end + 1_000):
        page = store.requests_from(position, 100)
        assert (page.requests, page.end, page.lost_bytes) == ((), end, 0)


def test_sealing_drops_only_what_nobody_holds(store: SegmentStore) -> None:
    """The one furthest behind counts; what is let go is dropped at once."""
    positions = [put(store, number) for number in range(12)]
    store.hold("slow", positions[2])
    store.hold("quick", positions[9])
    store.seal()
    assert [each.position for each in read_all(store, positions[2], 2**20)] == positions[2:]
    store.hold("slow", positions[10])
    assert store.holds() == {"slow": positions[10], "quick": positions[9]}
    assert log_files(store._folder.log)[0].base > positions[2]
    assert [each.position for each in read_all(store, positions[9], 2**20)] == positions[9:]
    store.release("quick")
    assert store.holds() == {"slow": positions[10]}


@pytest.mark.parametrize("ends", ["closed", "killed"])
def test_what_is_held_outlives_a_restart(tmp_path: Path, ends: str) -> None:
    """Sealed or not; nothing is replayed twice, and positions go on."""
    before = opened(tmp_path / "store", **SMALL)
    positions = [put(before, number) for number in range(8)]
    before.hold("r", positions[3])
    before.seal()
    positions += [put(before, number) for number in range(8, 12)]
    folder = crashed(tmp_path / "store") if ends == "killed" else tmp_path / "store"
    before.close()
    after = opened(folder, **SMALL)
    assert after.holds() == {"r": positions[3]}
    assert bodies(after) == expected(*range(12))
    positions += [put(after, 12)]
    assert [each.position for each in read_all(after, positions[3], 2_000)] == positions[3:]
    after.hold("r", after.acknowledged_end())
    after.close()
    assert log_files(folder / "log") == []
    again = opened(folder, **SMALL)
    assert bodies(again) == expected(*range(13))
    again.close()


def test_what_was_dropped_is_told_as_lost(store: SegmentStore) -> None:
    """Up to where the log goes on."""
    positions = [put(store, number) for number in range(12)]
    store.seal()
    first = log_files(store._folder.log)[0].base
    page = store.requests_from(0, 2**20)
    assert page.lost_bytes == first > 0
    assert [each.position for each in page.requests] == [each for each in positions if each >= first]


def test_the_rest_of_a_damaged_file_is_lost_and_no_more(store: SegmentStore) -> None:
    """What is before the damage and in later files can be read."""
    store.hold("r", 0)
    positions = [put(store, number) for number in range(12)]
    first, second = log_files(store._folder.log)[:2]
    damaged = [each for each in positions if each < second.base][-1]
    with first.path.open("r+b") as stream:
        stream.seek(damaged - first.base + 40)
        stream.write(b"\xff\xff\xff\xff")
    before = store.requests_from(0, 2**20)
    assert [each.position for each in before.requests] == [each for each in positions if each < damaged]
    lost = store.requests_from(before.end, 2**20)
    assert (lost.requests, lost.end, lost.lost_bytes) == ((), second.base, second.base - damaged)
    after = read_all(store, lost.end, 2**20)
    assert [each.position for each in after] == [each for each in positions if each >= second.base]
