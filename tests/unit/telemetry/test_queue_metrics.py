"""Depth and delay of queues as metrics."""

from typing import Any

from correlator.telemetry import QueueDelays, observe_queue_depths
from tests.unit.telemetry.conftest import Recorder


def points_of(recorder: Recorder, name: str) -> dict[str, Any]:
    """The metric's points, by queue."""
    data = recorder.reader.get_metrics_data()
    assert data is not None
    return {
        str((point.attributes or {})["messaging.destination.name"]): point
        for group in data.resource_metrics
        for scope in group.scope_metrics
        for metric in scope.metrics
        if metric.name == name
        for point in metric.data.data_points
    }


def test_depth_is_asked_for_at_each_reading(recorder: Recorder) -> None:
    """By queue."""
    depths = {"mail": 3, "work": 0}
    observe_queue_depths(lambda: depths, meter_provider=recorder.meter_provider)
    assert {name: point.value for name, point in points_of(recorder, "correlator.queue.depth").items()} == depths
    depths["mail"] = 1
    assert points_of(recorder, "correlator.queue.depth")["mail"].value == 1


def test_delay_is_a_histogram_and_never_negative(recorder: Recorder) -> None:
    """Two machines' clocks may disagree."""
    delays = QueueDelays(recorder.meter_provider)
    delays.record("mail", 0.2)
    delays.record("mail", -5.0)
    point = points_of(recorder, "correlator.queue.delay")["mail"]
    assert (point.count, point.sum, point.min) == (2, 0.2, 0.0)
