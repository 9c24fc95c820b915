"""Series of minutes, their sums, and budgets that are counted in time."""

import math

import pytest

from correlator.model.objective import Slices
from correlator.slo.minute_series import SeriesSums, end_minute, minute_series
from correlator.slo.time_slices import budget_sums, budgeted, sliced
from tests.unit.slo.series import FIRST, after, objective, series, sums


def test_a_window_ends_with_the_minute_that_runs() -> None:
    """At its first instant it has not begun: what is counted is the same as at the end of the minute before."""
    assert end_minute(after(5)) == FIRST + 5
    assert end_minute(after(5) + 1) == FIRST + 6


def test_a_window_holds_its_begin_and_not_its_end() -> None:
    """[end - window, end)."""
    window = sums((1, 1), (1, 2), (1, 4), (1, 8)).over(2, FIRST + 3)
    assert window.total.tolist() == [6]


def test_minutes_outside_of_the_series_are_not_known() -> None:
    """Neither before it nor after."""
    window = sums((1, 1), (1, 1)).over(4, [FIRST + 3, FIRST, FIRST + 6])
    assert window.coverage.tolist() == [0.5, 0, 0]
    assert window.total.tolist() == [2, 0, 0]


def test_no_events_are_no_ratio() -> None:
    """NaN: neither 0 nor 1."""
    assert math.isnan(sums((0, 0)).over(1, FIRST + 1).error_ratio[0])


def test_more_good_events_than_events_are_no_failure() -> None:
    """Counters are scraped one after the other; over the window it evens out."""
    seen = sums((11, 10), (9, 10))
    assert seen.over(1, FIRST + 1).error_ratio.tolist() == [0]
    assert seen.over(2, FIRST + 2).failures.tolist() == [0]


def test_arrays_of_different_lengths_are_refused() -> None:
    """They are of different minutes."""
    with pytest.raises(ValueError, match="good has 2 minutes and total 3"):
        minute_series(FIRST, [1, 2], [1, 2, 3])


def test_an_empty_series_has_windows() -> None:
    """Of which nothing is known."""
    assert SeriesSums(minute_series(FIRST, [], [])).over(5, FIRST).coverage.tolist() == [0]


def test_a_slice_is_good_where_its_ratio_reaches_the_target() -> None:
    """It counts in its last minute; one without events is none."""
    seen = series((9, 10), (10, 10), (0, 0), (0, 0), (9, 10), (9, 10), (5, 5))  # FIRST is even
    found = sliced(seen, Slices(120, 0.95))
    assert found.total.tolist() == [0, 1, 0, 0, 0, 1, 0]
    assert found.good.tolist() == [0, 1, 0, 0, 0, 0, 0]


def test_a_slice_may_count_with_its_ratio() -> None:
    """RatioTimeslices."""
    found = sliced(series((9, 10), (1, 10)), Slices(120, None))
    assert (found.good.tolist(), found.total.tolist()) == ([0, 0.5], [0, 1])


def test_slices_begin_at_whole_multiples_of_their_length() -> None:
    """The same slices whenever the series begins."""
    found = sliced(minute_series(FIRST + 1, [1, 1, 1, 1], [1, 1, 1, 1]), Slices(120, 1.0))
    assert found.total.tolist() == [0, 0, 1, 0]


def test_a_slice_is_judged_by_what_is_known_of_it() -> None:
    """Its minutes stay known or not."""
    found = sliced(series((9, 10), None), Slices(120, 0.5))
    assert found.total.tolist() == [0, 1]
    assert found.known.tolist() == [True, False]


def test_occurrences_are_events() -> None:
    """The series itself."""
    seen = series((1, 1))
    assert budgeted(seen, objective()) is seen
    by_time = objective(budgeting="Timeslices", slices=Slices(60, 0.5))
    assert budget_sums(series((60, 100), (40, 100)), by_time).over(2, FIRST + 2).error_ratio.tolist() == [0.5]
