"""What Kafka is told, and what it has answered. Nothing waits: while no broker answers, the library keeps a commit for as long
as a session lasts."""

import time
from collections.abc import Callable, Collection, Mapping
from typing import Final

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from correlator.doors.kafka.batch import Place
from correlator.doors.kafka.partition import Commit, Partition
from correlator.telemetry.kafka_metrics import KafkaMetrics

ASK_AGAIN_S: Final = 120.0  # without an answer: the library's own patience is the session, 45 s if nobody set another
ASK_S: Final = 5.0  # for what a broker is asked in place


class Commits:
    """One at a time is on its way. `answered` is the library's callback, called in the thread that polls."""

    def __init__(
        self, partitions: Mapping[Place, Partition], metrics: KafkaMetrics, hear_error: Callable[[KafkaError], None]
    ) -> None:
        self._partitions = partitions
        self._metrics = metrics
        self._hear_error = hear_error
        self._asked: dict[Place, Commit] = {}
        self._asked_s = 0.0  # time.monotonic

    @property
    def is_awaited(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._asked) and time.monotonic() - self._asked_s < ASK_AGAIN_S

    def send_due(self, consumer: Consumer) -> None:
        """Of all partitions, unless an answer is awaited."""
        if not self.is_awaited:
            self._asked = self._send(consumer, self._partitions)
            self._asked_s = time.monotonic()

    def send_last(self, consumer: Consumer, names: Collection[Place]) -> None:
        """Of partitions that are given away now. The library gives none away before it has the answer, or waited in vain."""
        self._send(consumer, names)
        self.forget(names)

    def forget(self, names: Collection[Place]) -> None:
        """An answer about these means nothing any more."""
        for name in names:
            self._asked.pop(name, None)

    def answered(self, error: KafkaError | None, places: list[TopicPartition]) -> None:
        """Of the commit that is on its way, or of one that nobody waits for: its contents tell which."""
        for each in places:
            name = each.topic, each.partition
            refusal = each.error or error
            if refusal is not None:
                self._metrics.commit_failures.inc()
                self._hear_error(refusal)
            if self._asked.get(name) == Commit(each.offset, each.metadata or ""):
                self._settle(self._partitions[name], self._asked.pop(name), refusal)

    def _settle(self, partition: Partition, asked: Commit, refusal: KafkaError | None) -> None:
        if refusal is None:
            partition.kept = asked
        elif refusal.code() == KafkaError.OFFSET_METADATA_TOO_LARGE:
            partition.shorten_plan()

    def _send(self, consumer: Consumer, names: Collection[Place]) -> dict[Place, Commit]:
        """What was sent."""
        due = {name: commit for name in names if (commit := self._partitions[name].commit()) is not None}
        offsets = [TopicPartition(*name, commit.offset, metadata=commit.plan) for name, commit in due.items()]
        try:
            if offsets:
                consumer.commit(offsets=offsets, asynchronous=True)
        except KafkaException as error:
            self._metrics.commit_failures.inc(len(due))
            self._hear_error(error.args[0])
            return {}
        return due


def read_kept(consumer: Consumer, places: list[TopicPartition]) -> list[TopicPartition]:
    """What Kafka has of these, committed by whomever: offset and plan. Raises KafkaException."""
    kept = consumer.committed(places, ASK_S)
    for each in kept:
        if each.error is not None:
            raise KafkaException(each.error)
    return kept
