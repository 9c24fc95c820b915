"""What the watch shows on /metrics, set once a turn is committed."""

from collections import Counter
from collections.abc import Iterable, Sequence

from correlator.model.incident import Incident
from correlator.telemetry.metrics import EngineMetrics

UNKNOWN_CAUSE = "unknown"
"""Cause kind of an incident whose finding abstains."""


class WatchMetrics:
    """The engine's metrics that the watch owns."""

    def __init__(self, metrics: EngineMetrics) -> None:
        self._metrics = metrics
        self._shown: set[tuple[str, str]] = set()
        metrics.stage_lag.labels("watch").set(0.0)
        metrics.queue_depth.labels("investigate").set(0.0)

    def turn_failed(self) -> None:
        self._metrics.watch_failures.inc()

    def investigated(self, outcomes: Iterable[str]) -> None:
        for outcome, count in Counter(outcomes).items():
            self._metrics.investigations.labels(outcome).inc(count)

    def skipped(self, traces: int) -> None:
        self._metrics.watch_skipped.inc(traces)

    def waiting(self, traces: int, oldest_age_s: float) -> None:
        self._metrics.queue_depth.labels("investigate").set(traces)
        self._metrics.stage_lag.labels("watch").set(oldest_age_s)

    def incidents(self, opened: Sequence[Incident], open_now: Sequence[Incident]) -> None:
        """Count new ones; show those open now by severity and cause kind, 0 where there were some before."""
        for incident in opened:
            self._metrics.incidents_opened.labels(*_labels(incident)).inc()
        counts = Counter(_labels(incident) for incident in open_now)
        self._shown |= set(counts)
        for labels in self._shown:
            self._metrics.incidents.labels(*labels).set(counts[labels])


def _labels(incident: Incident) -> tuple[str, str]:
    candidates = incident.root_cause.candidates
    return incident.severity, candidates[0].kind if candidates else UNKNOWN_CAUSE
