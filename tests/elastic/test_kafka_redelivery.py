"""What becomes of messages that were recorded when their reader ended before it could commit them, at that very moment."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from correlator.doors.kafka.client import Client
from correlator.doors.kafka.reader import Reader, Reading
from correlator.doors.kafka.recorded import RecordedBatches
from correlator.doors.kafka.recording import Recording
from correlator.pipeline.record import Recorder
from correlator.settings import load_settings
from correlator.store.segments import SegmentStore
from correlator.telemetry.kafka_metrics import KafkaMetrics
from correlator.telemetry.metrics import EngineMetrics
from correlator.wiring.recording import make_decode
from tests.e2e.jvm_peers import WHY_NO_KAFKA, own_kafka
from tests.e2e.peers import scripts
from tests.elastic.kafka_lab import Topic, log_records, new_topic

MESSAGES = 300
SESSION_S = 60.0


@dataclass(frozen=True, slots=True)
class Engine:
    """As much of one as records what a reader reads."""

    store: SegmentStore
    recording: Recording
    recorded: RecordedBatches
    shown: KafkaMetrics

    def reader(self, topic: Topic, session_timeout_s: float = 6.0) -> Reader:
        reading = Reading(topic.group, {topic.name: "logs"}, batch_bytes=512)
        client = Client(topic.address, topic.group, {}, dict, instance_id="one", session_timeout_s=session_timeout_s)
        return Reader(client, reading, self.recording, self.recorded, self.shown)

    def origins(self) -> set[str]:
        """Of all requests in its log."""
        return {each.frame.origin for each in self.store.requests_from(0, 2**30).requests}

    def counted(self, topic: Topic, outcome: str) -> float:
        return float(self.shown.messages.labels(topic.name, outcome)._value.get())


@contextmanager
def engine(folder: Path, topic: Topic) -> Iterator[Engine]:
    """On the store in `folder`, as a process of its own would have it."""
    decode = make_decode(load_settings())
    store = SegmentStore(folder, lambda frame: decode(frame).tables)
    metrics = EngineMetrics()
    recorder = Recorder(
        store, lambda frame: ((found := decode(frame)).tables, found.rejections), metrics, max_bytes_in_flight=2**24
    )
    recorded, shown = RecordedBatches(store, topic.group), KafkaMetrics(metrics)
    recorded.load()
    recording = Recording(recorder.submit, recorded, lambda batch, reason: None, shown, 2**24)
    try:
        yield Engine(store, recording, recorded, shown)
    finally:
        recorder.close()
        store.close()


def read_without_commit(engine: Engine, topic: Topic, session_timeout_s: float = 6.0) -> Reader:
    """Until some batches are durable of which Kafka knows only the plan. The reader is left as a kill would leave it."""
    reader = engine.reader(topic, session_timeout_s)
    until = time.monotonic() + 60
    while not engine.origins():
        assert time.monotonic() < until
        reader.turn()
        time.sleep(0.2)  # what was submitted in this turn is durable, and its answer not heard
    return reader


def read_all(engine: Engine, topic: Topic) -> None:
    reader = engine.reader(topic)
    until = time.monotonic() + 60
    while topic.lag():
        assert time.monotonic() < until
        for _ in range(5):
            reader.turn()
    reader.close()


def test_the_same_engine_knows_them_again(kafka_address: str, tmp_path: Path) -> None:
    """By their origins, which are in its log; also those that were sealed meanwhile."""
    topic = new_topic(kafka_address)
    with engine(tmp_path / "data", topic) as first:
        topic.produce(log_records(MESSAGES))
        left = read_without_commit(first, topic)
        assert topic.lag() == MESSAGES
    with engine(tmp_path / "data", topic) as again:
        reader = again.reader(topic)
        reader.turn()
        reader.close()  # ends before it had any of them
    with engine(tmp_path / "data", topic) as second:
        read_all(second, topic)
        assert second.counted(topic, "known") + second.counted(topic, "recorded") == MESSAGES
        assert second.counted(topic, "known") > 0
        bodies = second.store.scan("logs", 0, 2**63 - 1, ("body",))["body"].to_pylist()
    assert len(bodies) == len(set(bodies)) == MESSAGES
    left.close()


def test_another_engine_records_them_under_the_same_origins(kafka_address: str, tmp_path: Path) -> None:
    """It makes the same batches, though other messages came in between: a store that both share has them once."""
    topic = new_topic(kafka_address)
    with engine(tmp_path / "first", topic) as first, engine(tmp_path / "second", topic) as second:
        topic.produce(log_records(MESSAGES))
        left = read_without_commit(first, topic)
        topic.produce(log_records(MESSAGES, MESSAGES))
        read_all(second, topic)
        again = second.origins()
        assert first.origins() <= again
        bodies = second.store.scan("logs", 0, 2**63 - 1, ("body",))["body"].to_pylist()
    assert len(bodies) == len(set(bodies)) == 2 * MESSAGES
    left.close()


@pytest.mark.skipif(scripts() is None, reason=WHY_NO_KAFKA)
def test_nothing_waits_for_a_broker_that_is_gone(tmp_path: Path) -> None:
    """Neither turns nor the end, though the library keeps a commit for the whole session."""
    with own_kafka(tmp_path / "kafka") as kafka:
        topic = new_topic(kafka.address)
        with engine(tmp_path / "data", topic) as first:
            topic.produce(log_records(MESSAGES))
            reader = read_without_commit(first, topic, SESSION_S)
            kafka.kill()
            began = time.monotonic()
            while "kafka.bootstrap_servers" not in reader.describe():  # the library finds out when it does
                reader.turn()
                assert time.monotonic() - began < SESSION_S / 2
            reader.close()
            assert time.monotonic() - began < SESSION_S / 2
