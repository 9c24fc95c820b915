"""Histories of good and bad events, as two see them: the engine by what it was told of each event, Prometheus by scraping counters.

A history is drawn from a seed: uneven load, hours without traffic, outages; told late or told again; scraped with gaps, off the edges
of minutes, from a process that begins anew. Times are milliseconds since the history's first minute began.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from correlator.model.objective import Objective
from correlator.model.outcome import EventKey, Outcome
from correlator.pipeline.slo.objectives import Objectives
from correlator.slo.ledger import post
from correlator.slo.minute_series import MinuteSeries
from correlator.store.contract import LedgerCommit, LedgerState
from correlator.store.memory_ledger import MemoryLedger

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
NEVER: Final = -1
MOST_EVENTS: Final = 4_000  # of one history: the ledger's arithmetic is Python


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Events, (events,): when each happened, when the engine heard of it, whether it was good in the end, and when it was told to be
    bad though it had been told to be good (NEVER). When the counters were scraped, and when their process began anew."""

    seed: int
    minutes: int
    happened_ms: Ints
    told_ms: Ints
    is_good: Bools
    corrected_ms: Ints
    scrapes_ms: Ints
    resets_ms: Ints

    @property
    def is_on_edges(self) -> bool:
        """Whether all scrapes were at edges of minutes, between which the engine counts."""
        return not (self.scrapes_ms % MINUTE_MS).any()

    @property
    def is_told_once_in_time(self) -> bool:
        return bool((self.told_ms == self.happened_ms).all() and (self.corrected_ms == NEVER).all())


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """When a counter that never begins anew steps, in order, (steps,); and what it shows before each step and after the last."""

    times_ms: Ints
    shown: Floats

    def at(self, times_ms: npt.ArrayLike) -> Floats:
        """What it shows of what was told before each time."""
        return np.asarray(self.shown[np.searchsorted(self.times_ms, times_ms, side="left")])


@dataclass(frozen=True, slots=True, eq=False)
class Counters:
    """What the scrapes found, (scrapes,); and the counters themselves."""

    times_ms: Ints
    total: Floats
    good: Floats
    total_steps: Steps
    good_steps: Steps


@dataclass(frozen=True, slots=True)
class Shape:
    """What a history may have: `interval_s` between scrapes; `quiet_s` after each edge of minutes nothing happens. One that is plain is
    scraped without gaps, and told in time; one on a grid is scraped at whole multiples of the interval or not at all."""

    minutes: int
    interval_s: int = 60
    quiet_s: int = 0
    is_plain: bool = False
    is_on_grid: bool = False


def drawn(seed: int, shape: Shape) -> History:
    """The history of a seed."""
    random = np.random.default_rng(seed)
    happened_ms = _happened(random, shape)
    is_good = random.random(len(happened_ms)) >= _failing(random, happened_ms, shape)
    told_ms, corrected_ms = happened_ms, np.full(len(happened_ms), NEVER, dtype=np.int64)
    if not shape.is_plain and random.random() < 0.3:
        told_ms = _told_late(random, happened_ms, shape)
    if not shape.is_plain and random.random() < 0.2:
        corrected_ms = _corrected(random, told_ms, is_good, shape)
    scrapes_ms, resets_ms = _scrapes(random, shape)
    return History(seed, shape.minutes, happened_ms, told_ms, is_good, corrected_ms, scrapes_ms, resets_ms)


def counters(history: History) -> Counters:
    """At each scrape, what was told before it since the process began."""
    at = history.scrapes_ms
    last_reset = np.searchsorted(history.resets_ms, at, side="right")
    total_steps, good_steps = _total_steps(history), _good_steps(history)
    total, good = (
        steps.at(at) - np.append(0.0, steps.at(history.resets_ms))[last_reset] for steps in (total_steps, good_steps)
    )
    return Counters(at, total, good, total_steps, good_steps)


def _total_steps(history: History) -> Steps:
    return Steps(np.sort(history.told_ms), np.arange(len(history.told_ms) + 1, dtype=np.float64))


def _good_steps(history: History) -> Steps:
    """It never falls: one that is taken back is made up for before it rises again."""
    told_good = history.told_ms[history.is_good | (history.corrected_ms != NEVER)]
    taken_back = history.corrected_ms[history.corrected_ms != NEVER]
    times = np.concatenate([told_good, taken_back])
    steps = np.concatenate([np.ones(len(told_good)), np.full(len(taken_back), -1.0)])
    order = np.argsort(times, kind="stable")
    return Steps(times[order], np.maximum.accumulate(np.append(0.0, np.cumsum(steps[order]))))


def recorded(history: History, first_minute: int, objective: Objective) -> MinuteSeries:
    """The engine's minutes in the end, by the ledger: told in some turns, in which each tenth event is told twice."""
    ledger = MemoryLedger()
    told = _outcomes(history, first_minute, objective.id)
    for number, places in enumerate(np.array_split(np.arange(len(told)), 5)):
        batch = [told[place].outcome for place in (*places, *places[::10])]
        _commit(ledger, batch, range(first_minute, first_minute + history.minutes) if number == 0 else ())
    return Objectives((), ledger).series(objective, first_minute, first_minute + history.minutes)


