"""What the ledger of objectives shows of its own work."""

from collections.abc import Iterable

from prometheus_client import Counter

from correlator.telemetry.metrics import EngineMetrics


class LedgerMetrics:
    """Counters in the engine's registry, and the lag of the stage "slo"."""

    def __init__(self, metrics: EngineMetrics) -> None:
        registry = metrics.registry
        self._silent = Counter(
            "correlator_silent_failures", "Failures that n8n does not tell of.", ("kind",), registry=registry
        )
        self._failed_turns = Counter(
            "correlator_slo_turn_failures", "Turns of the ledger that ended in an error.", registry=registry
        )
        self._lag = metrics.stage_lag.labels("slo")

    def silent(self, kinds: Iterable[str]) -> None:
        for kind in kinds:
            self._silent.labels(kind).inc()

    def turn_failed(self) -> None:
        self._failed_turns.inc()

    def behind(self, seconds: float) -> None:
        """Since when there are requests that are not counted yet; 0 where all are."""
        self._lag.set(seconds)
