"""What a process uses, as metrics."""

import os
import threading
from typing import Any

from correlator.telemetry.process_metrics import memory_bytes, observe_process
from tests.unit.telemetry.conftest import Recorder


def points_of(recorder: Recorder, name: str) -> list[Any]:
    data = recorder.reader.get_metrics_data()
    assert data is not None
    return [
        point
        for group in data.resource_metrics
        for scope in group.scope_metrics
        for metric in scope.metrics
        if metric.name == name
        for point in metric.data.data_points
    ]


def test_processor_time_grows_with_work_and_is_told_by_mode(recorder: Recorder) -> None:
    """User and system time are two points; together they are what the system says of this process."""
    observe_process(recorder.meter_provider)
    before = os.times()
    sum(each * each for each in range(200_000))
    points = {str(point.attributes["cpu.mode"]): point.value for point in points_of(recorder, "process.cpu.time")}
    after = os.times()
    assert before.user - 0.02 <= points["user"] <= after.user + 0.02  # os.times counts in ticks of 10 ms
    assert before.system - 0.02 <= points["system"] <= after.system + 0.02


def test_memory_follows_what_is_held(recorder: Recorder) -> None:
    """64 MiB more are seen at the next reading."""
    observe_process(recorder.meter_provider)
    (before,) = points_of(recorder, "process.memory.usage")
    held = bytearray(os.urandom(1) * 2**26)
    (after,) = points_of(recorder, "process.memory.usage")
    assert after.value - before.value > len(held) // 2
    assert memory_bytes() > len(held)


def test_threads_are_counted(recorder: Recorder) -> None:
    """One more while it runs."""
    observe_process(recorder.meter_provider)
    (before,) = points_of(recorder, "process.thread.count")
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    (during,) = points_of(recorder, "process.thread.count")
    done.set()
    thread.join()
    assert during.value == before.value + 1
