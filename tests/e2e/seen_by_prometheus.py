"""What a Prometheus can know of a window of a history, and how far its error ratio may be from that of the events themselves.

`increase()` knows the counters at the first and the last sample within (begin, end], and guesses the rest of the window from them. Of total
and good events the guess is the same factor and cancels in their ratio. What is left is a matter of which events are counted. With
A the events of the window and B those that were told between the two samples:

- adding or leaving out events one by one moves a ratio by at most one part in as many as there are. So from A to B it moves by at
  most |A without B| / |A| + |B without A| / |B|;
- events that a counter lost when its process began anew are left out of B likewise, of both counters or of one;
- a good event that was corrected holds the counter back: as many parts of B as are told wrongly;
- a counter that could not have been 0 at the begin of the window is not extended to it whole (`increase()` never guesses below 0). Where that
  shortens one counter's guess and not the other's, the factors differ by at most the time from begin to first sample in the time
  from there to the end.

Each bound is computed from the history, none from an answer.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tests.e2e.slo_histories import Bools, Counters, Floats, History, Ints

SAMPLES: Final = 2  # that increase() needs


@dataclass(frozen=True, slots=True)
class Seen:
    """Of one window. `ratio_exists`: two samples, and the total grew between them. Bounds by reason are of the error ratio; `between_ms`
    are the times of the first and the last sample."""

    ratio_exists: bool
    between_ms: tuple[int, int]
    bounds: dict[str, float]

    @property
    def bound(self) -> float:
        return min(1.0, sum(self.bounds.values()))

    @property
    def is_exact(self) -> bool:
        return not self.bounds


NOT_SEEN: Final = Seen(False, (0, 0), {})


def seen(
    history: History, counters: Counters, begin_ms: int, end_ms: int, events_ms: tuple[int, int] | None = None
) -> Seen:
    """What Prometheus sees of the window (begin, end], beside the events of [begin, end), or of `events_ms` where that is given."""
    first, last = np.searchsorted(counters.times_ms, [begin_ms, end_ms], side="right")
    if last - first < SAMPLES:
        return NOT_SEEN
    samples = slice(first, last)
    total, good = increase(counters.total[samples]), increase(counters.good[samples])
    between = int(counters.times_ms[first]), int(counters.times_ms[last - 1])
    if total == 0:
        return Seen(False, between, {})
    bounds = _of_events(history, counters, between, events_ms or (begin_ms, end_ms), total, good)
    skew = _skew(counters, samples, begin_ms, end_ms)
    return Seen(True, between, {name: bound for name, bound in (bounds | {"first value": skew}).items() if bound > 0})


def increase(values: Floats) -> float:
    """By how much a counter grew over its samples, where each fall is a beginning from 0."""
    steps = np.diff(values)
    return float(np.where(steps < 0, values[1:], steps).sum())


def _of_events(
    history: History,
    counters: Counters,
    between_ms: tuple[int, int],
    events_ms: tuple[int, int],
    total: float,
    good: float,
) -> dict[str, float]:
    """Bounds by why events are counted by one side only."""
    a = _within(history.happened_ms, events_ms)
    in_time = _within(history.happened_ms, between_ms)
    b = in_time if history.is_told_once_in_time else _within(history.told_ms, between_ms)
    events_a, events_b = max(1, _count(a)), max(1, _count(b))
    told_good = _count(b & history.is_good)
    shown_good = float(np.diff(counters.good_steps.at(between_ms))[0])
    lost, lost_good = events_b - total, shown_good - good
    return {
        "edge": _count(a & ~b & ~in_time) / events_a + _count(b & ~a & in_time) / events_b,
        "late": _count(a & ~b & in_time) / events_a + _count(b & ~a & ~in_time) / events_b,
        "corrected": abs(told_good - shown_good) / events_b,
        "reset": (lost + abs(lost - lost_good)) / total,
    }


def _within(times_ms: Ints, bounds_ms: tuple[int, int]) -> Bools:
    return np.asarray((times_ms >= bounds_ms[0]) & (times_ms < bounds_ms[1]))


def _count(which: Bools) -> int:
    return int(np.count_nonzero(which))


def _skew(counters: Counters, samples: slice, begin_ms: int, end_ms: int) -> float:
    """By what part the factors of total and good may differ: 0 where neither counter's guess is shortened, or both are to nothing."""
    times, total, good = counters.times_ms[samples], counters.total[samples], counters.good[samples]
    sampled, to_begin = float(times[-1] - times[0]), float(times[0] - begin_ms)
    to_begin = to_begin if to_begin < 1.1 * sampled / (len(times) - 1) else sampled / (len(times) - 1) / 2
    shortened = [
        min(to_begin, sampled * values[0] / grown) for values in (total, good) if (grown := increase(values)) > 0
    ]
    return float(abs(shortened[0] - shortened[-1]) / sampled)
