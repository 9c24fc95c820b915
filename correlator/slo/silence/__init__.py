"""Failures that nobody reports: n8n says success in all of them, or says nothing. Pure.

missed_run          a run that was due did not come; scheduled: which runs keep an interval, and what came after all
empty_success       a success without items, where there usually are some
stuck_run           a run that takes far longer than it usually does
continued_on_error  nodes that failed in a run that went on
run                 what is known of a run, and what is said of it; usual: a median and how far runs stray from it

What is usual is learned from earlier runs of the workflow, by medians, which a few odd runs do not move; where there are
too few, or they follow no rule, nothing is said.
"""

from collections.abc import Sequence

from correlator.model.run import Run
from correlator.slo.silence.continued_on_error import continued_on_error
from correlator.slo.silence.empty_success import empty_success
from correlator.slo.silence.missed_run import Interval, learned_interval, missed_runs, stated_interval
from correlator.slo.silence.run import SilentFailure, Unlearned
from correlator.slo.silence.stuck_run import stuck_run

__all__ = [
    "Interval",
    "SilentFailure",
    "Unlearned",
    "continued_on_error",
    "empty_success",
    "learned_interval",
    "missed_runs",
    "silent_failures",
    "stated_interval",
    "stuck_run",
]


def silent_failures(run: Run, earlier: Sequence[Run], now_unix_nano: int) -> tuple[SilentFailure, ...]:
    """Everything that went wrong in a run in silence. `earlier` are runs of the same workflow; later ones are passed over."""
    found = (stuck_run(run, earlier, now_unix_nano), empty_success(run, earlier), continued_on_error(run))
    return tuple(each for each in found if each is not None)
