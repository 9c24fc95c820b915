"""Samples to events a minute. Pure.

A sample tells of the time that ends with it: one taken at 10:05:00.000 is of the minute 10:04, as in Prometheus's ranges, which leave
their first instant out. Nothing is extrapolated, so sums over minutes are the counter's own steps, whatever the window.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from correlator.doors.prometheus.document import Labels, Samples
from correlator.model.objective import PrometheusCounts, PrometheusRatio, Slices
from correlator.slo.minute_series import Bools, Floats, Ints, MinuteSeries
from correlator.slo.windows import MINUTE_S

MINUTE_MS: Final = MINUTE_S * 1_000
MOST_EVENTS: Final = 2.0**53
"""A sample beyond tells of no events: up to there a floating-point number can tell n from n + 1."""

LastValues = Mapping[Labels, float]
"""Of each series, the value of its last sample before the samples at hand: what the next step is counted from."""


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Events a minute of one query, and whether any series told of the minute. Both (minutes,)."""

    events: Floats
    known: Bools


def minutes_of(times_ms: "npt.NDArray[np.int64]") -> Ints:
    """The unix minute that each sample is of."""
    return np.asarray(-(-times_ms // MINUTE_MS) - 1, dtype=np.int64)


def counter_steps(values: Floats, before: float | None) -> Floats:
    """By how much a counter grew with each sample, (samples,). The first, with nothing before it, is NaN: nobody knows.

    A value below the one before says that the counter began anew at 0 and grew to it.
    """
    steps = np.diff(values, prepend=np.nan if before is None else before)
    return np.where(steps < 0, values, steps)


def counted_steps(series: Iterable[Samples], before: LastValues, first_minute: int, end_minute: int) -> Counts:
    """Increases of counters in the minutes [first, end): of each series by itself, then summed.

    A step that spans a gap is counted in the minute in which it came to light; the minutes of the gap are not known.
    """
    counts = _none(first_minute, end_minute)
    for each in map(_finite, series):
        _add(counts, each.times_ms, counter_steps(each.values, before.get(each.labels)), first_minute)
    return counts


def counted_samples(series: Iterable[Samples], first_minute: int, end_minute: int) -> Counts:
    """Samples that each say how many events there were, summed over the minutes [first, end)."""
    counts = _none(first_minute, end_minute)
    for each in map(_finite, series):
        _add(counts, each.times_ms, each.values, first_minute)
    return counts


def last_values(series: Iterable[Samples], before: LastValues, until_minute: int) -> LastValues:
    """`before`, brought forward to the end of the minutes before `until_minute`."""
    after = dict(before)
    for each in map(_finite, series):
        seen = int(np.searchsorted(each.times_ms, until_minute * MINUTE_MS, side="right"))
        if seen:
            after[each.labels] = float(each.values[seen - 1])
    return after


def series_of_counts(total: Counts, part: Counts, source: PrometheusCounts, first_minute: int) -> MinuteSeries:
    """Good and total events. What is known is the total: a counter that was never counted up may not exist."""
    good = total.events - part.events if source.is_bad else part.events
    return MinuteSeries(first_minute, good, total.events, total.known)


def series_of_ratio(
    series: Iterable[Samples], source: PrometheusRatio, slices: Slices, first_minute: int, end_minute: int
) -> MinuteSeries:
    """One event for each slice that a sample ends, as good as the ratio says, in the slice's last minute.

    Samples are at the ends of slices. Of several series the worst counts. A slice whose ratio is NaN is known, and had no
    events; one without a sample is not known, nor is one that still runs.
    """
    length, minutes = slices.window_s // MINUTE_S, end_minute - first_minute
    worst = np.full(minutes, np.inf)
    known = np.zeros(minutes, dtype=np.bool_)
    for each in series:
        places = minutes_of(each.times_ms) - first_minute
        inside = (places >= 0) & (places < minutes)
        ratio = each.values[inside]
        good = np.clip(1.0 - ratio if source.is_bad else ratio, 0.0, 1.0)
        np.fmin.at(worst, places[inside], good)
        for place in places[inside]:
            known[max(0, place + 1 - length) : place + 1] = True
    has_event = np.isfinite(worst)
    return MinuteSeries(first_minute, np.where(has_event, worst, 0.0), has_event.astype(np.float64), known)


def _none(first_minute: int, end_minute: int) -> Counts:
    minutes = end_minute - first_minute
    return Counts(np.zeros(minutes), np.zeros(minutes, dtype=np.bool_))


def _finite(samples: Samples) -> Samples:
    """Without NaN, infinities and what is as good as infinite: they count nothing, and say nothing of a counter."""
    keep = np.abs(samples.values) <= MOST_EVENTS
    return samples if keep.all() else Samples(samples.labels, samples.times_ms[keep], samples.values[keep])


def _add(counts: Counts, times_ms: "npt.NDArray[np.int64]", events: Floats, first_minute: int) -> None:
    """Add to the counts of the minutes that lie in them; NaN tells nothing."""
    places = minutes_of(times_ms) - first_minute
    told = (places >= 0) & (places < len(counts.events)) & ~np.isnan(events)
    np.add.at(counts.events, places[told], events[told])
    counts.known[places[told]] = True
