"""How far all is: what /metrics shows of it, and from where on the log is held."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import TopicPartition
from structlog.testing import capture_logs

from correlator.doors.kafka import progress
from correlator.doors.kafka.assignment import Assignment
from correlator.doors.kafka.batch import Message
from correlator.doors.kafka.partition import Commit
from correlator.doors.kafka.progress import Progress
from correlator.doors.kafka.reader import Reading
from correlator.doors.kafka.recorded import HOLD, RecordedBatches
from correlator.doors.kafka.recording import Recording
from correlator.doors.kafka.trouble import Trouble
from correlator.pipeline.record import Recorder
from correlator.store.segments import SegmentStore
from correlator.telemetry.kafka_metrics import KafkaMetrics
from correlator.telemetry.metrics import EngineMetrics
from tests.conformance.records import frame_of, log, tables
from tests.unit.doors.kafka.library import TOPIC, Library
from tests.unit.doors.small_engine import SmallWriter, decode
from tests.unit.store.segments.segment_stores import opened


class Lab:
    """Partitions of TOPIC by number, over a library that a test steers, on a real log."""

    def __init__(self, store: SegmentStore) -> None:
        self.library: Any = Library()
        self.store = store
        self.metrics = EngineMetrics()
        shown = KafkaMetrics(self.metrics)
        reading = Reading("shop", {TOPIC: "traces"}, 1_000)
        self.recorded = RecordedBatches(store, reading.group)
        self.assignment = Assignment(reading.partition, Trouble(), shown)
        recorder = Recorder(SmallWriter(), decode, self.metrics, max_bytes_in_flight=1_000)
        recording = Recording(recorder.submit, self.recorded, lambda batch, reason: None, shown, 1_000)
        self.progress = Progress(self.assignment, reading.topics, recording, self.recorded, shown)

    def assign(self, *numbers: int) -> None:
        self.assignment.add(self.library, [TopicPartition(TOPIC, each) for each in numbers])
        self.assignment.read_plans(self.library)

    def turn(self) -> None:
        self.progress.turn(self.library)

    def lag(self, number: int) -> float | None:
        return self.value("lag", topic=TOPIC, partition=str(number))

    def value(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"correlator_kafka_{name}", labels)

    def record(self, number: int, end: int) -> None:
        """A batch of another run, from offset 0 on."""
        records = tables(logs=[log(1)])
        origin = f"kafka:shop/{TOPIC}/{number}/0-{end}/00000000"
        self.store.append(replace(frame_of(records), origin=origin), records).result(10)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """Looks at each turn."""
    monkeypatch.setattr(progress, "TELL_S", -1.0)
    store = opened(tmp_path)
    yield Lab(store)
    store.close()


def test_the_lag_is_what_is_not_committed(lab: Lab) -> None:
    """Of a partition of which nothing is, all that Kafka still has; of one whose commit was deleted since, no more."""
    lab.assign(0, 1)
    lab.turn()
    assert (lab.lag(0), lab.lag(1), lab.value("assigned_partitions")) == (600 - 512, 7, 2)
    lab.library.ends = {0: (550, 600), 1: (7, 7)}
    lab.turn()
    assert (lab.lag(0), lab.lag(1)) == (600 - 550, 0)


def test_what_is_at_hand_is_shown(lab: Lab) -> None:
    """In bytes; and whether reading rests."""
    lab.assign(1)
    lab.assignment.partitions[TOPIC, 1].take(Message(0, b"{}"))
    lab.turn()
    assert (lab.value("in_flight_bytes"), lab.value("paused")) == (2, 0)
    lab.assignment.pause(lab.library)
    lab.turn()
    assert lab.value("paused") == 1


def test_brokers_are_asked_for_ends_only_while_reading_rests(lab: Lab) -> None:
    """Else they come with what is read."""
    lab.assign(0, 1)
    lab.turn()
    assert lab.library.asked == []
    lab.assignment.pause(lab.library)
    lab.turn()
    assert lab.library.asked == [0, 1]


def test_between_looks_nothing_is_done(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader turns ten times a second."""
    lab.assign(0)
    lab.turn()
    monkeypatch.setattr(progress, "TELL_S", 3_600.0)
    lab.library.ends = {0: (500, 700)}
    lab.turn()
    assert lab.lag(0) == 600 - 512


def test_the_log_is_let_go_of_once_all_is_committed(lab: Lab) -> None:
    """By this engine, and by the one that has the other partition now: its offset is asked for."""
    lab.recorded.load()
    lab.record(0, 9)
    lab.record(1, 4)
    lab.recorded.load()
    held, end = lab.store.holds()[HOLD], lab.store.acknowledged_end()
    lab.assign(0)
    lab.library.committed_at[1] = (3, "")
    lab.turn()
    assert lab.store.holds()[HOLD] == held < end
    lab.library.committed_at[1] = (4, "")
    lab.turn()
    assert lab.store.holds()[HOLD] == end


def test_what_this_engine_has_not_committed_holds_the_log(lab: Lab) -> None:
    """Its own offset is what Kafka answered: no broker is asked again."""
    lab.recorded.load()
    lab.record(0, 512 + 1)
    lab.recorded.load()
    held = lab.store.holds()[HOLD]
    lab.assign(0)
    lab.turn()
    assert lab.store.holds()[HOLD] == held
    lab.library.is_down = True
    lab.assignment.partitions[TOPIC, 0].kept = Commit(513, "")
    lab.turn()
    assert lab.store.holds()[HOLD] == lab.store.acknowledged_end() > held


def test_without_brokers_the_log_is_held_where_it_was(lab: Lab) -> None:
    """And the lag is the last that was known."""
    lab.recorded.load()
    lab.record(1, 4)
    lab.recorded.load()
    lab.library.committed_at[1] = (3, "")
    lab.assign(0)
    lab.turn()
    held, lag = lab.store.holds()[HOLD], lab.lag(0)
    lab.library.is_down = True
    lab.library.ends = {}
    with capture_logs() as logs:
        lab.turn()
    assert [(each["event"], each["error_type"]) for each in logs] == [("kafka_log_not_released", "KafkaException")]
    assert (lab.store.holds()[HOLD], lab.lag(0), lag) == (held, 600 - 512, 600 - 512)
