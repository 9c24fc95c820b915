"""The minutes that nobody knows."""

from dataclasses import dataclass

import numpy as np

from correlator.slo.minute_series import MINUTE_NANO, Bools, MinuteSeries


@dataclass(frozen=True, slots=True)
class Gap:
    """[start, end): nothing is known of these minutes."""

    start_unix_nano: int
    end_unix_nano: int

    @property
    def minutes(self) -> int:
        return (self.end_unix_nano - self.start_unix_nano) // MINUTE_NANO


def gaps_of(series: MinuteSeries, first_minute: int, end_minute: int) -> tuple[Gap, ...]:
    """Of [first, end), in order. What lies outside of the series is not known either."""
    known = np.zeros(end_minute - first_minute, dtype=np.bool_)
    begin = max(first_minute, series.first_minute)
    end = min(end_minute, series.first_minute + len(series.known))
    if begin < end:
        known[begin - first_minute : end - first_minute] = series.known[
            begin - series.first_minute : end - series.first_minute
        ]
    return tuple(
        Gap((first_minute + run.first) * MINUTE_NANO, (first_minute + run.end) * MINUTE_NANO) for run in runs_of(~known)
    )


@dataclass(frozen=True, slots=True)
class Run:
    """Places [first, end) of an array that are all true."""

    first: int
    end: int


def runs_of(values: Bools) -> tuple[Run, ...]:
    """Every longest run of true values, in order."""
    changes = np.flatnonzero(np.diff(np.concatenate([[False], values, [False]]).astype(np.int8)))
    return tuple(Run(int(first), int(end)) for first, end in changes.reshape(-1, 2))
