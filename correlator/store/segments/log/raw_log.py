"""The write-ahead log: every request durable here before it is acknowledged.

A log position is a byte offset in the log as if it were one file; each file is named by the position of its first byte and
ends, whatever bytes lie behind, where the next one starts. So a new file is also what cuts off a group that failed.
"""

import contextlib
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from correlator.store.contract import Frame
from correlator.store.segments.disk import Disk
from correlator.store.segments.log.frame import encode_header, frame_bytes
from correlator.store.segments.log.recovery import log_files, log_path


@dataclass(slots=True)
class _ActiveFile:
    base: int
    size: int  # bytes set aside
    descriptor: int
    path: Path


class RawLog:
    """Appends groups of frames. One thread appends; `drop_below`, `end` and `first` may be called from any.

    `end` is the position after the last durable frame. `file_bytes` are set aside for each file, so that a full disk is
    noticed when a file is made, never in fdatasync.
    """

    def __init__(self, folder: Path, disk: Disk, end: int, file_bytes: int) -> None:
        self._folder = folder
        self._disk = disk
        self._file_bytes = file_bytes
        self._active: _ActiveFile | None = None
        self._names = threading.Lock()
        self.end = end
        self.first = min([file.base for file in log_files(folder)], default=end)

    def append(self, frames: Sequence[Frame]) -> list[int]:
        """Make `frames` durable together; gives their positions.

        Raises OSError, with nothing of the group left. A file whose sync failed is not used again, since the kernel may
        have forgotten what it could not write (the "fsyncgate" of 2018).
        """
        positions, buffers, end = self._encode(frames)
        file = self._file_for(end - self.end)
        try:
            self._disk.write(file.descriptor, self.end - file.base, buffers)
            self._disk.sync(file.descriptor)
        except OSError:
            self._give_up(file)
            raise
        self.end = end
        return positions

    def cut(self, position: int) -> None:
        """Take back the last group from its request at `position` on, as if it had never been written."""
        self.end = position
        if self._active is not None:
            self._give_up(self._active)

    def drop_below(self, position: int) -> None:
        """Unlink the files that hold nothing from `position` on, which the catalog must have recorded durably."""
        with self._names:
            files = log_files(self._folder)
            ends = [*(file.base for file in files[1:]), self.end]
            for file, end in zip(files, ends, strict=False):  # an empty folder has one end, and no file
                if end <= position and (self._active is None or file.base != self._active.base):
                    self._disk.unlink(file.path)
                else:
                    break
            self.first = min([file.base for file in log_files(self._folder)], default=self.end)

    def close(self) -> None:
        if self._active is not None:
            self._leave(self._active)

    def _encode(self, frames: Sequence[Frame]) -> tuple[list[int], list[bytes], int]:
        positions, buffers, end = [], [], self.end
        for frame in frames:
            positions.append(end)
            buffers += [encode_header(frame, self.end), frame.payload]
            end += frame_bytes(frame)
        return positions, buffers, end

    def _file_for(self, size: int) -> _ActiveFile:
        file = self._active
        if file is None or self.end - file.base + size > file.size:
            file = self._start_file(size)
        return file

    def _start_file(self, size: int) -> _ActiveFile:
        path, size = log_path(self._folder, self.end), max(size, self._file_bytes)
        with self._names:
            if self._active is not None and self._active.base == self.end:  # empty, and too small: made anew
                self._leave(self._active)
            descriptor = self._disk.open_new(path, size)
            try:
                self._disk.sync(descriptor)
                self._disk.sync_folder(self._folder)
            except OSError:
                os.close(descriptor)
                raise
            if self._active is not None:
                self._leave(self._active)
            self._active = _ActiveFile(self.end, size, descriptor, path)
            return self._active

    def _give_up(self, file: _ActiveFile) -> None:
        """Cut what a failed group left, and use the file no more. Should that fail too, the next file cuts it."""
        with contextlib.suppress(OSError):
            self._disk.truncate(file.path, self.end - file.base)
            self._disk.sync_file(file.path)
        os.close(file.descriptor)
        self._active = None

    def _leave(self, file: _ActiveFile) -> None:
        """Close a file and give back the room that it did not use."""
        os.close(file.descriptor)
        self._active = None
        if self.end > file.base:
            with contextlib.suppress(OSError):
                self._disk.truncate(file.path, self.end - file.base)
