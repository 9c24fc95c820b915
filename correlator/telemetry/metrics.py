"""The engine's own metrics, as Prometheus reads them. Not imported by `correlator.telemetry`: needs prometheus-client.

Ids and messages are never labels; a trace id is an exemplar, which only OpenMetrics shows.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class EngineMetrics:
    """All metrics of one engine, in a registry of its own."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry(auto_describe=True)

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"correlator_{name}", text, labels, registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"correlator_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, *labels: str) -> Histogram:
            return Histogram(f"correlator_{name}", text, labels, registry=registry, buckets=SECONDS)

        self.requests = counter(
            "otlp_requests", "OTLP requests by door, signal and answer.", "door", "signal", "answer"
        )
        self.request_seconds = histogram("otlp_request_seconds", "From last byte in to answer.", "door", "signal")
        self.received_bytes = counter("received_bytes", "Body bytes as sent.", "door", "signal")
        self.accepted = counter("records_accepted", "Records acknowledged to their sender.", "signal")
        self.rejected = counter("records_rejected", "Records refused, their neighbours kept.", "signal", "reason")
        self.stored = counter("records_stored", "Records made durable.", "signal")
        self.bytes_in_flight = gauge("bytes_in_flight", "Body bytes received and not answered yet.")
        self.queue_depth = gauge(
            "queue_depth", "Work waiting, by queue: requests to record, traces to investigate.", "queue"
        )
        self.stage_lag = gauge(
            "stage_lag_seconds", "Age of the oldest work a stage has not done: seal, watch.", "stage"
        )
        self.store_records = gauge("store_records", "Records that can be read.", "signal")
        self.store_segments = gauge("store_segments", "Sealed segments.")
        self.store_segment_bytes = gauge("store_segment_bytes", "Bytes of sealed segments on disk.")
        self.store_log_bytes = gauge("store_log_bytes", "Bytes of the raw log on disk.")
        self.store_head_rows = gauge("store_head_rows", "Records in the head, not sealed yet.")
        self.investigations = counter("investigations", "Traces explained by the watch.", "outcome")
        self.watch_skipped = counter("watch_traces_skipped", "Failing traces not investigated: backlog full.")
        self.watch_failures = counter("watch_turn_failures", "Turns of the watch that ended in an error.")
        self.incidents = gauge("incidents", "Incidents that are open.", "severity", "cause_kind")
        self.incidents_opened = counter("incidents_opened", "Incidents opened.", "severity", "cause_kind")
        self.api_requests = counter("api_requests", "API requests.", "route", "method", "status")
        self.api_request_seconds = histogram("api_request_seconds", "API request durations.", "route", "method")
