"""The disk fills up, and is given room again: nothing acknowledged is lost, and the store recovers by itself."""

import errno
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import BinaryIO

import pytest

from correlator.errors import StorageFull, Unavailable
from correlator.model.tables import Tables
from correlator.store.contract import Store
from correlator.store.segments import SegmentStore
from correlator.store.segments.disk import Disk
from tests.conformance.records import decode, frame_of, log, tables

ROUNDS = 5
DISK_BYTES = 20 * 2**20
FLOOR_BYTES = 2**20
BALLAST_BYTES = 3 * 2**20
"""So much more room a round: for 90 requests, even while a merge holds its largest result beside its sources."""
BODY_BYTES = 16_000
SEAL_ROWS = 20
MERGE_MAX_ROWS = 60
"""60 error records and their copies are 1 MiB."""
WAIT_S = 60.0


class SmallDisk(Disk):
    """Takes DISK_BYTES below one folder, then says what a full disk says: for where no tmpfs can be mounted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open_new(self, path: Path, size: int) -> int:
        self._claim(size)
        return super().open_new(path, size)

    @contextmanager
    def new_stream(self, path: Path) -> Iterator[BinaryIO]:
        with super().new_stream(path) as stream:
            yield stream
            self._claim(stream.tell())

    def free_bytes(self, folder: Path) -> int:
        used = sum(size for path in self._folder.rglob("*") if (size := _size(path)))
        return max(0, DISK_BYTES - used)

    def _claim(self, size: int) -> None:
        if size > self.free_bytes(self._folder):
            raise OSError(errno.ENOSPC, "the test's disk is full")


@dataclass(frozen=True)
class Place:
    folder: Path
    disk: Disk


@pytest.fixture(params=["tmpfs", "quota"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A small disk: a file system of its own where this process may mount one, and one that only acts full."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if request.param == "quota":
        yield Place(folder, SmallDisk(folder))
        return
    if not _mount(folder):
        pytest.skip("mounting a tmpfs takes more rights than this process has; the quota stands in")
    yield Place(folder, Disk())
    subprocess.run(["umount", str(folder)], check=True)


def _mount(folder: Path) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _size(path: Path) -> int:
    """0 for what has just gone."""
    try:
        return path.stat().st_size if path.is_file() else 0
    except FileNotFoundError:
        return 0


@pytest.mark.slow
@pytest.mark.parametrize("min_free_bytes", [FLOOR_BYTES, 0], ids=["floor", "last-byte"])
def test_a_full_disk_refuses_and_recovers(place: Place, min_free_bytes: int) -> None:
    """Round by round: fill the disk, be refused with StorageFull, make room, be taken again; reopen and count."""
    kept: set[str] = set()
    for turn in range(ROUNDS):
        store = opened(place, min_free_bytes)
        ballast, before = place.folder / "ballast", len(kept)
        ballast.write_bytes(bytes((ROUNDS - turn) * BALLAST_BYTES))
        assert is_refused_in_the_end(store, turn, kept)
        assert len(kept) > before + 10
        assert bodies(store) == sorted(kept)
        ballast.unlink()
        assert is_taken_again(store, f"after {turn}", kept)
        store.close()
        store = opened(place, min_free_bytes)
        assert bodies(store) == sorted(kept)
        store.close()


def opened(place: Place, min_free_bytes: int) -> SegmentStore:
    return SegmentStore(
        place.folder / "store",
        decode,
        seal_rows=SEAL_ROWS,
        merge_fan_in=3,
        merge_max_rows=MERGE_MAX_ROWS,
        retention_bytes=10**9,
        min_free_bytes=min_free_bytes,
        log_file_bytes=2**18,
        upkeep_interval_s=0.02,
        disk=place.disk,
    )


def request(text: str) -> Tables:
    """One log record that no compression makes small."""
    return tables(logs=[log(1, body=f"{text}|{Random(text).randbytes(BODY_BYTES // 2).hex()}", is_error=True)])


def is_refused_in_the_end(store: Store, turn: int, kept: set[str]) -> bool:
    """Appends until the store says that it is full; `kept` gets what was acknowledged."""
    for number in range(5_000):
        text = f"round {turn} number {number}"
        records = request(text)
        try:
            store.append(frame_of(records, time.time_ns()), records).result(timeout=60)
        except StorageFull as refusal:
            return refusal.retry_after_s >= 1
        kept.add(text)
    return False


def is_taken_again(store: Store, text: str, kept: set[str]) -> bool:
    """The same request is sent again until it is taken, as a client does."""
    records = request(text)
    give_up = time.monotonic() + WAIT_S
    while time.monotonic() < give_up:
        try:
            store.append(frame_of(records, time.time_ns()), records).result(timeout=60)
        except Unavailable:
            time.sleep(0.02)
            continue
        kept.add(text)
        return True
    return False


def bodies(store: Store) -> list[str]:
    found = store.scan("logs", 0, 2**62, ("body",))["body"].to_pylist()
    return sorted(body.partition("|")[0] for body in found)
