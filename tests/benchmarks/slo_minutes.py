"""Histories of minute sums for benchmarks of objectives."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from tests.unit.slo.series import objective

FIRST_MINUTE: Final = 29_000_000
WINDOW_MINUTES: Final = (5, 30, 60, 120, 360, 1_440, 4_320, 43_200)
"""Sloth's: the seven of its rules that alert, and the period."""
OBJECTIVE: Final = objective(0.999)
Counts = npt.NDArray[np.uint16]
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True, eq=False)
class MinuteHistory:
    """Minute sums of one objective, as a ledger keeps them. (minutes,)"""

    good: Counts
    total: Counts


def made(slos: int, minutes: int, median: float) -> Iterator[MinuteHistory]:
    """Uneven traffic, by day and by objective: a tenth to ten times of `median` events a minute; 0.2 % of events fail."""
    random = np.random.default_rng(1)
    by_day = 1.0 + 0.9 * np.sin(np.arange(minutes) * (2 * np.pi / 1_440))
    for _ in range(slos):
        total = random.poisson(median * 10 ** random.uniform(-1, 1) * by_day).astype(np.uint16)
        yield MinuteHistory(random.binomial(total, 0.998).astype(np.uint16), total)
