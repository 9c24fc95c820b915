"""Data points of all five metric types from protobuf."""

import json
from typing import Any

from correlator.model.limits import Limits
from correlator.model.tables import METRICS
from tests.unit.doors.otlp_frames import ARRIVAL, SPAN_ID, TRACE_ID, decoded, metric_request, rejected

TIMES = {"time_unix_nano": ARRIVAL - 1, "start_time_unix_nano": ARRIVAL - 10**18}
NO_MEASURE = dict.fromkeys(("value", "value_int", "count", "sum", "min", "max", "buckets", "exemplars"))


def _rows(request: Any) -> list[dict[str, Any]]:
    table = decoded("metrics", request.SerializeToString()).tables.metrics
    assert table.schema == METRICS
    return table.to_pylist()


def test_a_gauge_has_one_row_a_point() -> None:
    """With name, unit and description repeated; an integer is kept exactly beside its double."""
    request, metrics = metric_request()
    points = metrics.add(name="queue.depth", unit="{job}", description="Waiting").gauge.data_points
    points.add(as_int=2**53 + 1, **TIMES)
    points.add(as_double=0.5, **TIMES)
    points.add(**TIMES)
    first, second, third = _rows(request)
    assert (first["name"], first["unit"], first["description"], first["type"]) == (
        "queue.depth",
        "{job}",
        "Waiting",
        "gauge",
    )
    assert (first["value"], first["value_int"]) == (float(2**53), 2**53 + 1)
    assert (second["value"], second["value_int"], second["row"]) == (0.5, None, 1)
    assert (third["value"], third["value_int"]) == (None, None)
    assert third | NO_MEASURE == third


def test_a_sum_has_temporality_and_monotonicity() -> None:
    """An old start is no odd time: cumulative sums start with their process."""
    request, metrics = metric_request()
    total = metrics.add(name="jobs").sum
    total.aggregation_temporality, total.is_monotonic = 2, True
    total.data_points.add(as_int=1, **TIMES)
    (row,) = _rows(request)
    assert (row["type"], row["temporality"], row["is_monotonic"], row["marks"]) == ("sum", 2, True, 0)


def test_a_histogram_has_its_buckets_as_json() -> None:
    """And count, sum, min, max where they are given."""
    request, metrics = metric_request()
    points = metrics.add(name="duration").histogram.data_points
    points.add(count=3, sum=1.5, min=0.0, bucket_counts=[1, 2], explicit_bounds=[0.5], **TIMES)
    points.add(count=2**64 - 1, **TIMES)
    full, bare = _rows(request)
    assert json.loads(full["buckets"]) == {"bounds": [0.5], "counts": [1, 2]}
    assert (full["count"], full["sum"], full["min"], full["max"]) == (3, 1.5, 0.0, None)
    assert (bare["count"], bare["sum"]) == (2**63 - 1, None)


def test_an_exponential_histogram_has_scale_and_both_sides() -> None:
    """As JSON."""
    request, metrics = metric_request()
    point = metrics.add(name="size").exponential_histogram.data_points.add(count=2, scale=-3, zero_count=1, **TIMES)
    point.positive.offset = -2
    point.positive.bucket_counts.extend([0, 1])
    (row,) = _rows(request)
    assert json.loads(row["buckets"]) == {
        "scale": -3, "zero_count": 1,
        "positive": {"offset": -2, "counts": [0, 1]}, "negative": {"offset": 0, "counts": []},
    }  # fmt: skip


def test_a_summary_has_its_quantiles() -> None:
    """NaN as a string, as in all JSON columns."""
    request, metrics = metric_request()
    point = metrics.add(name="lag").summary.data_points.add(count=2, sum=4.0, **TIMES)
    point.quantile_values.add(quantile=0.5, value=float("nan"))
    (row,) = _rows(request)
    assert json.loads(row["buckets"]) == {"quantiles": [{"quantile": 0.5, "value": "NaN"}]}
    assert (row["count"], row["sum"]) == (2, 4.0)


def test_exemplars_point_to_their_trace() -> None:
    """Ids in hex, null where they are not valid."""
    request, metrics = metric_request()
    point = metrics.add(name="jobs").sum.data_points.add(as_int=1, **TIMES)
    point.exemplars.add(time_unix_nano=5, as_double=0.5, trace_id=TRACE_ID, span_id=SPAN_ID)
    point.exemplars.add(as_int=2, trace_id=b"x")
    (row,) = _rows(request)
    assert json.loads(row["exemplars"]) == [
        {"time_unix_nano": 5, "value": 0.5, "trace_id": TRACE_ID.hex(), "span_id": SPAN_ID.hex()},
        {"time_unix_nano": 0, "value": 2, "trace_id": None, "span_id": None},
    ]


def test_a_metric_without_data_and_a_broken_histogram_are_rejected_alone() -> None:
    """One count more than bounds, or none of both."""
    request, metrics = metric_request()
    metrics.add(name="nothing")
    points = metrics.add(name="duration").histogram.data_points
    points.add(bucket_counts=[1, 2], explicit_bounds=[0.5, 1.0])
    points.add(explicit_bounds=[0.5])
    metrics.add(name="queue.depth").gauge.data_points.add(as_int=1, **TIMES)
    assert rejected("metrics", request) == {"no_data": 1, "bad_histogram": 2}
    assert [row["name"] for row in _rows(request)] == ["queue.depth"]


def test_a_metric_with_no_points_has_no_rows() -> None:
    """An empty gauge is no error."""
    request, metrics = metric_request()
    metrics.add(name="idle").gauge.SetInParent()
    assert _rows(request) == []
    assert rejected("metrics", request) == {}


def test_a_point_over_a_limit_is_rejected_alone() -> None:
    """Attributes, exemplars, buckets and quantiles are bounded."""
    request, metrics = metric_request()
    points = metrics.add(name="jobs").gauge.data_points
    points.add(as_int=1, attributes=[{"key": "a"}] * 3, exemplars=[{}] * 3)
    points.add(as_int=1, attributes=[{"key": "a"}] * 4)
    points.add(as_int=1, exemplars=[{}] * 4)
    metrics.add().histogram.data_points.add(bucket_counts=[0] * 4, explicit_bounds=[1, 2, 3])
    metrics.add().exponential_histogram.data_points.add(negative={"bucket_counts": [0] * 4})
    metrics.add().summary.data_points.add(quantile_values=[{}] * 4)
    assert rejected("metrics", request, Limits(attributes_per_record=3)) == {
        "too_many_attributes": 1,
        "too_many_exemplars": 1,
        "too_many_buckets": 3,
    }
