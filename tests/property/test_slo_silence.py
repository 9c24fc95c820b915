"""Missed runs against a walk through time, second by second."""

from hypothesis import given
from hypothesis import strategies as st

from correlator.slo.silence import Interval, missed_runs
from tests.unit.slo.silence.runs import S, run

STARTS = st.lists(st.integers(0, 120), min_size=1, max_size=12)
INTERVALS = st.builds(
    lambda every, slack: Interval(every * S, slack * S, "a test"), st.integers(1, 30), st.integers(1, 9)
)


@given(STARTS, INTERVALS, st.integers(0, 99))
def test_missed_runs_are_what_a_walk_through_time_finds(starts: list[int], interval: Interval, now: int) -> None:
    """Each second it is asked whether one more run is too late. A gap holds fewer than a hundred here."""
    found = missed_runs([run(start) for start in starts], interval, now * S)
    assert [each.at_unix_nano // S for each in found] == walk(starts, interval, now)


@given(STARTS, INTERVALS, st.integers(0, 150), st.integers(0, 50))
def test_what_was_missed_stays_missed(starts: list[int], interval: Interval, now: int, later: int) -> None:
    """Whatever runs come afterwards."""
    runs = [run(start) for start in starts]
    known = [each for each in runs if each.started_unix_nano <= now * S]
    if known:
        before = missed_runs(known, interval, now * S)
        assert missed_runs(runs, interval, (now + later) * S)[: len(before)] == before


def walk(starts: list[int], interval: Interval, now: int) -> list[int]:
    """The seconds at which a run became one that was missed."""
    every, slack = interval.interval_nano // S, interval.slack_nano // S
    missed: list[int] = []
    last, number = None, 1
    for second in range(now + 1):
        if last is not None and second == last + number * every + slack:
            missed.append(second)
            number += 1
        if second in starts:
            last, number = second, 1
    return missed
