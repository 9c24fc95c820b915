"""A run that takes far longer than it usually does.

Idea: the limit is the median duration of earlier runs plus `SIGMAS` robust standard deviations, and never less than
`LEAST_TIMES` the median nor a minute more than it. Limits: a workflow whose runs wait for people or webhooks strays so much
that the limit is high; one whose input grows is stuck only once it grows by leaps. Longer is worse.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from correlator.model.run import Run
from correlator.slo.silence.run import SilentFailure, Unlearned
from correlator.slo.silence.usual import shown_duration, usual

MIN_RUNS: Final = 5
RECENT_RUNS: Final = 100
SIGMAS: Final = 6
LEAST_TIMES: Final = 3
LEAST_MORE_NANO: Final = 60 * 10**9


def stuck_run(run: Run, earlier: Sequence[Run], now_unix_nano: int) -> SilentFailure | None:
    """The run, if it is running for too long now, or did until it stopped. Judged by runs that stopped before it started."""
    limit = duration_limit(run, earlier)
    if isinstance(limit, Unlearned):
        return None
    end = now_unix_nano if run.stopped_unix_nano is None else run.stopped_unix_nano
    if end - run.started_unix_nano <= limit.nano:
        return None
    at = run.started_unix_nano + limit.nano
    took = "runs" if run.stopped_unix_nano is None else "ran"
    reason = f"{took} for {shown_duration(end - run.started_unix_nano)}; {limit.reason}"
    return SilentFailure("stuck", run.workflow_id, run.execution_id, at, reason)


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a run may take, and why."""

    nano: int
    reason: str


def duration_limit(run: Run, earlier: Sequence[Run]) -> Limit | Unlearned:
    """How long the run may take, by the durations of those before it."""
    before = [
        (each.stopped_unix_nano, each.stopped_unix_nano - each.started_unix_nano)
        for each in earlier
        if each.stopped_unix_nano is not None and each.stopped_unix_nano <= run.started_unix_nano
    ]
    if len(before) < MIN_RUNS:
        return Unlearned(f"{len(before)} runs stopped before; {MIN_RUNS} are needed to know how long one takes")
    found = usual([max(0, duration) for _, duration in sorted(before)[-RECENT_RUNS:]])
    nano = max(found.middle + SIGMAS * found.spread, LEAST_TIMES * found.middle, found.middle + LEAST_MORE_NANO)
    reason = f"{shown_duration(found.middle)} is usual, and {shown_duration(nano)} the most"
    return Limit(round(nano), reason)
