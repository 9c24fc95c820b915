"""A disk that remembers every operation, and what a crash may leave of them.

The model is POSIX's, and stricter than most file systems: bytes are durable after a sync of their file, names after a sync
of their folder, and what is not durable is kept or lost piece by piece, in sectors, at the whim of `Random`.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import BinaryIO

from correlator.store.segments.disk import Disk

SECTOR = 512


@dataclass(frozen=True)
class Step:
    """One operation: its name, the path (or paths) and number or bytes that it took; `catalog` as it was before."""

    name: str
    path: Path
    value: Path | int | bytes | None = None
    offset: int = 0
    catalog: bytes = b""


class RecordingDisk(Disk):
    """Does everything for real, and keeps the steps. `acknowledge` puts a mark between them."""

    def __init__(self, catalog: Path) -> None:
        self.steps: list[Step] = []
        self._catalog = catalog
        self._paths: dict[int, Path] = {}
        self._lock = threading.Lock()

    def acknowledge(self, number: int) -> None:
        self._record("acknowledge", Path(), number)

    def open_new(self, path: Path, size: int) -> int:
        self._record("create", path, bytes(size))
        descriptor = super().open_new(path, size)
        self._paths[descriptor] = path
        return descriptor

    def write(self, descriptor: int, offset: int, buffers: list[bytes]) -> None:
        self._record("write", self._paths[descriptor], b"".join(buffers), offset)
        super().write(descriptor, offset, buffers)

    def sync(self, descriptor: int) -> None:
        super().sync(descriptor)
        self._record("sync", self._paths[descriptor])

    def sync_file(self, path: Path) -> None:
        super().sync_file(path)
        self._record("sync", path)

    def sync_folder(self, folder: Path) -> None:
        super().sync_folder(folder)
        self._record("sync_folder", folder)

    def truncate(self, path: Path, size: int) -> None:
        self._record("truncate", path, size)
        super().truncate(path, size)

    def rename(self, source: Path, target: Path) -> None:
        self._record("rename", source, target)
        super().rename(source, target)

    def unlink(self, path: Path) -> None:
        if path.exists():
            self._record("unlink", path)
        super().unlink(path)

    @contextmanager
    def new_stream(self, path: Path) -> Iterator[BinaryIO]:
        self._record("create", path, b"")
        stream = BytesIO()
        yield stream
        self._record("write", path, stream.getvalue())
        path.write_bytes(stream.getvalue())

    def _record(self, name: str, path: Path, value: Path | int | bytes | None = None, offset: int = 0) -> None:
        with self._lock:
            self.steps.append(Step(name, path, value, offset, catalog_content(self._catalog)))


def catalog_content(path: Path) -> bytes:
    """The committed content of a SQLite file; empty when there is none."""
    if not path.exists():
        return b""
    connection = sqlite3.connect(path, timeout=10)
    try:
        return bytes(connection.serialize())
    finally:
        connection.close()


@dataclass
class _File:
    durable: bytes = b""
    pending: list[Step] = field(default_factory=list)


Keep = Callable[[Step], bool]


class CrashedDisk:
    """What is on the disk after `steps`, durable or not. `start` is durable from the beginning."""

    def __init__(self, start: dict[Path, bytes]) -> None:
        self._names = {path: _File(content) for path, content in start.items()}
        self._durable_names = dict(self._names)
        self._pending_names: list[Step] = []
        self._files_of: dict[int, _File] = {}

    def take(self, step: Step) -> None:
        if step.name in ("create", "rename", "unlink"):
            self._change_names(step)
        elif step.name in ("write", "truncate"):
            self._names[step.path].pending.append(step)
        elif step.name == "sync":
            file = self._names[step.path]
            file.durable, file.pending = _applied(file.durable, file.pending), []
        elif step.name == "sync_folder":
            self._sync_folder(step.path)

    def nothing_unsynced(self) -> dict[Path, bytes]:
        return {path: file.durable for path, file in self._durable_names.items()}

    def everything(self) -> dict[Path, bytes]:
        return {path: _applied(file.durable, file.pending) for path, file in self._names.items()}

    def names_without_content(self) -> dict[Path, bytes]:
        """The worst of a rename before its sync: the file has its name and nothing in it."""
        return {path: file.durable for path, file in self._names.items()}

    def by_chance(self, random: Random) -> dict[Path, bytes]:
        names = dict(self._durable_names)
        for step in self._pending_names[: random.randint(0, len(self._pending_names))]:
            _change(names, step, self._files_of)
        return {path: _torn(file, random) for path, file in names.items()}

    def _change_names(self, step: Step) -> None:
        if step.name == "create":
            file = _File()
            if step.value:
                file.pending.append(Step("write", step.path, step.value))
            self._files_of[id(step)] = file
        _change(self._names, step, self._files_of)
        self._pending_names.append(step)

    def _sync_folder(self, folder: Path) -> None:
        kept = {path: file for path, file in self._durable_names.items() if path.parent != folder}
        self._durable_names = kept | {path: file for path, file in self._names.items() if path.parent == folder}
        self._pending_names = [step for step in self._pending_names if step.path.parent != folder]


def files_below(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def lay_out(files: dict[Path, bytes], source: Path, target: Path) -> None:
    """Write the files of `source` as a folder `target`, without waiting for the disk."""
    for path, content in files.items():
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(content)


def _change(names: dict[Path, _File], step: Step, files_of: dict[int, _File]) -> None:
    if step.name == "create":
        names[step.path] = files_of[id(step)]
    elif step.name == "unlink":
        names.pop(step.path, None)
    elif step.path in names:
        assert isinstance(step.value, Path)
        names[step.value] = names.pop(step.path)


def _applied(content: bytes, steps: list[Step]) -> bytes:
    for step in steps:
        content = _apply(content, step)
    return content


def _apply(content: bytes, step: Step) -> bytes:
    if step.name == "truncate":
        assert isinstance(step.value, int)
        return content[: step.value].ljust(step.value, b"\0")
    assert isinstance(step.value, bytes)
    padded = content.ljust(step.offset, b"\0")
    return padded[: step.offset] + step.value + padded[step.offset + len(step.value) :]


def _torn(file: _File, random: Random) -> bytes:
    """Each truncation done or not; of each write, any sectors."""
    content = file.durable
    for step in file.pending:
        if isinstance(step.value, bytes):
            for piece in sectors(step.value, step.offset):
                content = _apply(content, piece) if random.random() < 0.5 else content
        elif random.random() < 0.5:
            content = _apply(content, step)
    return content


def sectors(value: bytes, offset: int) -> list[Step]:
    """A write, in pieces that end where sectors of the file do."""
    cuts = [0, *range(SECTOR - offset % SECTOR, len(value), SECTOR), len(value)]
    return [Step("write", Path(), value[a:b], offset + a) for a, b in pairwise(cuts) if a < b]
