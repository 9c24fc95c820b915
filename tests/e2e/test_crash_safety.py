"""kill -9 under load, again and again: every acknowledged record is there exactly once afterwards."""

import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from correlator.store.segments import SegmentStore
from tests.conformance.records import decode, span_id, trace_id

ROUNDS = int(os.environ.get("CORRELATOR_CRASH_ROUNDS", "20"))
LOAD_S = 0.8
"""The kill falls between the first acknowledgement and so much later; every fifth one during start-up instead."""
CHILD = Path(__file__).with_name("crash_child.py")
STRIDE = 1_000_000


@pytest.mark.slow
@pytest.mark.timeout(60 + 15 * ROUNDS)
def test_no_acknowledged_record_is_lost_or_doubled(tmp_path: Path) -> None:
    """Spans are told apart by trace and span id, log records by log position and row."""
    random = Random(20)
    acknowledged: dict[int, int] = {}
    for turn in range(ROUNDS):
        acknowledged |= killed_round(tmp_path / "data", turn * STRIDE, random, is_early=turn % 5 == 4)
        check(tmp_path / "data", acknowledged)
    assert len(acknowledged) > 10 * ROUNDS


def killed_round(folder: Path, first: int, random: Random, *, is_early: bool) -> dict[int, int]:
    """What the child acknowledged before it was killed: number to log position."""
    child = subprocess.Popen([sys.executable, CHILD, folder, str(first)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    try:
        lines = [] if is_early else [child.stdout.readline()]
        time.sleep(random.uniform(0, LOAD_S))
    finally:
        child.kill()
    lines += child.communicate()[0].splitlines(keepends=True)
    assert child.returncode == -9, "the child ended by itself"
    whole = [line.split() for line in lines if line.endswith(b"\n")]
    return {int(number): int(position) for number, position in whole}


def check(folder: Path, acknowledged: dict[int, int]) -> None:
    """Looks into a copy, since closing a store seals it: the next round starts on what the crash left."""
    with TemporaryDirectory(dir=folder.parent) as copy:
        check_opened(Path(shutil.copytree(folder, Path(copy) / "data")), acknowledged)


def check_opened(folder: Path, acknowledged: dict[int, int]) -> None:
    with_upkeep_off = {"upkeep_interval_s": None, "min_free_bytes": 0}
    store = SegmentStore(folder, decode, seal_rows=60, log_file_bytes=2**16, **with_upkeep_off)
    try:
        spans = store.scan("traces", 0, 2**62, ("trace_id", "span_id", "position"))
        logs = store.scan("logs", 0, 2**62, ("position", "row"))
        trace = store.read_trace(trace_id(max(acknowledged, default=0)))
    finally:
        store.close()
    found_spans = Counter(zip(*(spans[name].to_pylist() for name in ("trace_id", "span_id")), strict=True))
    found_logs = Counter(zip(*(logs[name].to_pylist() for name in ("position", "row")), strict=True))
    assert set(found_spans.values()) <= {1}
    assert set(found_logs.values()) <= {1}
    for number, position in acknowledged.items():
        assert (trace_id(number), span_id(number)) in found_spans
        assert {(position, 0), (position, 1)} <= found_logs.keys()
    assert not acknowledged or (trace.spans.num_rows, trace.logs.num_rows) == (1, 0)
