"""Which partitions are this engine's now."""

from collections.abc import Callable, Collection

import structlog
from confluent_kafka import Consumer, KafkaException, TopicPartition

from correlator.doors.kafka.batch import Place
from correlator.doors.kafka.commits import read_kept
from correlator.doors.kafka.partition import Partition
from correlator.doors.kafka.trouble import Trouble
from correlator.telemetry.kafka_metrics import KafkaMetrics

log = structlog.get_logger()

Open = Callable[[TopicPartition], Partition]
"""A partition as Kafka has it: with the offset that is committed, below 0 where none is, and the plan beside it."""


class Assignment:
    """`partitions` are those that may be read: the plans of who had them before are known. The others are paused."""

    def __init__(self, open_partition: Open, trouble: Trouble, metrics: KafkaMetrics) -> None:
        self.partitions: dict[Place, Partition] = {}
        self.is_paused = False
        self._open = open_partition
        self._trouble = trouble
        self._metrics = metrics
        self._unplanned: list[TopicPartition] = []

    @property
    def topics(self) -> set[str]:
        """Those of which some partition may be read."""
        return {topic for topic, _ in self.partitions}

    @property
    def is_full(self) -> bool:
        """Whether one of them has read so far ahead that all should rest."""
        return any(each.is_full for each in self.partitions.values())

    @property
    def waiting_bytes(self) -> int:
        """Of messages that were read and are not being recorded."""
        return sum(each.waiting_bytes for each in self.partitions.values())

    def add(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        """These are ours; `read_plans` lets them be read."""
        consumer.incremental_assign(places)
        consumer.pause(places)
        self._unplanned += places
        self._metrics.rebalances.labels("assigned").inc(len(places))

    def read_plans(self, consumer: Consumer) -> None:
        """Of those that were added since. Where no broker answers, they are asked for again in the next turn."""
        if not self._unplanned:
            return
        try:
            kept = read_kept(consumer, self._unplanned)
        except KafkaException as error:
            self._trouble.hear(error.args[0])
            return
        self.partitions.update({(each.topic, each.partition): self._open(each) for each in kept})
        if not self.is_paused:
            consumer.resume(self._unplanned)
        self._unplanned = []
        log.info("kafka_partitions_assigned", partitions=len(kept), all=len(self.partitions))

    def pause(self, consumer: Consumer) -> None:
        """Read nothing more. What the library has fetched ahead it drops, and fetches again later."""
        consumer.pause(self._places())
        self.is_paused = True

    def resume(self, consumer: Consumer) -> None:
        """Read again what may be read."""
        consumer.resume(self._places())
        self.is_paused = False

    def drop(self, names: Collection[Place], kind: str) -> None:
        """They are no longer ours: what is at hand of them is given up."""
        for name in names:
            partition = self.partitions.pop(name, None)
            for batch in partition.at_hand() if partition else ():
                batch.is_given_up = not batch.is_done
            self._metrics.forget(*name)
        self._unplanned = [each for each in self._unplanned if (each.topic, each.partition) not in names]
        self._metrics.rebalances.labels(kind).inc(len(names))
        log.info("kafka_partitions_gone", kind=kind, partitions=len(names), all=len(self.partitions))

    def _places(self) -> list[TopicPartition]:
        return [TopicPartition(*name) for name in self.partitions]
