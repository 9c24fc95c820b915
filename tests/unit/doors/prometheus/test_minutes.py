"""Samples to events a minute: each step of a counter once, whole, where it came to light."""

import numpy as np
import pytest

from correlator.doors.prometheus.document import Samples, samples_of
from correlator.doors.prometheus.minutes import (
    counted_samples,
    counted_steps,
    counter_steps,
    last_values,
    minutes_of,
    series_of_counts,
    series_of_ratio,
)
from correlator.model.objective import PrometheusCounts, PrometheusRatio, Slices

NAN = float("nan")


def counter(*samples: tuple[float, float], name: str = "a") -> Samples:
    """Of (minutes since the epoch, value)."""
    return samples_of((("instance", name),), [minute * 60 for minute, _ in samples], [value for _, value in samples])


def test_a_sample_is_of_the_minute_that_ends_with_it() -> None:
    """One at the edge closes the minute before; one just after it opens the next."""
    assert minutes_of(np.array([60_000, 60_001, 119_999, 120_000])).tolist() == [0, 1, 1, 1]


@pytest.mark.parametrize(
    ("values", "before", "steps"),
    [
        ([3.0, 5.0, 5.0], 1.0, [2.0, 2.0, 0.0]),
        ([3.0, 5.0], None, [NAN, 2.0]),
        ([3.0, 1.0, 4.0], 2.0, [1.0, 1.0, 3.0]),
        ([1.0, 0.0, 0.0], 9.0, [1.0, 0.0, 0.0]),
        ([], 1.0, []),
    ],
    ids=["grows", "nothing before", "begins anew", "begins anew at 0", "no samples"],
)
def test_steps_of_a_counter(values: list[float], before: float | None, steps: list[float]) -> None:
    """As increase() counts them, without its guess at the edges."""
    np.testing.assert_array_equal(counter_steps(np.array(values), before), steps)


def test_counters_are_counted_one_by_one_and_then_summed() -> None:
    """Of two, one begins anew: the sum would look as if both did."""
    series = [counter((1, 100), (2, 103), (3, 2), name="a"), counter((1, 50), (2, 51), (3, 52), name="b")]
    counts = counted_steps(series, {}, 0, 4)
    assert counts.events.tolist() == [0, 4, 3, 0]
    assert counts.known.tolist() == [False, True, True, False]


def test_a_gap_is_not_known_and_its_events_are_counted_after_it() -> None:
    """Nothing is lost, nothing spread over minutes of which nothing is known."""
    counts = counted_steps([counter((1, 10), (2, 12), (6, 20), (7, 21))], {}, 0, 7)
    assert counts.events.tolist() == [0, 2, 0, 0, 0, 8, 1]
    assert counts.known.tolist() == [False, True, False, False, False, True, True]


def test_nothing_is_counted_twice_where_reading_goes_on() -> None:
    """Read in two pieces, with what the counters were in between, minutes are those of one reading."""
    series = [counter((0.5, 1), (1.5, 4), (1.75, 5), (3.2, 2), (4, 7)), counter((0.9, 7), (3.9, 8), name="b")]
    whole = counted_steps(series, {}, 0, 4)
    for cut in range(5):
        early = [
            Samples(s.labels, s.times_ms[keep], s.values[keep]) for s in series for keep in [s.times_ms <= cut * 60_000]
        ]
        late = [
            Samples(s.labels, s.times_ms[keep], s.values[keep]) for s in series for keep in [s.times_ms > cut * 60_000]
        ]
        before = counted_steps(early, {}, 0, cut)
        after = counted_steps(late, last_values(early, {}, cut), cut, 4)
        assert [*before.events, *after.events] == whole.events.tolist()
        assert [*before.known, *after.known] == whole.known.tolist()


def test_last_values_outlive_a_series_that_is_silent() -> None:
    """And end where they are asked to."""
    before = last_values([counter((1, 5), (2, 6)), counter((1, 9), name="b")], {}, 1)
    assert before == {(("instance", "a"),): 5.0, (("instance", "b"),): 9.0}
    assert last_values([counter((3, 7))], before, 9) == {**before, (("instance", "a"),): 7.0}


def test_samples_that_are_no_numbers_count_nothing() -> None:
    """NaN and infinity neither add nor begin a counter anew, and their minute is not known."""
    counts = counted_steps([counter((1, 5), (2, NAN), (3, float("inf")), (4, 6))], {}, 0, 4)
    assert counts.events.tolist() == [0, 0, 0, 1]
    assert counts.known.tolist() == [False, False, False, True]


def test_samples_may_each_be_events() -> None:
    """Two in one minute add up; of two series, too."""
    counts = counted_samples([counter((0.5, 2), (1, 3)), counter((0.75, 10), (3, 1), name="b")], 0, 3)
    assert counts.events.tolist() == [15, 0, 1]
    assert counts.known.tolist() == [True, False, True]


def test_good_events_are_told_or_left_over() -> None:
    """What is known is the total: a bad counter that was never counted up may not exist."""
    total = counted_steps([counter((0, 0), (1, 5), (2, 9))], {}, 0, 3)
    bad = counted_steps([counter((1, 1), (2, 2))], {}, 0, 3)
    source = PrometheusCounts("t", "b", is_bad=True)
    series = series_of_counts(total, bad, source, 0)
    assert (series.good.tolist(), series.total.tolist()) == ([5, 3, 0], [5, 4, 0])
    assert series.known.tolist() == [True, True, False]
    told = series_of_counts(total, bad, PrometheusCounts("t", "g", is_bad=False), 0)
    assert told.good.tolist() == [0, 1, 0]


def test_a_ratio_makes_an_event_of_each_slice() -> None:
    """In its last minute, as good as the worst series says; NaN: known, and nothing happened; no sample: not known."""
    source, slices = PrometheusRatio("r", is_bad=True), Slices(300, None)
    series = series_of_ratio(
        [counter((5, 0.25), (10, NAN), (20, 3.0)), counter((5, 0.5), name="b")], source, slices, 0, 22
    )
    assert {place: series.good[place] for place in np.flatnonzero(series.total)} == {4: 0.5, 19: 0.0}
    assert np.flatnonzero(series.known).tolist() == [*range(10), *range(15, 20)]


def test_no_series_is_nothing_known() -> None:
    """Neither good nor bad."""
    assert not counted_steps([], {}, 5, 9).known.any()
    assert not series_of_ratio([], PrometheusRatio("r", is_bad=False), Slices(60, None), 5, 9).known.any()


@pytest.mark.parametrize("beyond", [1e308, -1e308, 2.0**54, float("inf"), NAN])
def test_a_sample_beyond_all_counting_tells_nothing(beyond: float) -> None:
    """Sums would be infinite, and reports of them could not be written."""
    series = [counter((1, 1), (2, beyond), (3, 5), name=name) for name in "ab"]
    assert counted_steps(series, {}, 0, 4).events.tolist() == [0, 0, 8, 0]
    assert counted_samples(series, 0, 4).events.tolist() == [2, 0, 10, 0]
    assert last_values(series, {}, 2) == {each.labels: 1.0 for each in series}
