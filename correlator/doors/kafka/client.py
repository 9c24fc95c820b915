"""What confluent-kafka is told: where the brokers are, who we are, how much it may fetch ahead."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

LIBRARY_LOG: Final = logging.getLogger("correlator.doors.kafka.librdkafka")
CRITICAL: Final = 2  # of syslog's levels: what is less is told to `on_error`, and there not 20 times a second
FETCH_BYTES: Final = 8 * 2**20  # of one answer of a broker; a larger message still comes, alone
REQUEST_TIMEOUT_MS: Final = 10_000  # a stop of the engine may wait for one
HEARTBEATS_PER_SESSION: Final = 15  # as Kafka's defaults: 3 s of 45 s
RECONNECT_MS: Final = 500  # to a broker that is down, at first; ten seconds in the end
NEW_TOPICS_MS: Final = 30_000  # until a topic, or a partition, that was not there before is read
DEAD_LETTER_MS: Final = 30_000  # for a dead letter to arrive; then its batch is tried again later

OnError = Callable[[KafkaError], None]
OnCommit = Callable[[KafkaError | None, list[TopicPartition]], None]
"""Told of the answer to a commit, while the consumer is polled."""


@dataclass(frozen=True, slots=True)
class Client:
    """How Kafka is reached, and as whom. `read_secrets` gives librdkafka's properties of secrets, read anew for each client."""

    bootstrap_servers: str  # host:port, separated by commas
    group: str
    security: dict[str, str]
    read_secrets: Callable[[], dict[str, str]]
    group_protocol: str = "classic"
    instance_id: str | None = None
    session_timeout_s: float = 45.0
    offset_reset: str = "earliest"
    fetch_ahead_bytes: int = 8 * 2**20

    def consumer(self, on_error: OnError, on_commit: OnCommit) -> Consumer:
        """A consumer that is in no group yet. Raises SettingsError where a secret cannot be read, KafkaException where
        the library refuses a setting."""
        membership = {"group.instance.id": self.instance_id} if self.instance_id else {}
        return Consumer(
            {
                **self._common(on_error),
                **self._protocol(),
                **membership,
                "group.id": self.group,
                "on_commit": on_commit,
                "auto.offset.reset": self.offset_reset,
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "enable.partition.eof": True,
                "topic.metadata.refresh.interval.ms": NEW_TOPICS_MS,
                "queued.max.messages.kbytes": max(1, self.fetch_ahead_bytes // 2**10),
                "fetch.max.bytes": FETCH_BYTES,
            },
            logger=LIBRARY_LOG,
        )

    def producer(self, on_error: OnError) -> Producer:
        """A producer for dead letters. Raises as `consumer` does."""
        durable = {"enable.idempotence": True, "compression.type": "zstd", "delivery.timeout.ms": DEAD_LETTER_MS}
        return Producer({**self._common(on_error), **durable}, logger=LIBRARY_LOG)

    def admin(self, on_error: OnError) -> AdminClient:
        """Asks brokers without joining the group. Raises as `consumer` does."""
        return AdminClient(self._common(on_error), logger=LIBRARY_LOG)

    def _protocol(self) -> dict[str, Any]:
        """With group.protocol=consumer the broker decides on times, and one engine has the same partitions of all topics."""
        if self.group_protocol == "consumer":
            return {"group.protocol": "consumer", "group.remote.assignor": "range"}
        session_ms = int(self.session_timeout_s * 1_000)
        return {
            "partition.assignment.strategy": "cooperative-sticky",
            "session.timeout.ms": session_ms,
            "heartbeat.interval.ms": max(1, session_ms // HEARTBEATS_PER_SESSION),
        }

    def _common(self, on_error: OnError) -> dict[str, Any]:
        return {
            "bootstrap.servers": self.bootstrap_servers,
            "client.id": "correlator",
            "socket.timeout.ms": REQUEST_TIMEOUT_MS,
            "reconnect.backoff.ms": RECONNECT_MS,
            "log_level": CRITICAL,
            "error_cb": on_error,
            **self.security,
            **self.read_secrets(),
        }
