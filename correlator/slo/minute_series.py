"""Good and total events minute by minute, and their sums over any window."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MINUTE_NANO: Final = 60 * 10**9
FEW: Final = 32
"""Windows that are added up: prefix sums take as long to make as ten sums over the whole series (tests.benchmarks.slo)."""


@dataclass(frozen=True, slots=True, eq=False)
class MinuteSeries:
    """One row a minute, from unix minute `first_minute` on. Make one with `minute_series`."""

    first_minute: int
    good: Floats  # (minutes,)
    total: Floats  # (minutes,)
    known: Bools  # (minutes,) whether the minute's events were heard of; a minute without events may well be known


@dataclass(frozen=True, slots=True, eq=False)
class WindowSums:
    """Sums over windows: every array has one place for each, (windows,).

    Minutes outside of the series, or unknown, count no events and are not known.
    """

    good: Floats
    total: Floats
    known_minutes: Floats
    minutes: Ints  # length of each window, or one length of all of them

    @property
    def failures(self) -> Floats:
        return self.total - self.good

    @property
    def error_ratio(self) -> Floats:
        """Bad events of all, 0..1. NaN where there were none: neither good nor bad.

        Counters that were scraped one after the other may tell more good events than events: that is no failure.
        """
        ratio = np.full(self.total.shape, np.nan)
        np.divide(self.failures, self.total, out=ratio, where=self.total > 0)
        return np.asarray(np.minimum(np.maximum(ratio, 0.0), 1.0))

    @property
    def coverage(self) -> Floats:
        """Known minutes of all minutes, 0..1."""
        return np.asarray(self.known_minutes / self.minutes)


def minute_series(
    first_minute: int, good: npt.ArrayLike, total: npt.ArrayLike, known: npt.ArrayLike | None = None
) -> MinuteSeries:
    """A series of arrays (minutes,). A minute is known unless `known` says no, or either number is NaN; what is not known is 0.

    Nothing given is changed. Raises ValueError where the lengths differ.
    """
    goods, totals = np.asarray(good), np.asarray(total)
    if goods.shape != totals.shape:
        raise ValueError(f"good has {goods.size} minutes and total {totals.size}; both are of the same minutes")
    is_known = ~(_is_nan(goods) | _is_nan(totals))
    if known is not None:
        is_known &= np.asarray(known, dtype=np.bool_)
    if not is_known.all():
        goods, totals = np.where(is_known, goods, 0), np.where(is_known, totals, 0)
    return MinuteSeries(first_minute, goods.astype(np.float64), totals.astype(np.float64), is_known)


def _is_nan(values: "npt.NDArray[Any]") -> Bools:
    """Whole numbers are never."""
    return np.isnan(values) if values.dtype.kind == "f" else np.zeros(values.shape, dtype=np.bool_)


def end_minute(now_unix_nano: int) -> int:
    """The end, excluded, of windows that end now: the minute that runs is taken in; at its very first instant it has not begun."""
    return -(-now_unix_nano // MINUTE_NANO)


class SeriesSums:
    """Sums of a series over any windows. Few are added up; many are looked up in prefix sums, made when first needed.

    Whole counts are exact to 2**53 events; sums of ratios to about 1e-15 of the whole series' sum.
    """

    def __init__(self, series: MinuteSeries) -> None:
        self._first_minute = series.first_minute
        self._rows = (series.good, series.total, series.known)
        self._prefixes: Floats | None = None

    def over(self, window_minutes: npt.ArrayLike, end_minutes: npt.ArrayLike) -> WindowSums:
        """Sums over [end - window, end), unix minutes: several windows to one end, or one window to several ends."""
        last = len(self._rows[0])
        sizes = np.atleast_1d(np.asarray(window_minutes, dtype=np.int64))
        ends = np.atleast_1d(np.asarray(end_minutes, dtype=np.int64)) - self._first_minute
        to = np.minimum(np.maximum(ends, 0), last)
        begin = np.minimum(np.maximum(ends - sizes, 0), last)
        add = self._added_up if begin.size <= FEW else self._looked_up
        good, total, known = add(begin, to if to.size == begin.size else np.repeat(to, begin.size))
        return WindowSums(good, total, known, sizes)

    def _added_up(self, begin: Ints, to: Ints) -> Floats:
        places = list(zip(begin.tolist(), to.tolist(), strict=True))
        return np.array([[row[first:end].sum() for first, end in places] for row in self._rows], dtype=np.float64)

    def _looked_up(self, begin: Ints, to: Ints) -> Floats:
        if self._prefixes is None:
            self._prefixes = np.zeros((len(self._rows), len(self._rows[0]) + 1))
            for prefix, row in zip(self._prefixes, self._rows, strict=True):
                np.cumsum(row, out=prefix[1:])
        return np.asarray(self._prefixes[:, to] - self._prefixes[:, begin])
