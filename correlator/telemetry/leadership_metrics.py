"""Which replica leads, on /metrics; and what only the leader shows."""

from prometheus_client import Counter, Gauge

from correlator.telemetry.metrics import EngineMetrics

LEADERS_STAGES = ("watch", "slo", "n8n_rest")


class LeadershipMetrics:
    """Gauge and counter in the engine's registry."""

    def __init__(self, metrics: EngineMetrics) -> None:
        self._metrics = metrics
        self._leads = Gauge(
            "correlator_leader", "1 on the replica that concludes, 0 on those that follow.", registry=metrics.registry
        )
        self._ended = Counter(
            "correlator_terms_ended",
            "Terms that ended: lease lost, superseded by another, a job failed, engine stopped.",
            ("reason",),
            registry=metrics.registry,
        )

    def begins(self) -> None:
        """This replica leads now."""
        self._leads.set(1)

    def ends(self, reason: str) -> None:
        """It leads no more."""
        self._leads.set(0)
        self._ended.labels(reason).inc()

    def take_back(self) -> None:
        """Show no conclusions, and no lag of who concludes: they are the next leader's to show. Counters stay."""
        metrics = self._metrics
        for gauge in (metrics.incidents, metrics.propagation_coverage, metrics.propagation_calls):
            gauge.clear()
        for stage in LEADERS_STAGES:
            metrics.stage_lag.remove_by_labels({"stage": stage})
        metrics.queue_depth.labels("investigate").set(0)
        metrics.n8n_open.set(0)
        metrics.n8n_last_success.set_function(lambda: 0.0)
