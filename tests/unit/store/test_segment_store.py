"""The embedded store's own promises: start-up, upkeep, limits, what a damaged folder is answered with."""

import errno
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from correlator.errors import InvalidInput, Overloaded, StoreError, Unavailable
from correlator.model.tables import Tables
from correlator.store.contract import Frame, Store, TraceQuery
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
    return store.append(frame_of(records, arrival), records).result(timeout=10)


def bodies(store: Store) -> list[str]:
    return sorted(store.scan("logs", 0, 2**62, ("body",))["body"].to_pylist())


def expected(*numbers: int) -> list[str]:
    return sorted(f"message {n}" for n in numbers)


def crashed(folder: Path) -> Path:
    """The folder of a store that is open, as a crash would leave it."""
    return Path(shutil.copytree(folder, folder.with_name("crashed")))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SegmentStore]:
    store = opened(tmp_path)
    yield store
    store.close()


# --- start-up ---


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


@pytest.mark.parametrize(("text", "message"), [("2\n", "run the newer correlator"), ("cake", "no format version")])
def test_an_unknown_format_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """A newer layout is not touched; and the lock is given back."""
    opened(tmp_path).close()
    (tmp_path / "format").write_text(text)
    for _ in range(2):
        with pytest.raises(StoreError, match=message):
            opened(tmp_path)


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


# --- upkeep ---


def wait_until(holds: Any) -> bool:
    give_up = time.monotonic() + 10
    while not holds() and time.monotonic() < give_up:
        time.sleep(0.01)
    return bool(holds())


def test_a_full_head_is_sealed_and_its_log_dropped(tmp_path: Path) -> None:
    """In the background, without being asked; segments are merged there, too: two at most of each of three tiers remain."""
    store = opened(tmp_path, seal_rows=6, log_file_bytes=2_000, upkeep_interval_s=0.01, merge_fan_in=3)
    for number in range(30):
        put(store, number, arrival=time.time_ns())
    assert wait_until(lambda: store.stats().head_rows == 0 and store.stats().segments <= 3 * 2 * 3)
    assert wait_until(lambda: store.stats().log_bytes < 4_000)
    assert bodies(store) == expected(*range(30))
    store.close()


def test_an_old_head_is_sealed(tmp_path: Path) -> None:
    """What waits longer than seal_age_s goes, however little it is."""
    store = opened(tmp_path, seal_age_s=0.05, upkeep_interval_s=0.01)
    put(store, 1, arrival=time.time_ns())
    assert wait_until(lambda: store.stats().head_rows == 0)
    assert store.stats().segments == 3
    store.close()


def test_merging_leaves_one_segment_and_no_files_of_the_old(store: SegmentStore, tmp_path: Path) -> None:
    """All signals, with the records and positions that they had."""
    for number in range(4):
        put(store, number, number + 10)
        store.seal()
    errors = store.errors_after(-1, 100).logs.to_pylist()
    while store.upkeep.merge_next():
        pass
    assert store.stats().segments == 3
    assert len(list((tmp_path / "segments").rglob("*.parquet"))) == 3
    assert bodies(store) == expected(*range(4), *range(10, 14))
    assert store.errors_after(-1, 100).logs.to_pylist() == errors
    assert store.scan("metrics", 0, 2**62, ("value",)).num_rows == 8


def test_files_stay_while_they_are_read(store: SegmentStore, tmp_path: Path) -> None:
    """A reader's view holds what it started with; the files go when it ends."""
    for number in range(2):
        put(store, number)
        store.seal()
    with store._shelf.view() as view:
        assert store.upkeep.merge_next()
        assert [segment.read().num_rows for segment in view.segments] == [1] * 6
    while store.upkeep.merge_next():
        pass
    assert len(list((tmp_path / "segments").rglob("*.parquet"))) == 3


