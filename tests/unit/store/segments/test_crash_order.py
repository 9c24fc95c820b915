"""Whatever a crash leaves of operations that were not durable, the store opens and has each acknowledged record once."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from correlator.errors import StoreError
from correlator.store.segments import SegmentStore
from correlator.store.segments.disk import Disk
from tests.conformance.records import decode, frame_of, log, span, tables, trace_id
from tests.unit.store.segments.crash_disk import CrashedDisk, RecordingDisk, Step, files_below, lay_out

REQUESTS = 15
MEMORY_FOLDER = Path("/dev/shm")


def open_store(folder: Path, disk: Disk) -> SegmentStore:
    return SegmentStore(
        folder, decode, upkeep_interval_s=None, merge_fan_in=2, log_file_bytes=4096, min_free_bytes=0, disk=disk
    )


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory where there is such a folder: hundreds of stores are opened here."""
    with TemporaryDirectory(dir=MEMORY_FOLDER if MEMORY_FOLDER.is_dir() else None) as name:
        yield Path(name)


def run_work(folder: Path) -> tuple[dict[Path, bytes], list[Step]]:
    """A store's life: what was durable before, then each step of appending, sealing, merging."""
    open_store(folder, Disk()).close()
    start = files_below(folder)
    disk = RecordingDisk(folder / "catalog.sqlite")
    store = open_store(folder, disk)
    for number in range(REQUESTS):
        records = tables(spans=[span(trace_id(number), number, is_error=number % 3 == 0)], logs=[log(number)])
        store.append(frame_of(records), records).result(timeout=30)
        disk.acknowledge(number)
        if number % 4 == 3:
            store.seal()
        if number % 8 == 7:
            store.upkeep.merge_next()
    store.close()
    return start, disk.steps


def check(files: dict[Path, bytes], catalog: bytes, source: Path, target: Path, acknowledged: int) -> None:
    """Open what the crash left, twice, and look for each record."""
    kept = {path: content for path, content in files.items() if not path.name.startswith("catalog.sqlite")}
    lay_out({**kept, source / "catalog.sqlite": catalog}, source, target)
    for _ in range(2):
        store = open_store(target, Disk())
        bodies = store.scan("logs", 0, 2**62, ("body",))["body"].to_pylist()
        traces = store.scan("traces", 0, 2**62, ("trace_id",))["trace_id"].to_pylist()
        store.close()
        assert len(bodies) == len(set(bodies)) == len(traces) == len(set(traces))
        assert {f"message {number}" for number in range(acknowledged)} <= set(bodies)
        assert {trace_id(number) for number in range(acknowledged)} <= set(traces)
        assert len(bodies) <= acknowledged + 1
    shutil.rmtree(target)


def check_all(source: Path, target: Path, start: dict[Path, bytes], steps: list[Step]) -> None:
    """A crash after each step, with the catalog as it was before and after what followed."""
    random, crashed, acknowledged = Random(11), CrashedDisk(start), 0
    checked: set[tuple[frozenset[tuple[Path, bytes]], bytes, int]] = set()
    for step, following in zip(steps, [*steps[1:], steps[-1]], strict=True):
        crashed.take(step)
        acknowledged += step.name == "acknowledge"
        left = [crashed.nothing_unsynced(), crashed.everything(), crashed.names_without_content()]
        left += [crashed.by_chance(random) for _ in range(2)]
        for files in left:
            for catalog in {step.catalog, following.catalog}:
                state = frozenset(files.items()), catalog, acknowledged
                if state not in checked:
                    checked.add(state)
                    check(files, catalog, source, target, acknowledged)


@pytest.mark.slow
def test_a_crash_after_any_step_loses_and_doubles_nothing(folder: Path) -> None:
    """Every prefix of the operations; what was not synced lost, kept, or torn in sectors."""
    start, steps = run_work(folder / "source")
    assert {"create", "write", "sync", "sync_folder", "rename", "unlink", "acknowledge"} <= {
        step.name for step in steps
    }
    check_all(folder / "source", folder / "crashed", start, steps)


@pytest.mark.parametrize("forgotten", ["sync", "sync_folder"])
def test_the_model_notices_a_forgotten_sync(folder: Path, forgotten: str) -> None:
    """Were a sync left out, the test above would fail: so it tests something."""
    start, steps = run_work(folder / "source")
    without = [replace(step, name="nothing") if step.name == forgotten else step for step in steps]
    with pytest.raises((AssertionError, StoreError, OSError)):
        check_all(folder / "source", folder / "crashed", start, without)
