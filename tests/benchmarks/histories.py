"""Minutes of services with known outages: traffic that is uneven by the day, failures by chance, and what went wrong when."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from correlator.slo.backtest import Outage
from correlator.slo.minute_series import MINUTE_NANO, Floats, MinuteSeries, minute_series

FIRST_MINUTE: Final = 29_000_000
DAY: Final = 1_440
BY_DAY: Final = 0.6
"""Traffic is so much above its mean at the day's peak, and below it at night."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """So many events a minute. `every` minutes apart and one at a time where it is a schedule, else by chance."""

    name: str
    target: float
    per_minute: float = 0.0
    every: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """`ratio` of the events fail for `minutes`; of a minute that it does not fill, so much of its events.

    With `failures`, exactly so many events fail instead, the first, and no other of that time.
    """

    name: str
    ratio: float
    minutes: float
    failures: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """What objectives see, and what was wrong, if anything was."""

    series: MinuteSeries
    outages: Sequence[Outage]


def history(
    random: np.random.Generator, traffic: Traffic, background: float, fault: Fault | None, days: int, first_day: int
) -> History:
    """`days` of it; the fault begins at some minute of `first_day`. `background` is the ratio of events that always fail."""
    minutes = days * DAY
    total = _events(random, traffic, minutes)
    begin = first_day * DAY + int(random.integers(0, DAY))
    chance = np.full(minutes, background)
    if fault is not None:
        share = np.clip(fault.minutes - np.arange(minutes - begin), 0.0, 1.0)  # of each minute from `begin` on
        chance[begin:] += share * (fault.ratio - background)
    bad = random.binomial(total.astype(np.int64), chance).astype(np.float64)
    if fault is not None and fault.failures:
        _fail_exactly(bad, total, begin, fault)
    series = minute_series(FIRST_MINUTE, total - bad, total)
    return History(series, _outages(fault, FIRST_MINUTE + begin))


def _events(random: np.random.Generator, traffic: Traffic, minutes: int) -> Floats:
    place = np.arange(minutes)
    if traffic.every:
        return np.asarray(place % traffic.every == random.integers(0, traffic.every), dtype=np.float64)
    by_day = 1.0 + BY_DAY * np.sin(place * (2 * np.pi / DAY))
    return np.asarray(random.poisson(traffic.per_minute * by_day), dtype=np.float64)


def _fail_exactly(bad: Floats, total: Floats, begin: int, fault: Fault) -> None:
    end = begin + round(fault.minutes)
    bad[begin:end] = 0.0
    bad[begin + np.flatnonzero(total[begin:end])[: fault.failures]] = 1.0


def _outages(fault: Fault | None, begin_minute: int) -> tuple[Outage, ...]:
    if fault is None:
        return ()
    ends = begin_minute + math.ceil(fault.minutes)
    return (Outage(fault.name, begin_minute * MINUTE_NANO, ends * MINUTE_NANO),)