def test_old_segments_retire(tmp_path: Path) -> None:
    """By the arrival of their newest record; what is younger stays, also after a restart."""
    store = opened(tmp_path, retention_age_s=3 * 86_400, clock=lambda: T0 + 5 * DAY)
    for number, day in enumerate((0, 1, 3)):
        put(store, number, arrival=T0 + day * DAY)
        store.seal()
    store.upkeep.retire()
    assert bodies(store) == expected(2)
    assert len(list((tmp_path / "segments").rglob("*.parquet"))) == 3
    store.close()
    store = opened(tmp_path)
    assert bodies(store) == expected(2)
    store.close()


def test_the_oldest_segments_retire_beyond_a_size(tmp_path: Path) -> None:
    """Until what remains fits."""
    store = opened(tmp_path)
    for number in range(4):
        put(store, number)
        store.seal()
    half = store.stats().segment_bytes // 2
    store.close()
    store = opened(tmp_path, retention_bytes=half)
    store.upkeep.retire()
    assert 0 < store.stats().segment_bytes <= half
    assert bodies(store) == expected(2, 3)
    store.close()


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


def test_sealing_is_tried_again_until_there_is_room(tmp_path: Path) -> None:
    """Meanwhile all is readable, the failure is counted, and no half file lies about."""
    disk, counts = FullForSegments(), Counter[str]()
    store = opened(
        tmp_path, seal_rows=3, upkeep_interval_s=0.01, disk=disk, observe=lambda name, number: counts.update([name])
    )
    disk.is_full = True
    for number in range(4):
        put(store, number, arrival=time.time_ns())
    assert wait_until(lambda: counts["background_errors"] >= 2)
    assert bodies(store) == expected(*range(4))
    assert not list((tmp_path / "segments").rglob("*.tmp"))
    disk.is_full = False
    assert wait_until(lambda: store.stats().head_rows == 0)
    assert bodies(store) == expected(*range(4))
    store.close()


def test_requests_are_refused_while_sealing_lags(tmp_path: Path) -> None:
    """Memory is bounded; once something is sealed there is room again."""
    store = opened(tmp_path, unsealed_bytes=1_000)
    put(store, *range(20))
    with pytest.raises(Unavailable, match="sealing lags"):
        put(store, 21)
    store.seal()
    put(store, 22)
    store.close()


class SlowDisk(Disk):
    """Writes nothing before `may_go`."""

    def __init__(self) -> None:
        self.may_go = threading.Event()

    def write(self, descriptor: int, offset: int, buffers: list[bytes]) -> None:
        self.may_go.wait(10)
        super().write(descriptor, offset, buffers)


def test_requests_are_refused_while_too_many_wait(tmp_path: Path) -> None:
    """`append` never blocks: beyond the bound it fails at once, and what waits shares one fdatasync."""
    disk, counts = SlowDisk(), Counter[str]()
    store = opened(tmp_path, disk=disk, waiting_bytes=4_000, observe=lambda name, number: counts.update([name]))
    records = tables(logs=[log(1, body="x" * 1_000)])
    futures = [store.append(frame_of(records), records) for _ in range(12)]
    refused = [future for future in futures if future.done()]
    assert refused
    assert all(isinstance(future.exception(), Overloaded) for future in refused)
    disk.may_go.set()
    taken = [future.result(timeout=10) for future in futures if future not in refused]
    assert store.stats().logs == len(taken)
    assert counts["commit_seconds"] <= 2
    store.close()


def test_a_cancelled_future_does_not_stop_the_others(tmp_path: Path) -> None:
    """A client that went away cancels its future; the log goes on."""
    disk = SlowDisk()
    store = opened(tmp_path, disk=disk)
    records = tables(logs=[log(1)])
    futures = [store.append(frame_of(records), records) for _ in range(5)]
    cancelled = [future.cancel() for future in futures[2:4]]
    disk.may_go.set()
    assert all(cancelled)
    assert futures[4].result(timeout=10) > futures[0].result(timeout=10)
    store.close()