def as_told(history: History, first_minute: int, objective: Objective) -> Iterator[MinuteSeries]:
    """The engine's minutes as they were at the end of each, one turn a minute: late events and corrections are still to come."""
    ledger = MemoryLedger()
    told = _outcomes(history, first_minute, objective.id)
    turns = np.searchsorted([each.told_ms for each in told], np.arange(history.minutes + 1) * MINUTE_MS)
    for minute, (first, last) in enumerate(pairwise(turns)):
        _commit(ledger, [each.outcome for each in told[first:last]], (first_minute + minute,))
        yield Objectives((), ledger).series(objective, first_minute, first_minute + history.minutes)


def _commit(ledger: MemoryLedger, batch: list[Outcome], known_minutes: Collection[int]) -> None:
    keys = {EventKey(each.objective_id, each.identity) for each in batch}
    posting = post(batch, ledger.standing_outcomes(keys))
    ledger.commit_ledger(LedgerCommit(LedgerState(), posting, known_minutes=known_minutes))


class _Told(NamedTuple):
    told_ms: int
    outcome: Outcome


def _outcomes(history: History, first_minute: int, objective_id: str) -> list[_Told]:
    """What the engine was told, in the order in which it was."""
    minutes = first_minute + history.happened_ms // MINUTE_MS
    told: list[_Told] = []
    rows = zip(history.told_ms, minutes, history.is_good, history.corrected_ms, strict=True)
    for number, (told_ms, minute, is_good, corrected_ms) in enumerate(rows):
        was_corrected = corrected_ms != NEVER
        first = Outcome(objective_id, str(number), int(minute), bool(is_good or was_corrected))
        told.append(_Told(int(told_ms), first))
        if was_corrected:
            told.append(_Told(int(corrected_ms), replace(first, is_good=False, authority=1)))
    told.sort(key=lambda each: each.told_ms)
    return told


def _happened(random: np.random.Generator, shape: Shape) -> Ints:
    """Uneven load: by the day, with bursts, and with stretches of nothing."""
    minutes = np.arange(shape.minutes)
    rate = 10 ** random.uniform(-2.5, 0.9) * (1 + 0.9 * np.sin(minutes * (2 * np.pi / 1_440) + random.uniform(0, 6)))
    for first, last in _stretches(random, shape.minutes, 3):
        rate[first:last] *= random.choice([0.0, 0.0, 10.0, 40.0])
    rate *= min(1.0, MOST_EVENTS / max(1.0, float(rate.sum())))
    of_minutes = np.repeat(minutes, random.poisson(rate))
    within = random.integers(shape.quiet_s * 1_000 + 1, MINUTE_MS, len(of_minutes))
    return np.asarray(np.sort(of_minutes * MINUTE_MS + within), dtype=np.int64)


def _failing(random: np.random.Generator, happened_ms: Ints, shape: Shape) -> Floats:
    """The share that fails of what happens at each time: little, and more in outages."""
    share = np.full(shape.minutes, 10 ** random.uniform(-3, -0.5))
    for first, last in _stretches(random, shape.minutes, 4):
        share[first:last] = random.choice([0.02, 0.1, 0.5, 1.0])
    return np.asarray(share[happened_ms // MINUTE_MS])


def _stretches(random: np.random.Generator, minutes: int, most: int) -> list[tuple[int, int]]:
    """Some stretches of minutes [first, last), from a minute to a quarter of all."""
    lengths = [int((minutes / 4) ** random.random()) for _ in range(random.integers(0, most + 1))]
    return [(first, first + each) for each in lengths for first in [int(random.integers(0, minutes - each + 1))]]


def _told_late(random: np.random.Generator, happened_ms: Ints, shape: Shape) -> Ints:
    """One in ten, by minutes or by hours; all are told before the end."""
    delay_ms = random.exponential(random.choice([2, 40]) * MINUTE_MS, len(happened_ms)).astype(np.int64)
    is_late = random.random(len(happened_ms)) < 0.1
    return np.asarray(np.minimum(happened_ms + is_late * delay_ms, shape.minutes * MINUTE_MS - 1), dtype=np.int64)


def _corrected(random: np.random.Generator, told_ms: Ints, is_good: Bools, shape: Shape) -> Ints:
    """Half of the failures are told to be good first, and to be bad some minutes later."""
    later_ms = told_ms + random.exponential(5 * MINUTE_MS, len(told_ms)).astype(np.int64) + 1
    is_corrected = ~is_good & (random.random(len(told_ms)) < 0.5) & (later_ms < shape.minutes * MINUTE_MS)
    return np.asarray(np.where(is_corrected, later_ms, NEVER), dtype=np.int64)


def _scrapes(random: np.random.Generator, shape: Shape) -> tuple[Ints, Ints]:
    """When it was scraped, and when the process began anew."""
    interval_ms, end_ms = shape.interval_s * 1_000, shape.minutes * MINUTE_MS
    scrapes = np.arange(0, end_ms + 1, interval_ms)
    if shape.is_plain:
        return scrapes, np.zeros(0, dtype=np.int64)
    if not shape.is_on_grid and random.random() < 0.3:  # off the edges of minutes, by some milliseconds more or less
        scrapes = (
            scrapes[:-1] + int(random.integers(100, interval_ms - 100)) + random.integers(-50, 51, len(scrapes) - 1)
        )
    if random.random() < 0.4:
        for first, last in _stretches(random, shape.minutes, 4):
            scrapes = scrapes[(scrapes <= first * MINUTE_MS) | (scrapes > last * MINUTE_MS)]
    resets = random.integers(1, end_ms, random.integers(1, 6)) if random.random() < 0.3 else np.zeros(0, dtype=np.int64)
    return scrapes, np.sort(resets)
