"""Marks of odd times, and what stands in for missing ones."""

from typing import Any

import pyarrow as pa
import pytest

from correlator.doors.admit import admit
from correlator.model.limits import Limits
from correlator.model.marks import Mark
from correlator.model.tables import LOGS, METRICS, SPANS, Tables

ARRIVAL = 1_795_234_200_000_000_000
SECOND = 1_000_000_000
LIMITS = Limits(past_skew_s=60, future_skew_s=10)
LATEST = 2**63 - 1


def _table(schema: pa.Schema, row: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist([{"arrival_unix_nano": ARRIVAL, "marks": 0} | row], schema=schema)


def _span(start: int, end: int, marks: int = 0, limits: Limits = LIMITS) -> tuple[int, int, Mark]:
    row = {"start_time_unix_nano": start, "end_time_unix_nano": end, "marks": marks}
    (admitted,) = admit(Tables(spans=_table(SPANS, row)), limits).spans.to_pylist()
    return admitted["start_time_unix_nano"], admitted["end_time_unix_nano"], Mark(admitted["marks"])


def test_empty_tables_stay_empty() -> None:
    """No records, no marks."""
    assert admit(Tables(), LIMITS) == Tables()


@pytest.mark.parametrize("times", [(-60, -59), (0, 10), (-1, -1)])
def test_times_within_the_skews_are_not_marked(times: tuple[int, int]) -> None:
    """Bounds are inclusive."""
    start, end = (ARRIVAL + second * SECOND for second in times)
    assert _span(start, end) == (start, end, Mark(0))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (ARRIVAL - 60 * SECOND - 1, ARRIVAL),
        (ARRIVAL, ARRIVAL + 10 * SECOND + 1),
        (1, ARRIVAL),
        (ARRIVAL, LATEST),
        (LATEST, LATEST),
    ],
)
def test_times_beyond_the_skews_are_kept_and_marked(start: int, end: int) -> None:
    """Either time of a span."""
    assert _span(start, end) == (start, end, Mark.TIME_OUT_OF_RANGE)


def test_a_time_that_int64_cannot_hold_is_marked_however_wide_the_skews() -> None:
    """Its clamped value is no time."""
    generous = Limits(past_skew_s=1e12, future_skew_s=1e12)
    assert _span(ARRIVAL, LATEST, limits=generous)[2] == Mark.TIME_OUT_OF_RANGE


def test_an_end_before_the_start_is_marked() -> None:
    """Both times are kept as they are."""
    assert _span(ARRIVAL, ARRIVAL - 1) == (ARRIVAL, ARRIVAL - 1, Mark.END_BEFORE_START)


@pytest.mark.parametrize(
    ("start", "end", "filled"),
    [(0, ARRIVAL - 5, ARRIVAL - 5), (ARRIVAL - 5, 0, ARRIVAL - 5), (0, 0, ARRIVAL)],
)
def test_a_missing_time_of_a_span_is_filled_in(start: int, end: int, filled: int) -> None:
    """One by the other, both by arrival."""
    assert _span(start, end) == (filled, filled, Mark.NO_TIME)


def test_marks_that_are_there_stay() -> None:
    """Time marks are added to them."""
    assert _span(ARRIVAL, ARRIVAL - 1, marks=Mark.INVALID_PARENT)[2] == Mark.INVALID_PARENT | Mark.END_BEFORE_START


@pytest.mark.parametrize(
    ("time", "observed", "filled", "marks"),
    [
        (ARRIVAL - 1, 0, ARRIVAL - 1, 0),
        (0, ARRIVAL - 2, ARRIVAL - 2, Mark.NO_TIME),
        (0, 0, ARRIVAL, Mark.NO_TIME),
        (1, ARRIVAL, 1, Mark.TIME_OUT_OF_RANGE),
        (ARRIVAL, LATEST, ARRIVAL, Mark.TIME_OUT_OF_RANGE),
    ],
)
def test_a_log_record_without_a_time_has_that_of_its_observation(
    time: int, observed: int, filled: int, marks: int
) -> None:
    """Else that of arrival."""
    row = {"time_unix_nano": time, "observed_time_unix_nano": observed}
    (admitted,) = admit(Tables(logs=_table(LOGS, row)), LIMITS).logs.to_pylist()
    assert (admitted["time_unix_nano"], admitted["marks"]) == (filled, marks)
    assert admitted["observed_time_unix_nano"] == observed


@pytest.mark.parametrize(
    ("time", "start", "filled", "marks"),
    [
        (ARRIVAL, 1, ARRIVAL, 0),
        (0, 1, ARRIVAL, Mark.NO_TIME),
        (1, 1, 1, Mark.TIME_OUT_OF_RANGE),
        (ARRIVAL, LATEST, ARRIVAL, Mark.TIME_OUT_OF_RANGE),
    ],
)
def test_a_data_point_may_have_started_long_ago(time: int, start: int, filled: int, marks: int) -> None:
    """Only its own time must be near arrival."""
    row = {"time_unix_nano": time, "start_time_unix_nano": start}
    (admitted,) = admit(Tables(metrics=_table(METRICS, row)), LIMITS).metrics.to_pylist()
    assert (admitted["time_unix_nano"], admitted["marks"]) == (filled, marks)
    assert admitted["start_time_unix_nano"] == start


def test_the_tables_given_are_not_changed() -> None:
    """Tables in, tables out."""
    spans = _table(SPANS, {"start_time_unix_nano": 0, "end_time_unix_nano": 0})
    admit(Tables(spans=spans), LIMITS)
    assert spans.column("start_time_unix_nano").to_pylist() == [0]
