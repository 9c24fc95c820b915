"""Budgeting by time: slices become the events, and all else works as it does on events.

A slice that is over counts once, in its last minute. Slices begin at whole multiples of their length since 1970, UTC.
"""

import numpy as np

from correlator.model.objective import Objective, Slices
from correlator.slo.minute_series import Bools, Floats, MinuteSeries, SeriesSums
from correlator.slo.windows import MINUTE_S


def budgeted(series: MinuteSeries, objective: Objective) -> MinuteSeries:
    """The series that the objective's budget is counted in: events, or slices of time."""
    return series if objective.slices is None else sliced(series, objective.slices)


def budget_sums(series: MinuteSeries, objective: Objective) -> SeriesSums:
    """What burn rates, budgets and alerts of the objective are made from."""
    return SeriesSums(budgeted(series, objective))


def sliced(series: MinuteSeries, slices: Slices) -> MinuteSeries:
    """A series of the same minutes, in which each slice with events is one event.

    Timeslices: good if its ratio reaches the target; RatioTimeslices: as good as its ratio. A slice without events is none.
    Minutes keep whether they are known; what is known of a slice is what judges it. A slice not wholly within the series
    is left out.
    """
    length = slices.window_s // MINUTE_S
    skipped = -series.first_minute % length
    count = max(0, (len(series.total) - skipped) // length)
    good = _summed(series.good, skipped, count, length)  # (slices,)
    total = _summed(series.total, skipped, count, length)
    has_events = total > 0
    ratio = np.divide(good, total, out=np.zeros(count), where=has_events)
    worth = np.clip(ratio, 0.0, 1.0) if slices.target is None else (ratio >= slices.target).astype(np.float64)
    return MinuteSeries(
        first_minute=series.first_minute,
        good=_placed(np.where(has_events, worth, 0.0), series.known, skipped, length),
        total=_placed(has_events.astype(np.float64), series.known, skipped, length),
        known=series.known,
    )


def _summed(values: Floats, skipped: int, count: int, length: int) -> Floats:
    summed: Floats = values[skipped : skipped + count * length].reshape(count, length).sum(axis=1)
    return summed


def _placed(of_slices: Floats, minutes: Bools, skipped: int, length: int) -> Floats:
    """Each slice's value in its last minute, 0 elsewhere."""
    placed = np.zeros(len(minutes))
    last = skipped + length - 1
    placed[last : last + len(of_slices) * length : length] = of_slices
    return placed
