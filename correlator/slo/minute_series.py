"""Good and total events minute by minute, and their sums over any window in constant time."""

from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

Number = TypeVar("Number", np.float64, np.int64)

MINUTE_NANO: Final = 60 * 10**9


@dataclass(frozen=True, slots=True, eq=False)
class MinuteSeries:
    """One row a minute, from unix minute `first_minute` on. Make one with `minute_series`."""

    first_minute: int
    good: Floats  # (minutes,)
    total: Floats  # (minutes,)
    known: Bools  # (minutes,) whether the minute's events were heard of; a minute without events may well be known


@dataclass(frozen=True, slots=True, eq=False)
class WindowSums:
    """Sums over windows of one length, as many as there were ends: every array is (ends,).

    Minutes outside of the series, or unknown, count no events and are not known.
    """

    good: Floats
    total: Floats
    known_minutes: Ints
    minutes: int  # length of the window

    @property
    def failures(self) -> Floats:
        return self.total - self.good

    @property
    def error_ratio(self) -> Floats:
        """Bad events of all, 0..1. NaN where there were none: neither good nor bad.

        Counters that were scraped one after the other may tell more good events than events: that is no failure.
        """
        ratio = np.full(np.shape(self.total), np.nan)
        np.divide(self.failures, self.total, out=ratio, where=self.total > 0)
        return np.asarray(np.clip(ratio, 0.0, 1.0))

    @property
    def coverage(self) -> Floats:
        """Known minutes of all minutes, 0..1."""
        return np.asarray(self.known_minutes / self.minutes, dtype=np.float64)


def minute_series(
    first_minute: int, good: npt.ArrayLike, total: npt.ArrayLike, known: npt.ArrayLike | None = None
) -> MinuteSeries:
    """A series of arrays (minutes,). A minute is known unless `known` says no, or either number is NaN; what is not known is 0.

    Nothing given is changed. Raises ValueError where the lengths differ.
    """
    goods, totals = np.asarray(good, dtype=np.float64), np.asarray(total, dtype=np.float64)
    is_known = ~(np.isnan(goods) | np.isnan(totals))
    if known is not None:
        is_known &= np.asarray(known, dtype=np.bool_)
    return MinuteSeries(first_minute, np.where(is_known, goods, 0.0), np.where(is_known, totals, 0.0), is_known)


def end_minute(now_unix_nano: int) -> int:
    """The end, excluded, of windows that end now: the minute that runs is taken in; at its very first instant it has not begun."""
    return -(-now_unix_nano // MINUTE_NANO)


class PrefixSums:
    """Sums of a series from its begin to every minute, made in one pass; any window is then two look-ups.

    Whole counts are exact to 2**53 events; sums of ratios to about 1e-15 of the sum.
    """

    def __init__(self, series: MinuteSeries) -> None:
        self._first_minute = series.first_minute
        self._good = _prefix(series.good)  # (minutes + 1,)
        self._total = _prefix(series.total)
        self._known = _prefix(series.known.astype(np.int64))

    def over(self, window_minutes: int, end_minutes: npt.ArrayLike) -> WindowSums:
        """Sums over [end - window, end) for each end, a unix minute."""
        last = len(self._total) - 1
        ends = np.atleast_1d(np.asarray(end_minutes, dtype=np.int64)) - self._first_minute
        to = np.clip(ends, 0, last)
        begin = np.clip(ends - window_minutes, 0, last)
        return WindowSums(
            good=self._good[to] - self._good[begin],
            total=self._total[to] - self._total[begin],
            known_minutes=self._known[to] - self._known[begin],
            minutes=window_minutes,
        )


def _prefix(values: "npt.NDArray[Number]") -> "npt.NDArray[Number]":
    sums = np.zeros(len(values) + 1, dtype=values.dtype)
    np.cumsum(values, out=sums[1:])
    return sums
