"""One membership in the consumer group: what is assigned is read, planned, recorded, committed, and given away in order."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Thread
from typing import Final

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from correlator.doors.kafka import batch as batches
from correlator.doors.kafka.batch import Place
from correlator.doors.kafka.client import FETCH_BYTES, Client
from correlator.doors.kafka.commits import Commits
from correlator.doors.kafka.partition import Commit, Partition
from correlator.doors.kafka.recorded import RecordedBatches
from correlator.doors.kafka.recording import Recording
from correlator.errors import StoreError
from correlator.telemetry.kafka_metrics import KafkaMetrics

log = structlog.get_logger()

MESSAGES_AT_ONCE: Final = 1_000  # of one turn
PORTION: Final = 20  # messages between looks at how many bytes they are: of 1 MB at most, as brokers have it by default
POLL_S: Final = 0.1  # a message waits so long for others at most
SHORT_POLL_S: Final = 0.02  # while nothing is read, or an answer is awaited
ASK_S: Final = 5.0  # for offsets that are committed
LAST_ANSWER_S: Final = 5.0  # for the last commit; a broker that is there takes milliseconds
GIVE_AWAY_S: Final = 30.0  # for batches at hand when their partition goes to another engine
REST_S: Final = 1.0  # without room for more before partitions are paused
TELL_S: Final = 1.0  # between looks at lag, and at how far the log is needed
_REJOIN: Final = frozenset({KafkaError._AUTHENTICATION, KafkaError._FENCED, KafkaError.FENCED_INSTANCE_ID})
"""After these a new client is needed: with the password read anew, or as another member."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read: topics with their signals, as a group; batches are of `batch_bytes` at most."""

    group: str
    topics: Mapping[str, str]
    batch_bytes: int


