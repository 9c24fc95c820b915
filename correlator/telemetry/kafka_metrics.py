"""What the Kafka door shows of its own work."""

from contextlib import suppress

from prometheus_client import Counter, Gauge

from correlator.telemetry.metrics import EngineMetrics


class KafkaMetrics:
    """Counters and gauges in the engine's registry."""

    def __init__(self, metrics: EngineMetrics) -> None:
        registry = metrics.registry

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"correlator_kafka_{name}", text, labels, registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"correlator_kafka_{name}", text, labels, registry=registry)

        self.messages = counter(
            "messages", "Messages dealt with: recorded, known (recorded before a crash) or refused.", "topic", "outcome"
        )
        self.received_bytes = counter("received_bytes", "Bytes of messages dealt with.", "topic")
        self.retries = counter("retries", "Batches that the engine could not take, to be tried again.", "reason")
        self.rebalances = counter("rebalances", "Partitions assigned, revoked and lost.", "kind")
        self.commit_failures = counter("commit_failures", "Commits of offsets that Kafka did not take.")
        self.failures = counter("failures", "Times the door left the group because of an error, and joined again.")
        self.in_flight_bytes = gauge("in_flight_bytes", "Bytes of messages read and not recorded yet.")
        self.paused = gauge("paused", "1 while no more is read because the engine cannot take it.")
        self.assigned = gauge("assigned_partitions", "Partitions that this engine reads.")
        self.lag = gauge("lag", "Messages of a partition that are not committed.", "topic", "partition")
        self.refused_offset = gauge("refused_offset", "The last message that was refused.", "topic", "partition")

    def forget(self, topic: str, partition: int) -> None:
        """The partition is another engine's now: it tells of the lag."""
        with suppress(KeyError):
            self.lag.remove(topic, str(partition))
