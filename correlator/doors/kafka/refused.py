"""Messages that can never be recorded: counted, told in the log without what is in them, kept in a topic if one is named."""

from typing import Final

import structlog
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from correlator.doors.kafka.batch import Batch
from correlator.doors.kafka.client import Client
from correlator.errors import Unavailable
from correlator.telemetry.kafka_metrics import KafkaMetrics

log = structlog.get_logger()

DELIVERY_S: Final = 10.0  # to wait for a dead letter's arrival; it goes on in the background, and may arrive twice then
RETRY_AFTER_S: Final = 5


class RefusedMessages:
    """What becomes of them. `topic` is that of dead letters; None where they are only told of."""

    def __init__(self, client: Client, topic: str | None, metrics: KafkaMetrics) -> None:
        self._client = client
        self._topic = topic
        self._metrics = metrics
        self._producer: Producer | None = None

    def keep(self, batch: Batch, reason: str) -> None:
        """Of a batch with one message. Raises Unavailable where the topic of dead letters does not take it."""
        source, message = batch.source, batch.messages[0]
        if self._topic is not None:
            self._send(self._topic, batch, reason)
        self._metrics.refused_offset.labels(source.topic, str(source.partition)).set(message.offset)
        log.warning(
            "kafka_message_refused",
            topic=source.topic,
            partition=source.partition,
            offset=message.offset,
            size=len(message.payload),
            reason=reason,
            dead_letter_topic=self._topic,
        )

    def _send(self, topic: str, batch: Batch, reason: str) -> None:
        """The payload as it came; where it came from, and why it is here, in headers."""
        source, message = batch.source, batch.messages[0]
        headers: dict[str, str | bytes | None] = {
            "correlator.topic": source.topic,
            "correlator.partition": str(source.partition),
            "correlator.offset": str(message.offset),
            "correlator.reason": reason,
        }
        outcome: list[KafkaError | None] = []

        def delivered(error: KafkaError | None, _: Message) -> None:
            outcome.append(error)

        try:
            self._producer = self._producer or self._client.producer(lambda error: None)
            self._producer.produce(topic, message.payload, headers=headers, on_delivery=delivered)
            self._producer.flush(DELIVERY_S)
        except (KafkaException, BufferError) as error:
            raise Unavailable(f"dead-letter topic {topic!r}: {error}", retry_after_s=RETRY_AFTER_S) from error
        if not outcome or outcome[0] is not None:
            why = outcome[0].str() if outcome and outcome[0] else "no answer in time"
            raise Unavailable(f"dead-letter topic {topic!r} took nothing: {why}", retry_after_s=RETRY_AFTER_S)
