"""What the embedded store promises of its start: replay, repair, and what a damaged folder is answered with."""

import sqlite3
import struct
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import google_crc32c
import pytest

from correlator.errors import InvalidInput, StoreError
from correlator.model.tables import Tables
from correlator.store.contract import Frame
from correlator.store.segments import SegmentStore
from tests.conformance.records import decode, frame_of, trace_id
from tests.unit.store.segments.segment_stores import bodies, crashed, expected, opened, put


def test_what_was_not_sealed_is_replayed(tmp_path: Path) -> None:
    """Records, positions and errors are the same after a restart, and progress is told up to the end."""
    before = opened(tmp_path / "data")
    put(before, 1)
    before.seal()
    last = put(before, 2)
    progress: list[tuple[int, int]] = []
    store = opened(crashed(tmp_path / "data"), on_replay=lambda done, total: progress.append((done, total)))
    before.close()
    assert bodies(store) == expected(1, 2)
    assert store.stats().last_position == last
    assert store.errors_after(last - 1, 10).logs["body"].to_pylist() == ["message 2"]
    assert len(progress) == 1
    assert 0 < progress[0][0] <= progress[0][1]
    assert put(store, 3) > last
    store.close()


def test_the_last_position_survives_when_all_is_sealed(tmp_path: Path) -> None:
    """It comes from the catalog then, and new positions go on behind it."""
    store = opened(tmp_path)
    last = put(store, 1)
    store.seal()
    store.close()
    store = opened(tmp_path)
    assert store.stats().last_position == last
    assert put(store, 2) > last
    store.close()


def test_a_long_log_is_sealed_while_it_is_replayed(tmp_path: Path) -> None:
    """So memory stays bounded at start-up, too."""
    before = opened(tmp_path / "data")
    for number in range(10):
        put(before, number)
    store = opened(crashed(tmp_path / "data"), seal_rows=6)
    before.close()
    assert store.stats().head_rows < 6
    assert bodies(store) == expected(*range(10))
    store.close()


def test_a_request_that_decodes_no_more_is_counted(tmp_path: Path) -> None:
    """A change of limits must not keep the engine from starting."""
    before = opened(tmp_path / "data")
    put(before, 1)
    put(before, 2)
    counts: Counter[str] = Counter()

    def strict(frame: Frame) -> Tables:
        if b"message 1" in frame.payload:
            raise InvalidInput("too long")
        return decode(frame)

    store = SegmentStore(
        crashed(tmp_path / "data"),
        strict,
        upkeep_interval_s=None,
        min_free_bytes=0,
        observe=lambda name, number: counts.update([name]),
    )
    before.close()
    assert bodies(store) == expected(2)
    assert counts["replay_rejected"] == 1
    store.close()


def test_a_folder_has_one_engine(tmp_path: Path) -> None:
    """A second one is told so, from the same process or another, until the first has closed."""
    store = opened(tmp_path)
    with pytest.raises(StoreError, match="in use by another engine"):
        opened(tmp_path)
    program = f"import fcntl; fcntl.flock(open({str(tmp_path / 'lock')!r}), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode != 0
    store.close()
    opened(tmp_path).close()


@pytest.mark.parametrize(("text", "message"), [("4\n", "run the newer correlator"), ("cake", "no format version")])
def test_an_unknown_format_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """A newer layout is not touched; and the lock is given back."""
    opened(tmp_path).close()
    (tmp_path / "format").write_text(text)
    for _ in range(2):
        with pytest.raises(StoreError, match=message):
            opened(tmp_path)


def test_a_folder_of_an_older_format_is_marked_as_of_this_one(tmp_path: Path) -> None:
    """So that the program that wrote it refuses what it cannot read any more."""
    opened(tmp_path).close()
    (tmp_path / "format").write_text("1\n")
    opened(tmp_path).close()
    assert (tmp_path / "format").read_text() == "3\n"