class Reader:
    """All calls come from one thread; Kafka's callbacks come within `turn` and `close`. Both may raise KafkaException."""

    def __init__(
        self, client: Client, reading: Reading, recording: Recording, recorded: RecordedBatches, metrics: KafkaMetrics
    ) -> None:
        self.trouble = ""
        self._reading = reading
        self._recording = recording
        self._recorded = recorded
        self._metrics = metrics
        self._partitions: dict[Place, Partition] = {}
        self._unplanned: list[TopicPartition] = []
        self._is_paused = False
        self._told: set[str] = set()  # names of errors since all was well
        self._told_s = 0.0
        self._is_leaving = False
        self._must_rejoin: KafkaError | None = None
        self._commits = Commits(self._partitions, metrics, self._hear_error)
        self._consumer: Consumer = client.consumer(self._hear_error, self._commits.answered)
        self._consumer.subscribe(
            list(reading.topics), on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost
        )

    def describe(self) -> str:
        """In a few words: how it does."""
        return self.trouble or f"reads {len(self._partitions)} partitions"

    def turn(self) -> None:
        """Read what is there, record and commit what can be."""
        is_awaited = self._commits.is_awaited
        self._read(SHORT_POLL_S if self._is_paused or is_awaited else POLL_S)
        if self._must_rejoin is not None:
            raise KafkaException(self._must_rejoin)
        self._read_plans()
        if not self._commits.is_awaited:  # until then what comes in makes batches larger
            for partition in self._partitions.values():
                partition.pause_for_more()
        self._go_on()
        self._pause_or_resume()
        if time.monotonic() - self._told_s > TELL_S:
            self._told_s = time.monotonic()
            self._tell()

    def close(self) -> None:
        """Finish and commit what is at hand, and leave the group. Where no broker answers, the library leaves in the background:
        it would wait for the commit until the session has ended."""
        self._is_leaving, is_answered = True, False
        try:
            self._finish(list(self._partitions))
            is_answered = self._is_all_answered()
        finally:  # one that is not closed hangs when the garbage collector finds it
            self._leave(is_answered)

    def _leave(self, is_answered: bool) -> None:
        if is_answered:
            self._consumer.close()
            return
        log.warning("kafka_left_without_commit", waited_s=LAST_ANSWER_S)
        self._drop(list(self._partitions), "lost")
        Thread(target=self._consumer.close, name="kafka-leaving", daemon=True).start()

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
        partition = self._partitions.get((message.topic() or "", message.partition() or 0))
        if error is not None:
            self._hear_error(error)
            if error.code() == KafkaError._PARTITION_EOF and partition is not None:
                partition.end_reached(message.offset() or 0)
        elif partition is not None:
            partition.take(batches.Message(message.offset() or 0, message.value() or b""))
            self._all_is_well()

    def _all_is_well(self) -> None:
        if self.trouble:
            log.info("kafka_answers_again")
            self.trouble = ""
            self._told.clear()

    def _hear_error(self, error: KafkaError) -> None:
        """Most are passing, and the library tries again by itself."""
        if error.code() == KafkaError._PARTITION_EOF:
            self._all_is_well()
            return
        if error.fatal() or error.code() in _REJOIN:
            self._must_rejoin = error
        if error.name() not in self._told:  # they take turns while a broker is down
            log.warning("kafka_trouble", error=error.name(), detail=error.str())
            self._told.add(error.name())
        self.trouble = error.name()

    # --- what is assigned ---

    def _assigned(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        """Nothing is read before the plans of those who had them are known."""
        consumer.incremental_assign(places)
        consumer.pause(places)
        self._unplanned += places
        self._metrics.rebalances.labels("assigned").inc(len(places))

    def _read_plans(self) -> None:
        if not self._unplanned:
            return
        try:
            kept = self._kept(self._unplanned)
        except KafkaException as error:  # asked again in the next turn
            self._hear_error(error.args[0])
            return
        for each in kept:
            source = batches.Source(self._reading.group, each.topic, each.partition, self._reading.topics[each.topic])
            commit = Commit(each.offset, each.metadata or "") if each.offset >= 0 else None
            self._partitions[each.topic, each.partition] = Partition(source, commit, self._reading.batch_bytes)
        if not self._is_paused:
            self._consumer.resume(self._unplanned)
        self._unplanned = []
        log.info("kafka_partitions_assigned", partitions=len(kept), all=len(self._partitions))

    def _kept(self, places: list[TopicPartition]) -> list[TopicPartition]:
        """What Kafka has of these, by whomever. Raises KafkaException."""
        kept = self._consumer.committed(places, ASK_S)
        for each in kept:
            if each.error is not None:
                raise KafkaException(each.error)
        return kept

    def _revoked(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        """Another engine goes on from what is committed here, so what is at hand is finished first."""
        names = [(each.topic, each.partition) for each in places]
        read = [name for name in names if name in self._partitions]
        self._finish(read)
        self._commits.send_last(consumer, read)
        self._drop(names, "revoked")

    def _finish(self, names: list[Place]) -> None:
        """Wait for what is being recorded of these."""
        begun = [batch for name in names for batch in self._partitions[name].begun()]
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

    def _lost(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        """They are another engine's already: nothing can be committed."""
        self._drop([(each.topic, each.partition) for each in places], "lost")

    def _drop(self, names: list[Place], kind: str) -> None:
        for name in names:
            partition = self._partitions.pop(name, None)
            for batch in partition.at_hand() if partition else ():
                batch.is_given_up = not batch.is_done
            self._metrics.forget(*name)
        self._commits.forget(names)
        self._unplanned = [each for each in self._unplanned if (each.topic, each.partition) not in names]
        self._metrics.rebalances.labels(kind).inc(len(names))
        log.info("kafka_partitions_gone", kind=kind, partitions=len(names), all=len(self._partitions))

    # --- what goes on ---

    def _go_on(self, wait_s: float = 0.0) -> None:
        """Hear what is recorded, for `wait_s` at most; tell Kafka; record what it has the plan of."""
        self._recording.turn(wait_s)
        self._commits.send_due(self._consumer)
        for partition in self._partitions.values():
            for batch in partition.unrecorded():
                self._recording.record(batch)

    def _pause_or_resume(self) -> None:
        """Of a partition that is paused the library drops what it has fetched ahead, and fetches it again later: so partitions
        are paused only if there is no room for a while, to go on hearing of rebalances."""
        until_s = time.monotonic() + REST_S
        while not self._is_paused and self._is_full() and time.monotonic() < until_s:
            for message in self._consumer.consume(1, SHORT_POLL_S) if self._commits.is_awaited else ():
                self._take(message)
            self._go_on(0.0 if self._commits.is_awaited else SHORT_POLL_S)
        places = [TopicPartition(*name) for name in self._partitions]
        if self._is_full() and not self._is_paused:
            self._consumer.pause(places)
            self._is_paused = True
        elif self._is_paused and not self._is_full() and self._recording.has_room(self._waiting_bytes()):
            self._consumer.resume(places)
            self._is_paused = False

    def _is_full(self) -> bool:
        is_far_ahead = any(each.is_full for each in self._partitions.values())
        return is_far_ahead or self._recording.is_full(self._waiting_bytes())

    def _waiting_bytes(self) -> int:
        return sum(each.waiting_bytes for each in self._partitions.values())

    def _tell(self) -> None:
        done = {name: each.kept.offset if each.kept else 0 for name, each in self._partitions.items()}
        try:
            self._let_go_of_log(done)
        except (OSError, StoreError, KafkaException) as error:  # the log is held where it was
            log.warning("kafka_log_not_released", error_type=type(error).__name__)
        self._metrics.in_flight_bytes.set(self._recording.bytes + self._waiting_bytes())
        self._metrics.paused.set(self._is_paused)
        self._metrics.assigned.set(len(self._partitions))
        self._tell_lag(done)

    def _let_go_of_log(self, done: Mapping[Place, int]) -> None:
        """Of what is committed. Other engines' offsets are asked for where this one recorded before."""
        promised = {name: partition.promised_end for name, partition in self._partitions.items()}
        awaited = self._recorded.awaited(promised)
        others = [TopicPartition(*name) for name in awaited if name not in done and name[0] in self._reading.topics]
        kept = self._kept(others) if others else []
        self._recorded.committed(
            {(each.topic, each.partition): each.offset for each in kept if each.offset >= 0} | dict(done)
        )

    def _tell_lag(self, done: Mapping[Place, int]) -> None:
        """While reading rests, no answer to a fetch says where a partition ends: it is asked for."""
        for name, offset in done.items():
            place = TopicPartition(*name)
            try:
                low, high = self._consumer.get_watermark_offsets(place, ASK_S, cached=not self._is_paused)
            except KafkaException:  # no broker is there: neither for the others
                return
            if high >= 0:
                self._metrics.lag.labels(name[0], str(name[1])).set(max(0, high - max(offset, low)))
