"""What a body can cost beyond its size: more records than are read at once, and records of too many fields."""

import json
import subprocess
import sys
from typing import Any

import pytest

from correlator.errors import InvalidInput
from correlator.model.limits import Limits
from tests.unit.doors.otlp_bombs import FIELD_BOMBS, RECORD_BOMBS
from tests.unit.doors.otlp_frames import decoded, log_request, metric_request, sized, trace_request

REFUSED_BYTES_PER_BYTE = 24
"""Measured 16: protobuf keeps 16 bytes for each record of 2, in an array that doubles. Read in full, a span takes 165."""
REJECTED_BYTES_PER_BYTE = 60
"""Measured 16 (JSON) to 42 (links): objects are made before they are counted, at most one for each 2 bytes."""
CPU_S = 2.0
"""Measured 0.03 to 0.12 for 2 MB, on a machine shared by others."""


@pytest.fixture(scope="module")
def costs() -> Any:
    """What each bomb costs a process of its own."""
    if not sys.platform.startswith("linux"):
        pytest.skip("resets the peak of its memory by Linux's /proc")
    command = [sys.executable, "-m", "tests.unit.doors.otlp_bombs"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, timeout=150).stdout)


@pytest.mark.parametrize("name", RECORD_BOMBS)
def test_more_records_than_are_read_are_refused_before_objects_are_made(costs: Any, name: str) -> None:
    """The message names count, limit and remedy; memory is bounded in bytes for each byte of the body."""
    cost = costs[name]
    assert "limits.records_per_request allows 65536: split the batch" in cost["answer"]
    assert cost["bytes_per_body_byte"] < REFUSED_BYTES_PER_BYTE
    assert cost["cpu_s"] < CPU_S


@pytest.mark.parametrize("name", FIELD_BOMBS)
def test_a_record_of_too_many_fields_costs_a_bounded_multiple_of_its_size(costs: Any, name: str) -> None:
    """It is rejected; what it costs is bounded by the body."""
    cost = costs[name]
    assert cost["answer"].startswith("too_many_")
    assert cost["bytes_per_body_byte"] < REJECTED_BYTES_PER_BYTE
    assert cost["cpu_s"] < CPU_S


def _requests(count: int) -> dict[str, Any]:
    request, metrics = metric_request()
    for kind in ("gauge", "summary"):
        getattr(metrics.add(), kind).data_points.add()
    points = metrics.add().sum.data_points
    for _ in range(count - 2):
        points.add()
    return {"traces": trace_request(*[{}] * count), "logs": log_request(*[{}] * count), "metrics": request}


@pytest.mark.parametrize("signal", ["traces", "logs", "metrics"])
def test_the_limit_is_inclusive(signal: str) -> None:
    """Exactly as many are read; data points are counted over all metrics."""
    payload = _requests(8)[signal].SerializeToString()
    table = {"traces": "spans", "logs": "logs", "metrics": "metrics"}[signal]
    assert getattr(decoded(signal, payload, Limits(records_per_request=8)).tables, table).num_rows == 8
    names = {"traces": "spans", "logs": "log_records", "metrics": "data_points"}
    with pytest.raises(InvalidInput, match=f"has 8 {names[signal]}; .* allows 7: split the batch"):
        decoded(signal, payload, Limits(records_per_request=7))


def test_json_counts_each_request_anew() -> None:
    """One at the limit after another is read, and so is one after a refusal."""
    limits = Limits(records_per_request=2)
    body = b'{"resourceSpans":[{"scopeSpans":[{"spans":[%s]}]}]}'
    for _ in range(2):
        assert decoded("traces", body % b"{},{}", limits, "json").rejections[0].count == 2
        with pytest.raises(InvalidInput, match="more than 2 spans"):
            decoded("traces", body % b"{},{},{}", limits, "json")


@pytest.mark.parametrize("points", [b'"gauge":{"dataPoints":[{},{}]}', b'"summary":{"dataPoints":[{},{}]}'])
def test_json_counts_the_points_of_all_metrics(points: bytes) -> None:
    """Of every type; with the proto files' names too."""
    limits = Limits(records_per_request=3)
    body = b'{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{%s},{%s}]}]}]}' % (points, points)
    for spelled in (body, body.replace(b"dataPoints", b"data_points")):
        with pytest.raises(InvalidInput, match="more than 3 data_points"):
            decoded("metrics", spelled, limits, "json")


def test_a_body_that_ends_within_its_records_is_no_request() -> None:
    """Protobuf's refusal comes first, whatever was to be counted."""
    payload = b"\x0a" + sized(b"\x12" + sized(b"\x12\x00" * 10 + b"\x12\x7f"))
    with pytest.raises(InvalidInput, match="in full"):
        decoded("traces", payload, Limits(records_per_request=4))