def test_a_folder_of_format_1_keeps_all_that_is_in_it(tmp_path: Path) -> None:
    """Sealed or not, with requests of the new format behind those of the old; each is read and replayed."""
    before = opened(tmp_path / "data")
    put(before, 1)
    before.seal()
    position = put(before, 2)
    folder = crashed(tmp_path / "data").rename(tmp_path / "old")
    before.close()
    (folder / "format").write_text("1\n")
    assert _frames_of_format_1(folder) > 0
    store = opened(folder)
    records = decode(store.requests_from(0, 2**20).requests[-1].frame)
    store.append(replace(frame_of(records), origin="kafka:g/t/0/1-2/00000000"), records).result(30)
    again = opened(crashed(folder))
    store.close()
    assert bodies(again) == sorted([*expected(1, 2), *expected(2)])
    assert again.errors_after(position - 1, 10).logs["body"].to_pylist() == ["message 2", "message 2"]
    assert _origins(again)[-2:] == ["", "kafka:g/t/0/1-2/00000000"]
    again.close()


def _origins(store: SegmentStore) -> list[str]:
    """Of all requests in the log, page by page."""
    found, position = [], 0
    while (page := store.requests_from(position, 2**20)).end > position:
        found += [each.frame.origin for each in page.requests]
        position = page.end
    return found


def _frames_of_format_1(folder: Path) -> int:
    """How many frames the log has, by the layout of format 1: a header, then nothing but the payload."""
    header, count = struct.Struct("<IIBBqq"), 0
    for file in sorted((folder / "log").iterdir()):
        log, start = file.read_bytes(), 0
        while start + header.size <= len(log) and (said := header.unpack_from(log, start))[0]:
            length, crc, kind = said[:3]
            checked = log[start : start + 4] + log[start + 8 : start + 8 + length]
            assert (kind in range(1, 7), google_crc32c.value(checked)) == (True, crc)
            start, count = start + 8 + length, count + 1
    return count


def test_a_newer_catalog_is_refused(tmp_path: Path) -> None:
    """Its version is named, with what to do."""
    opened(tmp_path).close()
    connection = sqlite3.connect(tmp_path / "catalog.sqlite")
    connection.execute("PRAGMA user_version = 9")
    connection.close()
    with pytest.raises(StoreError, match=r"version 9.*run the newer correlator"):
        opened(tmp_path)


def test_a_broken_catalog_is_refused(tmp_path: Path) -> None:
    """A driver's error comes as ours."""
    opened(tmp_path).close()
    (tmp_path / "catalog.sqlite").write_bytes(b"no database" * 500)
    with pytest.raises(StoreError, match="restore"):
        opened(tmp_path)


def test_orphans_are_removed(tmp_path: Path) -> None:
    """Files that no catalog knows are what a crash left."""
    store = opened(tmp_path)
    put(store, 1)
    store.seal()
    store.close()
    known = set((tmp_path / "segments").rglob("*"))
    for name in ("00000000000000000009-00000000000000000019.parquet", "x.index", "y.parquet.tmp"):
        (tmp_path / "segments" / "logs" / name).write_bytes(b"left")
    store = opened(tmp_path)
    assert set((tmp_path / "segments").rglob("*")) == known
    assert bodies(store) == expected(1)
    store.close()


@pytest.mark.parametrize("damage", [b"", b"garbage", None])
def test_a_damaged_trace_index_is_made_anew(tmp_path: Path, damage: bytes | None) -> None:
    """It holds nothing that the records do not."""
    store = opened(tmp_path)
    put(store, 1, 2, 3)
    store.seal()
    store.close()
    for index in (tmp_path / "segments").rglob("*.index"):
        index.unlink() if damage is None else index.write_bytes(damage)
    store = opened(tmp_path)
    assert store.read_trace(trace_id(2)).num_rows == 2
    store.close()


def test_a_missing_segment_is_refused(tmp_path: Path) -> None:
    """Records that were acknowledged are gone: nothing may pass over that."""
    store = opened(tmp_path)
    put(store, 1)
    store.seal()
    store.close()
    next((tmp_path / "segments" / "logs").glob("*.parquet")).unlink()
    with pytest.raises(StoreError, match="missing"):
        opened(tmp_path)
