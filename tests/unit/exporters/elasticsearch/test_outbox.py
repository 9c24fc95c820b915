"""Conclusions that wait, and what is told of them."""

from pathlib import Path

import pytest

from correlator.errors import StoreError
from exporters.elasticsearch.outbox import FILE, Outbox, State

NOW = 1_760_000_000_000_000_000


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path)


def state(name: str, source: bytes, kind: str = "incidents") -> State:
    return State(kind, name, source)


def contents(outbox: Outbox, max_bytes: int = 2**20) -> list[bytes]:
    return [parcel.content for parcel in outbox.read(outbox.start(), max_bytes).parcels]


def test_what_changed_waits_over_a_restart(outbox: Outbox, tmp_path: Path) -> None:
    """What did not change is not told again."""
    assert outbox.put([state("a", b"1"), state("b", b"2")], NOW) == 2
    assert outbox.put([state("a", b"1")], NOW + 5) == 0
    again = Outbox(tmp_path)
    assert contents(again) == [b"a\n1", b"b\n2"]
    again.hold(again.end())
    assert contents(again) == []
    assert Outbox(tmp_path).put([state("b", b"2")], NOW) == 0


def test_of_each_the_last_state_waits_behind_the_others(outbox: Outbox) -> None:
    """An incident and a finding of one name are two."""
    outbox.put([state("a", b"1"), state("b", b"2"), state("a", b"f", "findings")], NOW)
    outbox.put([state("a", b"3")], NOW + 5)
    assert contents(outbox) == [b"b\n2", b"a\nf", b"a\n3"]


def test_versions_only_grow_whatever_the_clock_does(outbox: Outbox) -> None:
    """So that an older state never takes the place of a newer one."""
    outbox.put([state("a", b"1"), state("b", b"2")], NOW)
    outbox.put([state("a", b"3")], NOW - 10**9)
    versions = [parcel.arrival_unix_nano for parcel in outbox.read(0, 2**20).parcels]
    assert versions == [NOW + 1, NOW + 2]


def test_a_page_ends_at_its_size_and_the_next_goes_on_there(outbox: Outbox, tmp_path: Path) -> None:
    """Whatever was replaced between."""
    outbox.put([state(name, b"12345") for name in "abcd"], NOW)
    outbox.put([state("b", b"other")], NOW)
    first = outbox.read(0, 5)
    assert [parcel.content for parcel in first.parcels] == [b"a\n12345"]
    rest = outbox.read(first.end, 2**20)
    assert [parcel.content[:1] for parcel in rest.parcels] == [b"c", b"d", b"b"]
    assert rest.end == outbox.end() == Outbox(tmp_path).end()
    assert outbox.read(rest.end, 2**20).parcels == ()


def test_what_is_held_stays(outbox: Outbox, tmp_path: Path) -> None:
    """What is before it is done with."""
    outbox.put([state("a", b"1"), state("b", b"2")], NOW)
    outbox.hold(1)
    assert Outbox(tmp_path).start() == 1
    assert contents(Outbox(tmp_path)) == [b"b\n2"]


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    """With what to do."""
    (tmp_path / FILE).write_bytes(b"something else, and long enough to be read as a header" * 20)
    with pytest.raises(StoreError, match="all is told anew"):
        Outbox(tmp_path)
