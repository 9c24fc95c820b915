"""Row groups that were decoded, kept within bounds."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa

from correlator.store.segments.files.decoded_groups import DecodedGroups
from correlator.store.segments.files.segment import DECODED, Segment
from tests.conformance.records import T0, trace_id
from tests.unit.store.segments.segment_stores import DAY, opened, put

ROWS = 100
COLUMN_BYTES = 8 * ROWS


class Group:
    """A row group of numbers; remembers which columns were decoded."""

    def __init__(self) -> None:
        self.decoded: list[list[str]] = []

    def decode(self, names: list[str]) -> pa.Table:
        self.decoded.append(names)
        return pa.table({name: np.full(ROWS, ord(name)) for name in names})


def test_what_was_decoded_is_not_decoded_again() -> None:
    """Of a group that was looked at, only further columns cost anything."""
    groups, group = DecodedGroups(10 * COLUMN_BYTES), Group()
    groups.columns("one", 0, ["b", "a"], group.decode)
    found = groups.columns("one", 0, ["a", "c", "b"], group.decode)
    assert found.column_names == ["a", "c", "b"]
    assert [column[0].as_py() for column in found.columns] == [ord("a"), ord("c"), ord("b")]
    assert group.decoded == [["b", "a"], ["c"]]


def test_the_least_recently_used_goes_first() -> None:
    """Two groups fit: of three, the one that nobody came back to is decoded again."""
    groups, group = DecodedGroups(2 * COLUMN_BYTES), Group()
    for number in (0, 1, 0, 2, 0, 1):
        groups.columns("one", number, ["a"], group.decode)
    assert len(group.decoded) == 4  # 0, 1, 2, and 1 again
    assert groups.size == 2 * COLUMN_BYTES


def test_what_is_larger_than_the_bound_is_not_kept() -> None:
    """It is decoded each time, and memory stays bounded."""
    groups, group = DecodedGroups(COLUMN_BYTES), Group()
    for _ in range(2):
        assert groups.columns("one", 0, ["a", "b"], group.decode).num_rows == ROWS
    assert len(group.decoded) == 2
    assert groups.size == 0


def test_a_dropped_owner_leaves_nothing() -> None:
    """Only its own groups are forgotten."""
    groups, group = DecodedGroups(10 * COLUMN_BYTES), Group()
    for owner in ("one", "other"):
        groups.columns(owner, 0, ["a"], group.decode)
    groups.drop("one")
    assert groups.size == COLUMN_BYTES
    groups.columns("other", 0, ["a"], group.decode)
    assert len(group.decoded) == 2


def test_many_threads_at_once_get_what_they_asked_for() -> None:
    """Whatever is put in and thrown out meanwhile; the size stays that of what is kept."""
    groups, group = DecodedGroups(3 * COLUMN_BYTES), Group()

    def look(number: int) -> bool:
        names = ["ab"[number % 2], "c"]
        found = groups.columns("one", number % 5, names, group.decode)
        return bool(found.column_names == names and found.num_rows == ROWS)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as threads:
            assert all(threads.map(look, range(2_000)))
    finally:
        sys.setswitchinterval(interval)
    assert groups.size <= 3 * COLUMN_BYTES
    groups.drop("one")
    assert groups.size == 0


def test_a_segment_that_goes_takes_its_groups_along(tmp_path: Path) -> None:
    """Merged, retired or closed: nothing of its files stays in memory."""
    before, now = DECODED.size, T0
    store = opened(tmp_path, retention_age_s=DAY / 1e9, clock=lambda: now)
    for number in (1, 2):
        put(store, number)
        store.seal()
        store.read_trace(trace_id(number))
    assert DECODED.size > before
    while store.upkeep.merge_next():
        pass
    assert DECODED.size == before
    store.read_trace(trace_id(1))
    assert DECODED.size > before
    now = T0 + 2 * DAY
    store.upkeep.retire()
    assert DECODED.size == before
    put(store, 3, arrival=now)
    store.seal()
    store.read_trace(trace_id(3))
    assert DECODED.size > before
    store.close()
    assert DECODED.size == before


def test_reading_on_and_on_keeps_nothing(tmp_path: Path) -> None:
    """Who merges segments does not push out what others come back to."""
    store = opened(tmp_path)
    put(store, 1)
    store.seal()
    before, segment = DECODED.size, store._shelf.glance().of_signal("traces")[0]
    assert isinstance(segment, Segment)
    assert segment.read_rows(range(1)).equals(segment.read())
    assert DECODED.size == before
    store.close()
