"""Room and speed of the disk under the data folder."""

import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Final

from correlator.cli.checks.check import Check, Verdict

LITTLE_ROOM_BYTES: Final = 2**30
SLOW_SYNC_S: Final = 0.05  # an acknowledgement waits for one: senders feel more than this
SYNCS: Final = 5
BLOCK: Final = bytes(4096)


def check_room(data_dir: Path, min_free_bytes: int) -> Check:
    """Whether the disk has room; below `min_free_bytes` the doors answer 503."""
    folder = existing(data_dir)
    free = shutil.disk_usage(folder).free
    seen = f"{free / 2**30:.1f} GiB free under {folder}"
    if free < min_free_bytes:
        return Check(
            "disk space", Verdict.FAIL, seen, "the doors refuse data: free some, or shorten store.retention_age"
        )
    if free < LITTLE_ROOM_BYTES:
        return Check("disk space", Verdict.WARN, seen, "set store.retention_size, or choose another --data-dir")
    return Check("disk space", Verdict.OK, seen)


def check_sync(data_dir: Path) -> Check:
    """Whether the folder can be written, and how long a sync takes: each acknowledgement waits for one."""
    folder = existing(data_dir)
    try:
        seconds = statistics.median(_sync_times(folder))
    except OSError as error:
        return Check(
            "disk sync", Verdict.FAIL, f"{folder} cannot be written: {error.strerror}", "choose another --data-dir"
        )
    seen = f"{seconds * 1000:.2f} ms (median of {SYNCS}) under {folder}"
    if seconds > SLOW_SYNC_S:
        return Check("disk sync", Verdict.WARN, seen, "senders wait this long: choose a --data-dir on a faster disk")
    return Check("disk sync", Verdict.OK, seen)


def existing(folder: Path) -> Path:
    """The folder itself, or the nearest above it that exists."""
    absolute = folder.absolute()
    return next(each for each in (absolute, *absolute.parents) if each.is_dir())


def _sync_times(folder: Path) -> list[float]:
    with tempfile.TemporaryFile(dir=folder) as file:
        return [_timed_sync(file.fileno()) for _ in range(SYNCS)]


def _timed_sync(descriptor: int) -> float:
    os.write(descriptor, BLOCK)
    started = time.perf_counter()
    os.fsync(descriptor)
    return time.perf_counter() - started
