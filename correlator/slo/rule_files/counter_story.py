"""What the engine's counters do in a test, as stretches of minutes, in promtool's notation."""

from collections.abc import Sequence
from dataclasses import dataclass

from correlator.slo.rule_files.names import number


@dataclass(frozen=True, slots=True)
class Stretch:
    """So many minutes, with so many events in each and so many good ones. `is_missing`: not scraped. `begins_anew`: the
    counters start from 0."""

    minutes: int
    events: float = 0
    good: float = 0
    is_missing: bool = False
    begins_anew: bool = False


@dataclass(frozen=True, slots=True)
class CounterValues:
    """Samples a minute apart, the first at 0, when nothing had happened yet."""

    events: str
    good: str


def counter_values(story: Sequence[Stretch]) -> CounterValues:
    """The two counters of a story, in the notation of promtool's `values`."""
    return CounterValues(_values(story, [each.events for each in story]), _values(story, [each.good for each in story]))


def _values(story: Sequence[Stretch], rates: Sequence[float]) -> str:
    parts = ["_" if story[0].is_missing else "0"]
    value = 0.0
    for stretch, rate in zip(story, rates, strict=True):
        if stretch.is_missing:
            parts.append(f"_x{stretch.minutes}")
            continue
        first = rate + (0.0 if stretch.begins_anew else value)
        parts.append(f"{number(first)}+{number(rate)}x{stretch.minutes - 1}")
        value = first + rate * (stretch.minutes - 1)
    return " ".join(parts)
