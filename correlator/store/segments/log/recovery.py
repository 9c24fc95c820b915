"""Reads the raw log at start-up: gives back each durable request, cuts what a crash tore, refuses damage."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import structlog

from correlator.errors import StoreError
from correlator.store.contract import LoggedRequest
from correlator.store.segments.disk import Disk
from correlator.store.segments.log.frame import frame_at, header_at, later_frames

SUFFIX: Final = ".log"
LOG = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LogFile:
    """One file of the log: its name tells the log position of its first byte."""

    base: int
    path: Path


def log_path(folder: Path, base: int) -> Path:
    return folder / f"{base:020d}{SUFFIX}"


def log_files(folder: Path) -> list[LogFile]:
    """By base."""
    names = (path for path in folder.glob(f"*{SUFFIX}") if path.stem.isdigit())
    return sorted((LogFile(int(path.stem), path) for path in names), key=lambda file: file.base)


def replay(folder: Path, sealed_position: int) -> Iterator[LoggedRequest]:
    """Each request from `sealed_position` on, in order. Raises StoreError where the log is damaged."""
    files = [file for file in log_files(folder) if file.path.stat().st_size > 0]
    if files and files[0].base > sealed_position:
        raise StoreError(
            f"log file {files[0].path} starts at position {files[0].base}, but the segments end at {sealed_position}: "
            "a log file is missing; put it back, or restore the data folder from a backup"
        )
    for file, following in pairwise(files):
        if following.base > sealed_position:
            yield from _from(_frames(file, following.base), sealed_position)
    if files:
        yield from _from(_frames(files[-1], None), sealed_position)


def cut_torn_end(folder: Path, disk: Disk, end: int) -> None:
    """Remove from the last file what comes after `end`, the last durable position."""
    files = log_files(folder)
    if not files:
        return
    last = files[-1]
    size = last.path.stat().st_size
    if size <= end - last.base:
        return
    disk.truncate(last.path, max(0, end - last.base))
    disk.sync_file(last.path)


def _from(frames: Iterator[LoggedRequest], position: int) -> Iterator[LoggedRequest]:
    return (frame for frame in frames if frame.position >= position)


def _frames(file: LogFile, next_base: int | None) -> Iterator[LoggedRequest]:
    buffer = memoryview(file.path.read_bytes())
    if next_base is not None:
        buffer = buffer[: next_base - file.base]
    offset = 0
    while (header := header_at(buffer, offset)) is not None:
        end = offset + header.size
        yield LoggedRequest(file.base + offset, file.base + end, frame_at(buffer, offset, header))
        offset = end
    if next_base is not None and offset < next_base - file.base:
        raise _damage(file, offset)
    if next_base is None and _was_durable(file, buffer, offset):
        raise _damage(file, offset)


def _was_durable(file: LogFile, buffer: memoryview, offset: int) -> bool:
    """Whether a frame behind this place was written when all up to beyond it was durable: then no crash tore it."""
    rest = bytes(buffer[offset:])
    if rest.count(0) == len(rest):
        return False
    LOG.warning("log_end_torn", file=file.path.name, offset=offset)
    return any(header.durable_end > file.base + offset for header in later_frames(buffer, offset))


def _damage(file: LogFile, offset: int) -> StoreError:
    return StoreError(
        f"log file {file.path} is damaged at offset {offset}: its checksum does not match, and acknowledged requests follow; "
        "restore the data folder from a backup, or cut the file there (truncate -s) and lose what follows"
    )
