"""Runs that were due and did not come."""

import pytest

from correlator.slo.silence import Interval, Unlearned, learned_interval, missed_runs, stated_interval
from tests.unit.slo.silence.runs import HOUR, S, hourly, run


def learned(starts_s: list[float]) -> Interval:
    """What must be learnt."""
    interval = learned_interval([run(start) for start in starts_s])
    assert isinstance(interval, Interval)
    return interval


def test_an_interval_is_learned_from_gaps() -> None:
    """In any order; a quarter of it is slack."""
    interval = learned_interval(hourly(8)[::-1])
    assert isinstance(interval, Interval)
    assert (interval.interval_nano, interval.slack_nano) == (HOUR * S, HOUR // 4 * S)
    assert interval.reason == "the median of 7 gaps, 7 of them near it"


def test_one_gap_does_not_spoil_what_was_learned() -> None:
    """A missed run doubles one gap; the median stays."""
    assert learned([0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11]).interval_nano == S


@pytest.mark.parametrize(
    ("starts_s", "why"),
    [
        ([], "0 runs; 6 are needed"),
        ([0, 1, 2, 3, 4], "5 runs; 6 are needed"),
        ([0, 1, 10, 11, 30, 31, 90], "the runs keep no interval"),
        ([0, 24, 48, 72, 96, 168, 192, 216, 240, 264], "8 of 9 gaps between runs are near their median"),
    ],
)
def test_without_a_rhythm_nothing_is_learned(starts_s: list[float], why: str) -> None:
    """Too few runs, runs by webhook, or weekdays only: it says so."""
    found = learned_interval([run(start) for start in starts_s])
    assert isinstance(found, Unlearned)
    assert why in found.reason


def test_a_run_is_missed_once_the_slack_is_over() -> None:
    """And not before."""
    interval = stated_interval(HOUR * S)
    assert missed_runs([run(0)], interval, round(1.25 * HOUR * S) - 1) == ()
    (missed,) = missed_runs([run(0)], interval, round(1.25 * HOUR * S))
    assert (missed.kind, missed.execution_id, missed.at_unix_nano) == ("missed_run", "", round(1.25 * HOUR * S))
    assert missed.reason == "no run though one is due every 60 min (the stated interval), 15 min late at most"


def test_each_interval_without_a_run_is_one_missed() -> None:
    """Between two runs, and since the last."""
    runs = [run(0), run(3 * HOUR)]
    at = [each.at_unix_nano / S / HOUR for each in missed_runs(runs, stated_interval(HOUR * S), round(5.3 * HOUR * S))]
    assert at == [1.25, 2.25, 4.25, 5.25]


def test_what_was_missed_stays_missed() -> None:
    """The run that comes too late does not undo it."""
    interval = stated_interval(HOUR * S)
    before = missed_runs([run(0)], interval, round(1.4 * HOUR * S))
    assert missed_runs([run(0), run(1.5 * HOUR)], interval, round(1.6 * HOUR * S)) == before


def test_runs_on_time_are_not_missed() -> None:
    """Nor does an unknown workflow miss any."""
    assert missed_runs(hourly(9), stated_interval(HOUR * S), 9 * HOUR * S) == ()
    assert missed_runs([], stated_interval(HOUR * S), HOUR * S) == ()


def test_a_workflow_that_was_switched_off_tells_a_hundred() -> None:
    """And no more."""
    assert len(missed_runs([run(0)], stated_interval(60 * S), 10_000 * HOUR * S)) == 100
