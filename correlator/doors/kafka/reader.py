"""One membership in the consumer group: what is assigned is read, planned, recorded, committed, and given away in order."""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from threading import Thread
from typing import Final

import structlog
from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from correlator.doors.kafka import batch as batches
from correlator.doors.kafka.assignment import Assignment
from correlator.doors.kafka.batch import Place
from correlator.doors.kafka.client import FETCH_BYTES, Client
from correlator.doors.kafka.commits import Commits
from correlator.doors.kafka.missing import MissingTopics
from correlator.doors.kafka.partition import Commit, Partition
from correlator.doors.kafka.progress import Progress
from correlator.doors.kafka.recorded import RecordedBatches
from correlator.doors.kafka.recording import Recording
from correlator.doors.kafka.trouble import Trouble
from correlator.telemetry.kafka_metrics import KafkaMetrics

log = structlog.get_logger()

MESSAGES_AT_ONCE: Final = 1_000  # of one turn
PORTION: Final = 20  # messages between looks at how many bytes they are: of 1 MB at most, as brokers have it by default
POLL_S: Final = 0.1  # a message waits so long for others at most
SHORT_POLL_S: Final = 0.02  # while nothing is read, or an answer is awaited
LAST_ANSWER_S: Final = 5.0  # for the last commit; a broker that is there takes milliseconds
GIVE_AWAY_S: Final = 30.0  # for batches at hand when their partition goes to another engine
REST_S: Final = 1.0  # without room for more before partitions are paused


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read: topics with their signals, as a group; batches are of `batch_bytes` at most."""

    group: str
    topics: Mapping[str, str]
    batch_bytes: int

    def partition(self, kept: TopicPartition) -> Partition:
        """One of them, from what Kafka has of it on; from where the consumer begins, where that is nothing."""
        source = batches.Source(self.group, kept.topic, kept.partition, self.topics[kept.topic])
        commit = Commit(kept.offset, kept.metadata or "") if kept.offset >= 0 else None
        return Partition(source, commit, self.batch_bytes)


class Reader:
    """All calls come from one thread; Kafka's callbacks come within `turn` and `close`. Both may raise KafkaException."""

    def __init__(
        self, client: Client, reading: Reading, recording: Recording, recorded: RecordedBatches, metrics: KafkaMetrics
    ) -> None:
        self._recording = recording
        self._trouble = Trouble()
        self._assignment = Assignment(reading.partition, self._trouble, metrics)
        self._commits = Commits(self._assignment.partitions, metrics, self._trouble.hear)
        self._progress = Progress(self._assignment, reading.topics, recording, recorded, metrics)
        self._missing = MissingTopics(reading.topics, self._trouble)
        self._is_leaving = False
        self._consumer: Consumer = client.consumer(self._trouble.hear, self._commits.answered)
        self._consumer.subscribe(
            list(reading.topics), on_assign=self._assignment.add, on_revoke=self._revoked, on_lost=self._lost
        )

    def describe(self) -> str:
        """In words: how it does, and what to do."""
        reads = f"reads {len(self._assignment.partitions)} partitions"
        return "; ".join((self._trouble.said or reads, *self._missing.told()))

    def turn(self) -> None:
        """Read what is there, record and commit what can be."""
        is_short = self._assignment.is_paused or self._commits.is_awaited
        self._read(SHORT_POLL_S if is_short else POLL_S)
        self._trouble.raise_if_final()
        self._missing.turn(self._consumer, self._assignment.topics)
        self._assignment.read_plans(self._consumer)
        if not self._commits.is_awaited:  # until then what comes in makes batches larger
            for partition in self._assignment.partitions.values():
                partition.pause_for_more()
        self._go_on()
        self._rest_where_full()
        self._progress.turn(self._consumer)

    def close(self) -> None:
        """Finish and commit what is at hand, and leave the group. Where no broker answers, the library leaves in the background:
        it would wait for the commit until the session has ended."""
        self._is_leaving, is_answered = True, False
        try:
            self._finish(self._assignment.partitions)
            is_answered = self._is_all_answered()
        finally:  # one that is not closed hangs when the garbage collector finds it
            self._leave(is_answered)

    # --- what is read ---

    def _read(self, wait_s: float) -> None:
        """What is there, or comes within `wait_s`. Kafka's callbacks are called in here."""
        until_s = time.monotonic() + wait_s
        count = size = 0
        while count < MESSAGES_AT_ONCE and size < FETCH_BYTES:
            messages = self._consumer.consume(PORTION, max(0.0, until_s - time.monotonic()))
            for message in messages:
                self._take(message)
                size += len(message)
            count += len(messages)
            if len(messages) < PORTION:
                break

    def _take(self, message: Message) -> None:
        error = message.error()
        partition = self._assignment.partitions.get((message.topic() or "", message.partition() or 0))
        if error is not None:
            self._trouble.hear(error)
            if error.code() == KafkaError._PARTITION_EOF and partition is not None:
                partition.end_reached(message.offset() or 0)
        elif partition is not None:
            partition.take(batches.Message(message.offset() or 0, message.value() or b""))
            self._trouble.all_is_well()

    # --- what goes on ---

    def _go_on(self, wait_s: float = 0.0) -> None:
        """Hear what is recorded, for `wait_s` at most; tell Kafka; record what it has the plan of."""
        self._recording.turn(wait_s)
        self._commits.send_due(self._consumer)
        for partition in self._assignment.partitions.values():
            for batch in partition.unrecorded():
                self._recording.record(batch)

    def _rest_where_full(self) -> None:
        """A pause costs what was fetched ahead: so partitions are paused only if there is no room for a while, to go on
        hearing of rebalances."""
        assignment = self._assignment
        until_s = time.monotonic() + REST_S
        while not assignment.is_paused and self._is_full() and time.monotonic() < until_s:
            for message in self._consumer.consume(1, SHORT_POLL_S) if self._commits.is_awaited else ():
                self._take(message)
            self._go_on(0.0 if self._commits.is_awaited else SHORT_POLL_S)
        if self._is_full() and not assignment.is_paused:
            assignment.pause(self._consumer)
        elif assignment.is_paused and not self._is_full() and self._recording.has_room(assignment.waiting_bytes):
            assignment.resume(self._consumer)

    def _is_full(self) -> bool:
        return self._assignment.is_full or self._recording.is_full(self._assignment.waiting_bytes)

    # --- what is given away ---

    def _revoked(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        """Another engine goes on from what is committed here, so what is at hand is finished first."""
        names = [(each.topic, each.partition) for each in places]
        read = [name for name in names if name in self._assignment.partitions]
        self._finish(read)
        self._commits.send_last(consumer, read)
        self._drop(names, "revoked")

    def _lost(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        """They are another engine's already: nothing can be committed."""
        self._drop([(each.topic, each.partition) for each in places], "lost")

    def _drop(self, names: list[Place], kind: str) -> None:
        self._assignment.drop(names, kind)
        self._commits.forget(names)

    def _finish(self, names: Collection[Place]) -> None:
        """Wait for what is being recorded of these."""
        begun = [batch for name in names for batch in self._assignment.partitions[name].begun()]
        if not self._recording.wait(begun, GIVE_AWAY_S, is_patient=not self._is_leaving):
            log.warning("kafka_partitions_given_away_unfinished", batches=sum(not one.is_done for one in begun))

    def _is_all_answered(self) -> bool:
        """Commit what is done; whether Kafka has answered in time. What is read meanwhile is not taken."""
        until_s = time.monotonic() + LAST_ANSWER_S
        for _ in range(2):  # what was on its way, and what was finished since
            self._commits.send_due(self._consumer)
            while self._commits.is_awaited:
                if time.monotonic() > until_s:
                    return False
                self._consumer.consume(PORTION, SHORT_POLL_S)
        return True

    def _leave(self, is_answered: bool) -> None:
        if is_answered:
            self._consumer.close()
            return
        log.warning("kafka_left_without_commit", waited_s=LAST_ANSWER_S)
        self._drop(list(self._assignment.partitions), "lost")
        Thread(target=self._consumer.close, name="kafka-leaving", daemon=True).start()
