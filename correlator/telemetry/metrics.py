"""The engine's own metrics, as Prometheus reads them. Not imported by `correlator.telemetry`: needs prometheus-client.

Ids and messages are never labels; a trace id is an exemplar, which only OpenMetrics shows.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

N8N_SECONDS: Final = (*SECONDS[2:], 30.0, 60.0, 120.0, 300.0, 600.0)
"""The bounds of n8n's own workflow_execution_duration_seconds: one can be laid over the other."""

STORE_STAGES: Final = {"commit_seconds": "commit", "seal_seconds": "seal", "merge_seconds": "merge"}
STORE_ROWS: Final = {"sealed_rows": "sealed", "merged_rows": "merged", "retired_rows": "retired"}

STORE_GAUGES: Final = {
    "store_spans": "Spans that can be read.",
    "store_logs": "Log records that can be read.",
    "store_metrics": "Metric data points that can be read.",
    "store_head_rows": "Records in the head, not sealed yet.",
    "store_segments": "Sealed segments.",
    "store_segment_bytes": "Bytes of sealed segments on disk.",
    "store_log_bytes": "Bytes of the raw log on disk.",
    "store_unsealed_age_seconds": "Age of the oldest record that is only in the raw log and the head.",
}


class EngineMetrics:
    """All metrics of one engine, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._of_doors()
        self._of_stages()
        self._of_watch()
        self._of_workflows()
        self._of_rules()
        self._of_n8n()
        self._of_propagation()
        self._of_delivery()
        self._of_api()

    def observe_store(self, name: str, number: float) -> None:
        """Take what the store tells of its work; names it does not know are counted as errors of that kind."""
        if name in STORE_STAGES:
            self.store_seconds.labels(STORE_STAGES[name]).observe(number)
        elif name in STORE_ROWS:
            self.store_rows.labels(STORE_ROWS[name]).inc(number)
        else:
            self.store_errors.labels(name).inc(number)

    def read_store(self, read: Callable[[], Mapping[str, float]]) -> None:
        """Show those of STORE_GAUGES that `read` gives, asked anew at each scrape."""
        self.registry.register(_StoreGauges(read))

    def _of_doors(self) -> None:
        """What comes in, until it is acknowledged."""
        self.requests = self._counter(
            "otlp_requests", "OTLP requests by door, signal and answer.", "door", "signal", "answer"
        )
        self.request_seconds = self._histogram("otlp_request_seconds", "From last byte in to answer.", "door", "signal")
        self.received_bytes = self._counter("received_bytes", "Body bytes as sent.", "door", "signal")
        self.accepted = self._counter("records_accepted", "Records acknowledged to their sender.", "signal")
        self.rejected = self._counter("records_rejected", "Records refused, their neighbours kept.", "signal", "reason")
        self.stored = self._counter("records_stored", "Records made durable.", "signal")
        self.bytes_in_flight = self._gauge("bytes_in_flight", "Body bytes received and not answered yet.")

    def _of_stages(self) -> None:
        """What waits, and what the store does."""
        self.queue_depth = self._gauge(
            "queue_depth", "Work waiting: requests to record, traces to investigate.", "queue"
        )
        self.stage_lag = self._gauge("stage_lag_seconds", "Age of the oldest work that a stage has not done.", "stage")
        self.store_seconds = self._histogram("store_stage_seconds", "One group commit, one seal, one merge.", "stage")
        self.store_rows = self._counter("store_rows", "Rows sealed, merged, and retired by retention.", "work")
        self.store_errors = self._counter(
            "store_errors", "Failed log writes, failed upkeep, requests lost to replay.", "kind"
        )

    def _of_watch(self) -> None:
        """Failing traces, and the incidents that they are."""
        self.investigations = self._counter("investigations", "Failing traces accounted for by the watch.", "outcome")
        self.watch_skipped = self._counter("watch_traces_skipped", "Failing traces not investigated: backlog full.")
        self.watch_failures = self._counter("watch_turn_failures", "Turns of the watch that ended in an error.")
        self.incidents = self._gauge("incidents", "Incidents that are open.", "severity", "cause_kind")
        self.incidents_opened = self._counter("incidents_opened", "Incidents opened.", "severity", "cause_kind")

    def _of_workflows(self) -> None:
        """Callbacks, executions, and the events that tell of them."""
        self.callbacks = self._counter(
            "callbacks", "Callbacks by what they told and what they were answered.", "kind", "answer"
        )
        self.workflow_statuses = self._gauge(
            "workflow_statuses", "Workflows and executions whose status is known.", "of"
        )
        self.execution_timeouts = self._counter("execution_timeouts", "Executions that were silent for too long.")
        self.events = self._counter("events", "Events published: workflow or incident.", "subject")
        self.event_subscribers = self._gauge("event_subscribers", "Event streams that are open.")
        self.event_gaps = self._counter(
            "event_gaps", "Times a subscriber was told that events it may have wanted are gone."
        )
        self.events_unsaved = self._counter(
            "events_unsaved", "Failed attempts to keep events in Redis; they stay in memory."
        )

    def _of_rules(self) -> None:
        """Patterns, and reports on objectives."""
        self.pattern_matches = self._counter("pattern_matches", "Patterns that fit what was watched.", "rule", "scope")
        self.rule_reload_failures = self._counter(
            "rule_reload_failures", "Changes of pattern files that were not taken."
        )
        self.reports = self._counter("slo_reports", "Reports on objectives written by themselves: ranges.", "period")
        self.report_failures = self._counter(
            "slo_report_failures", "Reports that could not be written; each is tried again."
        )

    def _of_n8n(self) -> None:
        """What n8n's API is asked for."""
        self.n8n_executions = self._counter(
            "n8n_executions", "n8n's executions dealt with through its API, by what became of them.", "outcome"
        )
        self.n8n_requests = self._counter("n8n_requests", "Requests to n8n's API by answer.", "answer")
        self.n8n_failed_turns = self._counter(
            "n8n_failed_turns", "Turns in which n8n could not be asked, or told.", "reason"
        )
        self.n8n_open = self._gauge(
            "n8n_open_executions", "n8n's executions that run, wait, or are not dealt with yet."
        )
        self.n8n_last_success = self._gauge(
            "n8n_last_success_timestamp_seconds", "When n8n last answered all of a turn."
        )
        self.n8n_execution_seconds = self._histogram(
            "n8n_execution_seconds", "n8n's executions by outcome.", "workflow_name", "status", buckets=N8N_SECONDS
        )
        self.n8n_node_seconds = self._histogram(
            "n8n_node_seconds",
            "Runs of n8n's nodes by outcome.",
            "workflow_name",
            "node_type",
            "status",
            buckets=N8N_SECONDS,
        )

    def _of_propagation(self) -> None:
        """Whether trace context arrives."""
        self.propagation_coverage = self._gauge(
            "propagation_coverage_ratio",
            "Of the last quarter of an hour's calls, the share whose trace context arrived.",
            "hop",
        )
        self.propagation_calls = self._gauge(
            "propagation_calls",
            "Calls of the last quarter of an hour: context arrived, joined by something else, lost.",
            "hop",
            "context",
        )

    def _of_delivery(self) -> None:
        """What is told to others."""
        self.alerts_sent = self._counter(
            "alerts_sent", "Alerts of incidents told to an Alertmanager.", "target", "outcome"
        )
        self.delivered = self._counter("delivery_sent", "Requests that a target has acknowledged.", "target")
        self.delivery_retries = self._counter("delivery_retries", "Calls of a target that are made again.", "target")
        self.delivery_dropped = self._counter(
            "delivery_dropped",
            "Requests given up: too many, too old, no room, lost on disk, dead letter.",
            "target",
            "reason",
        )
        self.delivery_refused = self._counter("delivery_refused", "Requests that a target refused for good.", "target")
        self.delivery_refused_records = self._counter(
            "delivery_refused_records", "Records that a target left out of requests that it took.", "target"
        )
        self.delivery_waiting_bytes = self._gauge(
            "delivery_waiting_bytes", "Bytes of the raw log held for a target.", "target"
        )
        self.delivery_oldest = self._gauge(
            "delivery_oldest_age_seconds", "Age of the oldest request that a target has not got.", "target"
        )
        self.delivery_breaker = self._gauge("delivery_breaker_state", "0 closed, 1 half open, 2 open.", "target")
        self.dead_letters = self._gauge(
            "delivery_dead_letters", "Requests kept that a target refused for good.", "target"
        )

    def _of_api(self) -> None:
        """What is asked of us."""
        self.api_requests = self._counter("api_requests", "API requests.", "route", "method", "status")
        self.api_request_seconds = self._histogram("api_request_seconds", "API request durations.", "route", "method")

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"correlator_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"correlator_{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, *labels: str, buckets: tuple[float, ...] = SECONDS) -> Histogram:
        return Histogram(f"correlator_{name}", text, labels, registry=self.registry, buckets=buckets)


class _StoreGauges(Collector):
    def __init__(self, read: Callable[[], Mapping[str, float]]) -> None:
        self._read = read

    def describe(self) -> Iterator[GaugeMetricFamily]:
        for name, text in STORE_GAUGES.items():
            yield GaugeMetricFamily(f"correlator_{name}", text)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        values = self._read()
        for name, value in values.items():
            yield GaugeMetricFamily(f"correlator_{name}", STORE_GAUGES[name], value=value)
