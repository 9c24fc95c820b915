"""What the embedded store refuses, what it takes back, and how it closes."""

import shutil
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest

from correlator.errors import Overloaded, Unavailable
from correlator.model.tables import Tables
from tests.conformance.records import frame_of, log, span, tables, trace_id
from tests.unit.store.segments.segment_stores import FullForSegments, SlowDisk, bodies, expected, opened, put


def test_requests_are_refused_while_sealing_lags(tmp_path: Path) -> None:
    """Memory is bounded; once something is sealed there is room again."""
    store = opened(tmp_path, unsealed_bytes=1_000)
    put(store, *range(20))
    with pytest.raises(Unavailable, match="sealing lags"):
        put(store, 21)
    store.seal()
    put(store, 22)
    store.close()


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
    taken = [future.result(timeout=30) for future in futures if future not in refused]
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
    assert futures[4].result(timeout=30) > futures[0].result(timeout=30)
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


def test_a_request_that_cannot_be_made_readable_leaves_no_trace(tmp_path: Path) -> None:
    """Durable already, it is taken out of the log again; its neighbours stay, and later ones are taken."""
    store = opened(tmp_path)
    good, unfit = tables(spans=[span(trace_id(1), 1)]), Tables(spans=pa.table({"unfit": [1]}))
    before = store.append(frame_of(good), good)
    broken = store.append(frame_of(tables(spans=[span(trace_id(2), 2)])), unfit)
    with pytest.raises(Unavailable):
        broken.result(30)
    later = tables(spans=[span(trace_id(3), 3)])
    assert store.append(frame_of(later), later).result(30) > before.result(30)
    copied = tmp_path.with_name("copied")
    shutil.copytree(tmp_path, copied)
    store.close()
    again = opened(copied)
    found = [again.read_trace(trace_id(number)).spans.num_rows for number in (1, 2, 3)]
    again.close()
    assert found == [1, 0, 1]
