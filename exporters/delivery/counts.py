"""What a target tells /metrics."""

from collections.abc import Callable
from math import nan
from typing import Final

from correlator.errors import StoreError
from correlator.telemetry.metrics import EngineMetrics
from exporters.delivery.breaker import State

STATES: Final[dict[State, int]] = {"closed": 0, "half_open": 1, "open": 2}
DROPPED: Final = ("size", "age", "no_room", "lost", "dead_letter")
"""Too much waits, it waits for too long, the disk is full, its place in the log is gone or damaged, one too many was refused."""


class Counts:
    """The counters of one target, there from the start with 0."""

    def __init__(self, metrics: EngineMetrics, target: str) -> None:
        self._metrics = metrics
        self._target = target
        self.sent = metrics.delivered.labels(target)
        self.retries = metrics.delivery_retries.labels(target)
        self.refused = metrics.delivery_refused.labels(target)
        self.refused_records = metrics.delivery_refused_records.labels(target)
        self.dropped = {reason: metrics.delivery_dropped.labels(target, reason) for reason in DROPPED}

    def show(
        self,
        waiting_bytes: Callable[[], float],
        oldest_age_s: Callable[[], float],
        breaker: Callable[[], State],
        dead_letters: Callable[[], float],
    ) -> None:
        """Gauges, asked anew at each scrape."""
        metrics, target = self._metrics, self._target
        metrics.delivery_waiting_bytes.labels(target).set_function(waiting_bytes)
        metrics.delivery_oldest.labels(target).set_function(oldest_age_s)
        metrics.delivery_breaker.labels(target).set_function(lambda: STATES[breaker()])
        metrics.dead_letters.labels(target).set_function(_or_unknown(dead_letters))


def _or_unknown(read: Callable[[], float]) -> Callable[[], float]:
    """NaN where the disk does not tell: all other metrics are shown all the same."""

    def shown() -> float:
        try:
            return read()
        except StoreError:
            return nan

    return shown
