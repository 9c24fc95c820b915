"""How far all is: shown as metrics, and told to the log, which is needed only from there on."""

import time
from collections.abc import Collection, Mapping
from typing import Final

import structlog
from confluent_kafka import Consumer, KafkaException, TopicPartition

from correlator.doors.kafka.assignment import Assignment
from correlator.doors.kafka.batch import Place
from correlator.doors.kafka.commits import ASK_S, read_kept
from correlator.doors.kafka.recorded import RecordedBatches
from correlator.doors.kafka.recording import Recording
from correlator.errors import StoreError
from correlator.telemetry.kafka_metrics import KafkaMetrics

log = structlog.get_logger()

TELL_S: Final = 1.0  # between looks


class Progress:
    """Of the partitions that are assigned. `topics` are those that the group reads."""

    def __init__(
        self,
        assignment: Assignment,
        topics: Collection[str],
        recording: Recording,
        recorded: RecordedBatches,
        metrics: KafkaMetrics,
    ) -> None:
        self._assignment = assignment
        self._topics = topics
        self._recording = recording
        self._recorded = recorded
        self._metrics = metrics
        self._told_s = 0.0  # time.monotonic

    def turn(self, consumer: Consumer) -> None:
        """Look and tell, once in TELL_S."""
        if time.monotonic() - self._told_s <= TELL_S:
            return
        self._told_s = time.monotonic()
        done = {name: each.kept.offset if each.kept else 0 for name, each in self._assignment.partitions.items()}
        try:
            self._let_go_of_log(consumer, done)
        except (OSError, StoreError, KafkaException) as error:  # the log is held where it was
            log.warning("kafka_log_not_released", error_type=type(error).__name__)
        self._metrics.in_flight_bytes.set(self._recording.bytes + self._assignment.waiting_bytes)
        self._metrics.paused.set(self._assignment.is_paused)
        self._metrics.assigned.set(len(done))
        self._tell_lag(consumer, done)

    def _let_go_of_log(self, consumer: Consumer, done: Mapping[Place, int]) -> None:
        """Of what is committed. Other engines' offsets are asked for where this one recorded before."""
        promised = {name: partition.promised_end for name, partition in self._assignment.partitions.items()}
        awaited = self._recorded.awaited(promised)
        others = [TopicPartition(*name) for name in awaited if name not in done and name[0] in self._topics]
        kept = read_kept(consumer, others) if others else []
        self._recorded.committed(
            {(each.topic, each.partition): each.offset for each in kept if each.offset >= 0} | dict(done)
        )

    def _tell_lag(self, consumer: Consumer, done: Mapping[Place, int]) -> None:
        """While reading rests, no answer to a fetch says where a partition ends: it is asked for."""
        is_known = not self._assignment.is_paused
        for name, offset in done.items():
            try:
                low, high = consumer.get_watermark_offsets(TopicPartition(*name), ASK_S, cached=is_known)
            except KafkaException:  # no broker is there: neither for the others
                return
            if high >= 0:
                self._metrics.lag.labels(name[0], str(name[1])).set(max(0, high - max(offset, low)))
