"""What is usual, robustly: a median, and how far values stray from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

MAD_TO_SIGMA: Final = 1.4826
"""The median absolute deviation times this estimates a normal distribution's standard deviation (Hampel 1974)."""


@dataclass(frozen=True, slots=True)
class Usual:
    """Middle and spread, in the values' unit. Half of the values may be arbitrarily wrong without moving either far."""

    middle: float
    spread: float


def usual(values: Sequence[float]) -> Usual:
    """Of at least one value. The spread of equal values is 0."""
    middle = median(values)
    return Usual(middle, MAD_TO_SIGMA * median(abs(value - middle) for value in values))


def shown_duration(nano: float) -> str:
    """In the unit that a person would use."""
    seconds = nano / 1e9
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"
