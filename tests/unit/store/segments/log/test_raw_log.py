"""The write-ahead log: groups, files, what a crash tears, what is damage, what a full disk does."""

import errno
import os
from itertools import product
from pathlib import Path

import pytest

from correlator.errors import StoreError
from correlator.store.contract import Frame
from correlator.store.segments.disk import Disk
from correlator.store.segments.log.frame import HEADER, encode_header
from correlator.store.segments.log.raw_log import RawLog
from correlator.store.segments.log.recovery import cut_torn_end, log_files, replay
from tests.unit.store.segments.crash_disk import RecordingDisk, Step, sectors


def frame(number: int, size: int = 40) -> Frame:
    return Frame("logs", "json", number, f"{number:04d}".encode() * (size // 4))


def payloads(folder: Path, position: int = 0) -> list[int]:
    """The numbers of the frames that the log holds from `position` on."""
    return [logged.frame.arrival_unix_nano for logged in replay(folder, position)]


def written(folder: Path, groups: list[list[Frame]], file_bytes: int = 4096) -> RawLog:
    log = RawLog(folder, Disk(), 0, file_bytes)
    for group in groups:
        log.append(group)
    return log


def test_frames_come_back_with_their_positions(tmp_path: Path) -> None:
    """A position is the byte offset of a frame in the log as a whole; payload, signal and arrival survive."""
    log = RawLog(tmp_path, Disk(), 0, 4096)
    positions = log.append([frame(1), frame(2)]) + log.append([Frame("traces", "protobuf", -5, b"")])
    log.close()
    found = list(replay(tmp_path, 0))
    assert [one.position for one in found] == positions == [0, HEADER.size + 40, 2 * (HEADER.size + 40)]
    assert found[1].frame == frame(2)
    assert found[2].frame == Frame("traces", "protobuf", -5, b"")
    assert found[2].end == log.end


def test_frames_come_back_with_their_origins(tmp_path: Path) -> None:
    """Beside frames without; positions count the origin's bytes."""
    frames = [frame(1), Frame("traces", "protobuf", 2, b"abc", "kafka:grün/otlp_spans/3/0-17"), frame(3)]
    log = RawLog(tmp_path, Disk(), 0, 4096)
    positions = log.append(frames)
    log.close()
    found = list(replay(tmp_path, 0))
    assert [one.frame for one in found] == frames
    assert [one.position for one in found] == positions


def test_the_log_goes_on_in_new_files(tmp_path: Path) -> None:
    """A frame never spans files, and one larger than a file gets a file of its size."""
    log = written(tmp_path, [[frame(n, 400)] for n in range(20)] + [[frame(20, 9000)], [frame(21)]], file_bytes=1000)
    log.close()
    assert len(log_files(tmp_path)) > 5
    assert payloads(tmp_path) == list(range(22))
    assert payloads(tmp_path, log.end - HEADER.size - 40) == [21]


def test_files_below_a_position_are_dropped(tmp_path: Path) -> None:
    """Only whole files go, never the one in use; what is above stays readable."""
    log = RawLog(tmp_path, Disk(), 0, 1000)
    positions = [log.append([frame(n, 400)])[0] for n in range(6)]
    log.drop_below(positions[3])
    assert payloads(tmp_path, positions[3]) == [3, 4, 5]
    assert log.first == positions[2]
    log.drop_below(log.end)
    assert payloads(tmp_path, log.end) == []
    assert log.append([frame(9)])
    log.close()


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    """A log that starts above what is sealed has lost requests: nothing may pass over that."""
    log = written(tmp_path, [[frame(n, 400)] for n in range(6)], file_bytes=1000)
    log.close()
    log_files(tmp_path)[0].path.unlink()
    with pytest.raises(StoreError, match="missing"):
        payloads(tmp_path)


def test_a_file_missing_in_the_middle_is_an_error(tmp_path: Path) -> None:
    """Each file must end where the next one starts."""
    log = written(tmp_path, [[frame(n, 400)] for n in range(6)], file_bytes=1000)
    log.close()
    log_files(tmp_path)[1].path.unlink()
    with pytest.raises(StoreError, match="damaged at offset"):
        payloads(tmp_path)


def test_a_last_frame_torn_at_any_byte_is_cut(tmp_path: Path) -> None:
    """Cut short, or followed by the zeros that were set aside: the frames before stay, and the log goes on."""
    (tmp_path / "whole").mkdir()
    log = written(tmp_path / "whole", [[frame(1)], [frame(2)], [frame(3)]])
    content = log_files(tmp_path / "whole")[0].path.read_bytes()
    log.close()
    last = 2 * (HEADER.size + 40)
    for length, zeros in product(range(last, log.end), (0, 600)):
        folder = tmp_path / f"{length}-{zeros}"
        folder.mkdir()
        (folder / log_files(tmp_path / "whole")[0].path.name).write_bytes(content[:length] + bytes(zeros))
        assert payloads(folder) == [1, 2]
        cut_torn_end(folder, Disk(), last)
        again = RawLog(folder, Disk(), last, 4096)
        assert again.append([frame(4)]) == [last]
        again.close()
        assert payloads(folder) == [1, 2, 4]


def test_a_group_torn_in_any_sectors_is_cut_not_taken_for_damage(tmp_path: Path) -> None:
    """Of a group that was never acknowledged any sectors may be there, its last frame whole behind a hole."""
    disk = RecordingDisk(tmp_path / "no.sqlite")
    log = RawLog(tmp_path, disk, 0, 4096)
    log.append([frame(1), frame(2)])
    log.append([frame(n, 300) for n in range(3, 8)])
    log.close()
    durable, group = [step for step in disk.steps if step.name == "write"]
    pieces = sectors(_bytes(group), group.offset)
    assert len(pieces) >= 4
    for number, kept in enumerate(product((False, True), repeat=len(pieces))):
        folder = tmp_path / str(number)
        folder.mkdir()
        content = bytearray(4096)
        for piece in [durable, *(piece for piece, is_kept in zip(pieces, kept, strict=True) if is_kept)]:
            content[piece.offset : piece.offset + len(_bytes(piece))] = _bytes(piece)
        (folder / f"{0:020d}.log").write_bytes(content)
        found = payloads(folder)
        assert found == list(range(1, len(found) + 1))
        assert len(found) >= 2


def test_damage_before_acknowledged_requests_is_an_error(tmp_path: Path) -> None:
    """A flipped bit anywhere in a frame that others follow is told with file and offset, and what to do."""
    log = written(tmp_path, [[frame(1)], [frame(2)], [frame(3)]])
    path = log_files(tmp_path)[0].path
    log.close()
    content, start = path.read_bytes(), HEADER.size + 40
    for offset in range(start, 2 * start):
        path.write_bytes(content[:offset] + bytes([content[offset] ^ 0x10]) + content[offset + 1 :])
        with pytest.raises(StoreError, match=rf"{path.name} is damaged at offset {start}.*restore"):
            payloads(tmp_path)


class FailingDisk(Disk):
    """Fails one kind of operation while `failure` is set."""

    def __init__(self) -> None:
        self.failure: tuple[str, int] | None = None

    def open_new(self, path: Path, size: int) -> int:
        self._may_fail("open_new")
        return super().open_new(path, size)

    def write(self, descriptor: int, offset: int, buffers: list[bytes]) -> None:
        if self.failure and self.failure[0] == "write":
            os.pwrite(descriptor, b"".join(buffers)[:50], offset)
        self._may_fail("write")
        super().write(descriptor, offset, buffers)

    def sync(self, descriptor: int) -> None:
        self._may_fail("sync")
        super().sync(descriptor)

    def _may_fail(self, name: str) -> None:
        if self.failure and self.failure[0] == name:
            raise OSError(self.failure[1], "as the test wants")


@pytest.mark.parametrize("failure", [("open_new", errno.ENOSPC), ("write", errno.ENOSPC), ("sync", errno.EIO)])
@pytest.mark.parametrize("before", [0, 1, 2])
def test_a_group_that_fails_leaves_nothing(tmp_path: Path, failure: tuple[str, int], before: int) -> None:
    """Nothing of it is found, at once or later; the next group goes where it would have gone, in a new file."""
    disk = FailingDisk()
    log = RawLog(tmp_path, disk, 0, HEADER.size + 40 if failure[0] == "open_new" else 4096)
    for number in range(before):
        log.append([frame(number)])
    end, disk.failure = log.end, failure
    for _ in range(2):
        with pytest.raises(OSError, match="as the test wants"):
            log.append([frame(90), frame(91)])
        assert payloads(tmp_path) == list(range(before))
    disk.failure = None
    assert log.append([frame(5)]) == [end]
    log.close()
    assert payloads(tmp_path) == [*range(before), 5]


def test_a_file_whose_sync_failed_is_not_used_again(tmp_path: Path) -> None:
    """The kernel may report a lost write once only."""
    disk = FailingDisk()
    log = RawLog(tmp_path, disk, 0, 4096)
    log.append([frame(1)])
    disk.failure = ("sync", errno.EIO)
    with pytest.raises(OSError, match="as the test wants"):
        log.append([frame(2)])
    disk.failure = None
    log.append([frame(3)])
    log.close()
    assert [file.base for file in log_files(tmp_path)] == [0, HEADER.size + 40]


def test_checksum_covers_the_header() -> None:
    """Two frames that differ only in arrival differ in their checksum, too."""
    one, other = (encode_header(Frame("logs", "json", arrival, b"x"), 0) for arrival in (1, 2))
    assert one[4:8] != other[4:8]


def _bytes(step: Step) -> bytes:
    assert isinstance(step.value, bytes)
    return step.value