@pytest.mark.parametrize("count", [0, 1, 20])
def test_closing_seals_all_and_leaves_no_log(tmp_path: Path, count: int) -> None:
    """However little it is: the next start has nothing to replay, and no room is set aside for a log."""
    store = opened(tmp_path, seal_rows=600)
    last = put(store, *range(count))
    store.close()
    assert list((tmp_path / "log").iterdir()) == []
    store = opened(tmp_path)
    assert (store.stats().head_rows, store.stats().segments) == (0, 3 if count else 0)
    assert bodies(store) == expected(*range(count))
    assert put(store, 50) > last
    store.close()


def test_closing_on_a_full_disk_keeps_the_log(tmp_path: Path) -> None:
    """What could not be sealed is replayed at the next start."""
    disk = FullForSegments()
    store = opened(tmp_path, disk=disk)
    put(store, 1)
    disk.is_full = True
    store.close()
    store = opened(tmp_path)
    assert (store.stats().head_rows, bodies(store)) == (3, expected(1))
    store.close()


# --- what lies in the folder ---


def test_segments_are_plain_parquet(store: SegmentStore, tmp_path: Path) -> None:
    """Any tool reads them: a glob finds each record once."""
    put(store, 1, 2)
    put(store, 3)
    store.seal()
    rows = duckdb.sql(f"SELECT name, service_name FROM '{tmp_path}/segments/traces/*.parquet' ORDER BY name").fetchall()
    assert rows == [(f"GET /{n}", "bridge-api") for n in (1, 2, 3)]


def test_segments_use_encodings_that_every_reader_knows(store: SegmentStore, tmp_path: Path) -> None:
    """Those of DuckDB 1.1, which knows BYTE_STREAM_SPLIT for floats alone."""
    put(store, *range(20))
    store.seal()
    footers = [pq.read_metadata(path).to_dict() for path in (tmp_path / "segments").rglob("*.parquet")]
    columns = [column for footer in footers for group in footer["row_groups"] for column in group["columns"]]
    encodings = {encoding for column in columns for encoding in column["encodings"]}
    assert len(footers) == 3
    assert encodings <= {"PLAIN", "RLE", "RLE_DICTIONARY", "DELTA_BINARY_PACKED"}


def test_a_deep_cursor_skips_no_trace_that_continues(store: SegmentStore) -> None:
    """A trace with late spans in a newer segment is listed by its true start."""
    early, late = trace_id(1), trace_id(2)
    for trace, number in ((early, 1), (late, 50), (early, 90), (early, 95)):
        records = tables([span(trace, number)])
        store.append(frame_of(records), records).result(timeout=10)
        store.seal()
    first = store.find_traces(TraceQuery(limit=1))
    second = store.find_traces(TraceQuery(limit=1, cursor=first.next_cursor))
    assert [page.traces[0].trace_id for page in (first, second)] == [late.hex(), early.hex()]
    assert second.traces[0].spans == 3
    assert second.next_cursor is None


def test_a_request_that_cannot_be_made_readable_leaves_no_trace(tmp_path: Path) -> None:
    """Durable already, it is taken out of the log again; its neighbours stay, and later ones are taken."""
    store = opened(tmp_path)
    good, unfit = tables(spans=[span(trace_id(1), 1)]), Tables(spans=pa.table({"unfit": [1]}))
    before = store.append(frame_of(good), good)
    broken = store.append(frame_of(tables(spans=[span(trace_id(2), 2)])), unfit)
    with pytest.raises(Unavailable):
        broken.result(5)
    later = tables(spans=[span(trace_id(3), 3)])
    assert store.append(frame_of(later), later).result(5) > before.result(5)
    copied = tmp_path.with_name("copied")
    shutil.copytree(tmp_path, copied)
    store.close()
    again = opened(copied)
    found = [again.read_trace(trace_id(number)).spans.num_rows for number in (1, 2, 3)]
    again.close()
    assert found == [1, 0, 1]
