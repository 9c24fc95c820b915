"""Segment stores to break: how they are opened and filled, and disks that fail or wait."""

import errno
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from correlator.store.contract import Store
from correlator.store.segments import SegmentStore
from correlator.store.segments.disk import Disk
from tests.conformance.records import T0, decode, frame_of, log, metric, span, tables, trace_id

DAY = 86_400 * 10**9


def opened(folder: Path, **given: Any) -> SegmentStore:
    return SegmentStore(folder, decode, **{"upkeep_interval_s": None, "min_free_bytes": 0, "merge_fan_in": 2, **given})


def put(store: Store, *numbers: int, arrival: int = T0) -> int:
    """One request with a span, a log record and a data point for each number."""
    records = tables(
        [span(trace_id(n), n, arrival_unix_nano=arrival) for n in numbers],
        [log(n, trace_id(n), is_error=True, arrival_unix_nano=arrival) for n in numbers],
        [metric(n, arrival_unix_nano=arrival) for n in numbers],
    )
    return store.append(frame_of(records, arrival), records).result(timeout=30)


def bodies(store: Store) -> list[str]:
    return sorted(store.scan("logs", 0, 2**62, ("body",))["body"].to_pylist())


def expected(*numbers: int) -> list[str]:
    return sorted(f"message {n}" for n in numbers)


def crashed(folder: Path) -> Path:
    """The folder of a store that is open, as a crash would leave it."""
    return Path(shutil.copytree(folder, folder.with_name("crashed")))


def wait_until(holds: Any) -> bool:
    give_up = time.monotonic() + 30
    while not holds() and time.monotonic() < give_up:
        time.sleep(0.01)
    return bool(holds())


class FullForSegments(Disk):
    """Takes the log but no segment while `is_full`."""

    is_full = False

    @contextmanager
    def new_stream(self, path: Path) -> Iterator[BinaryIO]:
        if self.is_full:
            path.write_bytes(b"half")
            raise OSError(errno.ENOSPC, "as the test wants")
        with super().new_stream(path) as stream:
            yield stream


class SlowDisk(Disk):
    """Writes nothing before `may_go`."""

    def __init__(self) -> None:
        self.may_go = threading.Event()

    def write(self, descriptor: int, offset: int, buffers: list[bytes]) -> None:
        self.may_go.wait(60)
        super().write(descriptor, offset, buffers)
