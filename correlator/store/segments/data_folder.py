"""The data folder: its format, its lock, and where what lies in it.

```
format             version of this layout, as text
lock               held by the engine that has the folder open
catalog.sqlite     segments.catalog
log/               segments.log.raw_log
dead_letters.sqlite  exporters.delivery.dead_letters
elasticsearch.sqlite  exporters.elasticsearch.outbox
log_id             exporters.elasticsearch.log_id
limits.json        segments.log.limits_in_force: those that the log was written under
segments/<signal>/ segments.files.segment
spill/             segments.readers.query_engine, while a large query runs
```
"""

import fcntl
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import structlog

from correlator.errors import StoreError
from correlator.model.tables import SCHEMAS
from correlator.store.segments.disk import Disk

FORMAT: Final = 3
"""1: the raw log had no origins. 2: segments had no details of scope and resource, and no dropped counts.

A folder of an older format is marked as of this one: what it lacks is read as not given. An older program would drop the new
columns when it merges, so it must refuse the folder."""
LOG = structlog.get_logger(__name__)


class DataFolder:
    """Opens the folder for this process alone. Raises StoreError when another has it, or when its format is unknown."""

    def __init__(self, path: Path, disk: Disk) -> None:
        self.path = path
        self.log = path / "log"
        self.segments = path / "segments"
        self.catalog = path / "catalog.sqlite"
        self.spill = path / "spill"
        disk.make_folder(path)
        self._lock = _locked(path / "lock")
        try:
            _check_format(path / "format", disk)
            for folder in (self.log, *(self.segments / signal for signal in SCHEMAS)):
                disk.make_folder(folder)
        except BaseException:
            self.release()
            raise

    def remove_orphans(self, known: Iterable[Path], disk: Disk) -> None:
        """Unlink what a crash left of segments that the catalog does not have."""
        kept = set(known)
        orphans = [file for signal in SCHEMAS for file in (self.segments / signal).iterdir() if file not in kept]
        for orphan in orphans:
            disk.unlink(orphan)
        if orphans:
            LOG.info("orphans_removed", files=len(orphans))

    def release(self) -> None:
        os.close(self._lock)


def _locked(path: Path) -> int:
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise StoreError(
            f"data folder {path.parent} is in use by another engine; stop that one, or name another folder"
        ) from error
    return descriptor


def _check_format(path: Path, disk: Disk) -> None:
    if not path.exists():
        _write_format(path, disk)
        return
    text = path.read_text(encoding="utf-8", errors="replace").strip()
    if not text.isascii() or not text.isdigit():
        raise StoreError(
            f"{path} says {text[:20]!r}, which is no format version; is {path.parent} a data folder of correlator?"
        )
    if int(text) > FORMAT:
        raise StoreError(
            f"data folder {path.parent} has format {text}, this program knows {FORMAT}; run the newer correlator that wrote it"
        )
    if int(text) < FORMAT:
        _write_format(path, disk)


def _write_format(path: Path, disk: Disk) -> None:
    temporary = path.with_name("format.tmp")
    with disk.new_stream(temporary) as stream:
        stream.write(f"{FORMAT}\n".encode())
    disk.put(temporary, path)
