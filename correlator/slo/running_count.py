"""What was ever counted of an objective, turn by turn: events at once, slices of time once they are over.

A counter that shows it never falls. An outcome that is corrected from good to bad holds it back until it is made up for.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from correlator.model.objective import Slices
from correlator.model.outcome import MinuteChange, MinuteSums, RunningCount
from correlator.slo.ledger import series_of
from correlator.slo.time_slices import sliced
from correlator.slo.windows import MINUTE_S

NOTHING: Final = RunningCount(0.0, 0.0, 0.0, 0.0, 0)

ReadMinutes = Callable[[int, int], Iterable[MinuteSums]]
"""The sums of the minutes in [first, end), as they were before the changes."""


class SliceCount(NamedTuple):
    """What slices come to."""

    good: float
    total: float


def count_events(before: RunningCount, changes: Iterable[MinuteChange]) -> RunningCount:
    """After these changes of any minutes."""
    good, total = before.good, before.total
    for change in changes:
        good, total = good + change.good, total + change.total
    return _risen(before, good, total, before.end_minute)


def count_slices(
    before: RunningCount,
    changes: Mapping[int, MinuteChange],
    slices: Slices,
    read: ReadMinutes,
    this_minute: int,
) -> RunningCount:
    """After these changes by unix minute, and with the slices that ended by the begin of `this_minute`.

    Slices that were counted and have changed are counted anew. One that counted no slices before, but nothing or events,
    begins now: slices that ended earlier count where they change.
    """
    length = slices.window_s // MINUTE_S
    end = this_minute - this_minute % length
    counted_to = before.end_minute or end
    touched = sorted({minute - minute % length for minute in changes})
    good, total = before.good, before.total
    for first in (each for each in touched if each < counted_to):
        rows = tuple(read(first, first + length))
        was, now = _worth(rows, first, length, slices), _worth(_changed(rows, changes), first, length, slices)
        good, total = good + now.good - was.good, total + now.total - was.total
    if end > counted_to:
        rows = tuple(read(counted_to, end))
        new = _worth(_changed(rows, changes), counted_to, end - counted_to, slices)
        good, total = good + new.good, total + new.total
    return _risen(before, good, total, max(counted_to, end))


def _risen(before: RunningCount, good: float, total: float, end_minute: int) -> RunningCount:
    return RunningCount(good, total, max(before.shown_good, good), max(before.shown_total, total), end_minute)


def _changed(rows: Iterable[MinuteSums], changes: Mapping[int, MinuteChange]) -> tuple[MinuteSums, ...]:
    """Rows of one minute add up, in `series_of`."""
    return (*rows, *(MinuteSums(minute, change.good, change.total) for minute, change in changes.items()))


def _worth(rows: Iterable[MinuteSums], first_minute: int, minutes: int, slices: Slices) -> SliceCount:
    of_slices = sliced(series_of(rows, first_minute, minutes), slices)
    return SliceCount(float(of_slices.good.sum()), float(of_slices.total.sum()))
