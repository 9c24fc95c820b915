"""A run that was due did not come.

Idea: a schedule shows in the gaps between starts. Where nearly all gaps are near their median, the next run is due one such
gap after the last; each further gap without a run is another one missed.
Limits: a schedule with two rhythms (weekdays only, or by the hour until evening) is not learned; state its interval, or leave
it. Runs by hand and retries belong to no schedule: leave them out. Higher counts are worse.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from correlator.model.run import Run
from correlator.slo.silence.run import SilentFailure, Unlearned
from correlator.slo.silence.usual import shown_duration, usual

MIN_GAPS: Final = 5
"""Of fewer, a rhythm is a guess."""
RECENT_GAPS: Final = 50
"""A schedule that was changed is learned anew after half as many runs."""
NEAR: Final = 0.25
"""A gap is regular within this part of the median: a daily run may shift by an hour when clocks change."""
REGULAR_SHARE: Final = 0.9
"""Of the gaps, regular at least. On weekdays only, no stretch of gaps is: 8 of 9 at most. A missed run spoils one gap."""
MIN_SLACK_NANO: Final = 60 * 10**9
SIGMAS: Final = 5
MOST: Final = 100
"""Missed runs told of one gap; a workflow that was switched off tells nothing more."""


@dataclass(frozen=True, slots=True)
class Interval:
    """How long after one run the next is due, and how much later it is still on time. Nanoseconds.

    `since_unix_nano` is the start from which on it is kept: runs before kept another schedule, and are not judged by this one.
    """

    interval_nano: int
    slack_nano: int
    reason: str
    since_unix_nano: int = 0


def stated_interval(interval_nano: int) -> Interval:
    """An interval that somebody stated."""
    return Interval(interval_nano, _slack(interval_nano, 0.0), "the stated interval")


def learned_interval(runs: Iterable[Run]) -> Interval | Unlearned:
    """The interval that the runs of one workflow keep, in any order."""
    starts = sorted({run.started_unix_nano for run in runs})
    gaps = [after - before for before, after in pairwise(starts)][-RECENT_GAPS:]
    if len(gaps) < MIN_GAPS:
        return Unlearned(f"{len(starts)} runs; {MIN_GAPS + 1} are needed to learn an interval")
    found = usual(gaps)
    is_regular = [abs(gap - found.middle) <= NEAR * found.middle for gap in gaps]
    regular = sum(is_regular)
    if regular < REGULAR_SHARE * len(gaps):
        return Unlearned(f"{regular} of {len(gaps)} gaps between runs are near their median; the runs keep no interval")
    reason = f"the median of {len(gaps)} gaps, {regular} of them near it"
    since = starts[-1 - len(gaps) + is_regular.index(True)]
    return Interval(round(found.middle), _slack(found.middle, found.spread), reason, since)


def missed_runs(runs: Sequence[Run], interval: Interval, now_unix_nano: int) -> tuple[SilentFailure, ...]:
    """Each run that was due by now and did not come in time, by when it was too late. None without any run since it is kept.

    Records may arrive late: let `now` be as far back as they do. A run that came too late does not undo that it was missed.
    """
    starts = sorted(
        {each.started_unix_nano for each in runs if interval.since_unix_nano <= each.started_unix_nano <= now_unix_nano}
    )
    if not starts:
        return ()
    workflow_id = runs[0].workflow_id
    return tuple(
        _missed(workflow_id, start, number, interval)
        for start, until in pairwise([*starts, now_unix_nano])
        for number in range(1, 1 + min(MOST, _count(until - start, interval)))
    )


def _count(gap_nano: int, interval: Interval) -> int:
    """How many runs are too late within a gap."""
    return max(0, (gap_nano - interval.slack_nano) // interval.interval_nano)


def _missed(workflow_id: str, start_unix_nano: int, number: int, interval: Interval) -> SilentFailure:
    at = start_unix_nano + number * interval.interval_nano + interval.slack_nano
    every, slack = shown_duration(interval.interval_nano), shown_duration(interval.slack_nano)
    reason = f"no run though one is due every {every} ({interval.reason}), {slack} late at most"
    return SilentFailure("missed_run", workflow_id, "", at, reason)


def _slack(interval_nano: float, spread_nano: float) -> int:
    return round(max(MIN_SLACK_NANO, NEAR * interval_nano, SIGMAS * spread_nano))
