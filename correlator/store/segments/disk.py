"""The file operations that durability rests on, in one place, so that tests can record them and make them fail."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
BUFFERS_PER_WRITE: Final = 1_024  # IOV_MAX on Linux


class Disk:
    """Each method is one operation as a crash sees it. All raise OSError.

    Written bytes are durable after `sync`, names (of files made, renamed, removed) after `sync_folder`.
    """

    def make_folder(self, folder: Path) -> None:
        """The folder and its missing parents, durable."""
        missing = [path for path in (folder, *folder.parents) if not path.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        for path in missing:
            self.sync_folder(path.parent)

    def open_new(self, path: Path, size: int) -> int:
        """Descriptor of a new file with `size` bytes of zeros set aside, so that a full disk is noticed here and not later."""
        descriptor = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_RDWR | os.O_CLOEXEC, 0o644)
        try:
            os.posix_fallocate(descriptor, 0, size)
        except OSError:
            os.close(descriptor)
            path.unlink()
            raise
        return descriptor

    def write(self, descriptor: int, offset: int, buffers: list[bytes]) -> None:
        """All `buffers`, one after the other, from `offset` on."""
        for first in range(0, len(buffers), BUFFERS_PER_WRITE):
            offset = _write_all(descriptor, offset, buffers[first : first + BUFFERS_PER_WRITE])

    def sync(self, descriptor: int) -> None:
        os.fdatasync(descriptor)

    def sync_file(self, path: Path) -> None:
        """Content and size of a closed file."""
        self._sync_path(path, os.O_RDWR)

    def sync_folder(self, folder: Path) -> None:
        self._sync_path(folder, os.O_RDONLY | os.O_DIRECTORY)

    def truncate(self, path: Path, size: int) -> None:
        """Cut a file; what is cut off is gone for good only after `sync_file`."""
        os.truncate(path, size)

    def rename(self, source: Path, target: Path) -> None:
        source.replace(target)

    def unlink(self, path: Path) -> None:
        path.unlink(missing_ok=True)

    @contextmanager
    def new_stream(self, path: Path) -> Iterator[BinaryIO]:
        """A new file to write from start to end."""
        with path.open("wb") as stream:
            yield stream

    def free_bytes(self, folder: Path) -> int:
        """Bytes that the file system of `folder` can still take from an ordinary user."""
        numbers = os.statvfs(folder)
        return numbers.f_bavail * numbers.f_frsize

    def put(self, temporary: Path, target: Path) -> None:
        """Give a finished file its name: after this it is there whole, whatever happens; before, not at all."""
        self.sync_file(temporary)
        self.rename(temporary, target)
        self.sync_folder(target.parent)

    def _sync_path(self, path: Path, flags: int) -> None:
        descriptor = os.open(path, flags | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def is_no_room(error: OSError) -> bool:
    """Whether the disk, a quota or a limit on file size takes no more."""
    return error.errno in NO_ROOM


def _write_all(descriptor: int, offset: int, buffers: list[bytes]) -> int:
    """The offset after the last byte; a short write is carried on."""
    pending = [memoryview(buffer) for buffer in buffers]
    while pending:
        written = os.pwritev(descriptor, pending, offset)
        offset += written
        while pending and written >= len(pending[0]):
            written -= len(pending.pop(0))
        if pending:
            pending[0] = pending[0][written:]
    return offset
