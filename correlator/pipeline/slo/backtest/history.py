"""Objectives over stored minutes: who would have been called, and when."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from correlator.errors import Unavailable
from correlator.model.objective import Objective
from correlator.pipeline.slo.objectives import Objectives
from correlator.slo.backtest import Calling, callings
from correlator.slo.minute_series import MinuteSeries
from correlator.slo.windows import MINUTE_S

Progress = Callable[[int, int], None]
"""Hears how many are done, of how many."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """One objective's history in a range. `events` and `coverage` (0..1) are of the range; `unavailable` says why nothing is known."""

    objective: Objective
    events: float
    failures: float
    coverage: float
    callings: tuple[Calling, ...]
    unavailable: str = ""


def replay(
    objectives: Objectives, first_minute: int, end_minute: int, on_progress: Progress = lambda done, of: None
) -> tuple[Replayed, ...]:
    """Every objective over the minutes of [first, end), by id. One that cannot be asked is told with the reason."""
    every = objectives.all()
    found = []
    for done, objective in enumerate(every, start=1):
        found.append(_replayed(objectives, objective, first_minute, end_minute))
        on_progress(done, len(every))
    return tuple(found)


def all_callings(replayed: Iterable[Replayed]) -> tuple[Calling, ...]:
    """Of all objectives, by their beginnings."""
    every = [calling for each in replayed for calling in each.callings]
    return tuple(sorted(every, key=lambda each: (each.begins_unix_nano, each.objective_id)))


def _replayed(objectives: Objectives, objective: Objective, first_minute: int, end_minute: int) -> Replayed:
    try:
        series = objectives.series(objective, first_minute - lead_minutes(objective), end_minute)
    except Unavailable as error:
        return Replayed(objective, 0.0, 0.0, 0.0, (), str(error))
    within = _within(series, first_minute)
    failures = float((within.total - within.good).sum())
    coverage = float(within.known.mean()) if len(within.known) else 0.0
    called = callings(objective, series, first_minute, end_minute)
    return Replayed(objective, float(within.total.sum()), failures, coverage, called)


def lead_minutes(objective: Objective) -> int:
    """How long before the range its minutes are needed: the longest window, twice, so that an alert that was on is, and a slice."""
    longest = max((window.long_window_s for window in objective.windows), default=0)
    slice_s = objective.slices.window_s if objective.slices else 0
    return (2 * longest + slice_s) // MINUTE_S


def _within(series: MinuteSeries, first_minute: int) -> MinuteSeries:
    skipped = first_minute - series.first_minute
    return MinuteSeries(first_minute, series.good[skipped:], series.total[skipped:], series.known[skipped:])
