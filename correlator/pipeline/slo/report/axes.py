"""Where values lie in a plot, and where its axes are labelled."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from correlator.pipeline.slo.report import figures
from correlator.slo.windows import HOUR_S

WIDTH: Final = 760
HEIGHT: Final = 230
LEFT, RIGHT, TOP, BOTTOM = 64, 104, 14, 30
"""Margins: labels of values at the left, of lines at the right, of times below."""
MOST_TIMES: Final = 9  # labels of about 50 px in 592
LINE: Final = 15  # px from one line of text to the next
DAY_S: Final = 24 * HOUR_S
STEPS_S: Final = tuple(HOUR_S * hours for hours in (1, 2, 3, 6, 12, 24, 48, 24 * 7, 24 * 14, 24 * 28, 24 * 56))
FIRST_MONDAY_S: Final = 4 * DAY_S  # 1970-01-05: weeks begin on Mondays


@dataclass(frozen=True, slots=True)
class Axes:
    """Times run from left to right, values from `low` at the foot to `high` at the top."""

    start_unix_nano: int
    end_unix_nano: int
    low: float
    high: float

    def x(self, unix_nano: int) -> float:
        part = (unix_nano - self.start_unix_nano) / (self.end_unix_nano - self.start_unix_nano)
        return LEFT + min(1.0, max(0.0, part)) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        part = (value - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - min(1.0, max(0.0, part)) * (HEIGHT - TOP - BOTTOM)

    @property
    def foot(self) -> float:
        return HEIGHT - BOTTOM

    @property
    def right(self) -> float:
        return WIDTH - RIGHT


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled place on an axis."""

    at: float
    label: str


def value_ticks(low: float, high: float, about: int = 5) -> tuple[Tick, ...]:
    """Round values within the bounds, as percent, with as many decimals as keep them apart."""
    step = _round_step((high - low) / about)
    decimals = max(0, -math.floor(math.log10(step * 100) + 1e-9))
    places = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    return tuple(Tick(place * step, f"{place * step * 100:.{decimals}f}%") for place in places)


def time_ticks(start_unix_nano: int, end_unix_nano: int) -> tuple[Tick, ...]:
    """Round times within the bounds, as few as can be read side by side: hours of a day, days of a month."""
    start_s, end_s = start_unix_nano // 10**9, end_unix_nano // 10**9
    step = next((each for each in STEPS_S if (end_s - start_s) / each < MOST_TIMES), STEPS_S[-1])
    offset = FIRST_MONDAY_S if step % (7 * DAY_S) == 0 else 0
    first = -(-(start_s - offset) // step) * step + offset
    name: Callable[[int], str] = figures.short_day if step >= DAY_S else figures.clock
    return tuple(Tick(at * 10**9, name(at * 10**9)) for at in range(first, end_s + 1, step))


@dataclass(frozen=True, slots=True)
class Label:
    """A text beside a line, at a height in px; `style` is a class of the page's style sheet."""

    y: float
    text: str
    style: str


def spread(labels: Sequence[Label]) -> tuple[Label, ...]:
    """The same labels, moved apart where they would overlap, and kept above the foot."""
    placed: list[Label] = []
    limit = float(HEIGHT - BOTTOM)
    for each in sorted(labels, key=lambda label: -label.y):
        at = min(each.y, limit)
        placed.append(replace(each, y=at))
        limit = at - LINE
    return tuple(placed)


def _round_step(rough: float) -> float:
    """The next of 1, 2 and 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= rough * (1 - 1e-9))
