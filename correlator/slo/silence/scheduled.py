"""Which missed runs a workflow has, by the runs that belong to its schedule, and which of those told are none any more.

A missed run is named by the run before the gap and its number in it: so it stays the same while the interval is learned
better. Where records of a run come after it was told as missed, it is taken back.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from correlator.model.outcome import Outcome
from correlator.model.run import Run
from correlator.slo.minute_series import MINUTE_NANO
from correlator.slo.silence.missed_run import Interval, learned_interval, missed_runs, stated_interval
from correlator.slo.silence.run import SilentFailure

SCHEDULED: Final = frozenset({"trigger", ""})
"""n8n's modes of runs that a schedule starts, and what is not known: webhooks, retries, people and other workflows keep none."""
BY_HAND: Final = frozenset({"manual", "retry", "evaluation"})
"""Modes that are no run that somebody waits for, whatever starts the others."""


@dataclass(frozen=True, slots=True)
class MissedRun:
    """A run that did not come: when it was due, and its name, which begins with `prefix_of` its workflow."""

    identity: str
    due_unix_nano: int
    failure: SilentFailure


def prefix_of(workflow_id: str) -> str:
    """How the names of its missed runs begin."""
    return f"missed/{workflow_id}/"


def missed_by(runs: Iterable[Run], stated_s: int | None, now_unix_nano: int) -> tuple[MissedRun, ...]:
    """The runs of one workflow that were due by now and did not come; none where no interval is stated or can be learned."""
    kept = tuple(run for run in runs if is_due_run(run, stated_s))
    interval = stated_interval(stated_s * 10**9) if stated_s is not None else learned_interval(kept)
    if not isinstance(interval, Interval):
        return ()
    starts = sorted({run.started_unix_nano for run in kept})
    numbers: dict[int, int] = {}
    missed = []
    for failure in missed_runs(kept, interval, now_unix_nano):
        due = failure.at_unix_nano - interval.slack_nano
        before = starts[bisect_right(starts, due) - 1]
        numbers[before] = numbers.get(before, 0) + 1
        missed.append(MissedRun(f"{prefix_of(failure.workflow_id)}{before}+{numbers[before]}", due, failure))
    return tuple(missed)


def is_due_run(run: Run, stated_s: int | None) -> bool:
    """Whether the run keeps the interval: a stated one is kept by whatever starts it, but for people and retries."""
    return run.mode in SCHEDULED if stated_s is None else run.mode not in BY_HAND


def came_after_all(told: Iterable[Outcome], runs: Sequence[Run], stated_s: int | None) -> tuple[Outcome, ...]:
    """Those that were told as missed, though a run is known now that started in time."""
    starts = sorted(run.started_unix_nano for run in runs if is_due_run(run, stated_s))
    return tuple(each for each in told if _has_run(starts, _start_before(each), each.minute * MINUTE_NANO))


def _has_run(starts: Sequence[int], after: int, until: int) -> bool:
    return bisect_right(starts, until) > bisect_right(starts, after)


def _start_before(told: Outcome) -> int:
    return int(told.identity.rpartition("/")[2].partition("+")[0])
