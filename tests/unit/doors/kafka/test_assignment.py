"""Which partitions may be read, from when a group assigns them until they are gone."""

from typing import Any

from confluent_kafka import TopicPartition

from correlator.doors.kafka.assignment import Assignment
from correlator.doors.kafka.batch import Message
from correlator.doors.kafka.reader import Reading
from correlator.doors.kafka.trouble import Trouble
from correlator.telemetry.kafka_metrics import KafkaMetrics
from correlator.telemetry.metrics import EngineMetrics
from tests.unit.doors.kafka.library import TOPIC, Library


class Bench:
    def __init__(self) -> None:
        self.library: Any = Library()
        self.trouble = Trouble()
        reading = Reading("shop", {TOPIC: "traces"}, 1_000)
        self.assignment = Assignment(reading.partition, self.trouble, KafkaMetrics(EngineMetrics()))

    def add(self, *numbers: int) -> None:
        self.assignment.add(self.library, [TopicPartition(TOPIC, each) for each in numbers])

    def read_plans(self) -> None:
        self.assignment.read_plans(self.library)


def test_a_partition_flows_once_its_plan_is_known() -> None:
    """From what was committed on, with the plan of who had it before; or from its first message."""
    bench = Bench()
    bench.add(0, 1)
    assert (bench.library.flowing, bench.assignment.partitions) == (set(), {})
    bench.read_plans()
    assert bench.library.flowing == {0, 1}
    assert [bench.assignment.partitions[TOPIC, each].promised_end for each in (0, 1)] == [512 + 40 + 60, 0]


def test_plans_are_asked_for_again_where_no_broker_answers() -> None:
    """Until then nothing flows."""
    bench = Bench()
    bench.add(0)
    bench.library.is_down = True
    bench.read_plans()
    assert ("is it running" in bench.trouble.said, bench.library.flowing) == (True, set())
    bench.library.is_down = False
    bench.read_plans()
    assert bench.library.flowing == {0}


def test_what_comes_during_a_pause_flows_after_it() -> None:
    """The pause is of all partitions, also of those to come."""
    bench = Bench()
    bench.add(0)
    bench.read_plans()
    bench.assignment.pause(bench.library)
    bench.add(1)
    bench.read_plans()
    assert bench.library.flowing == set()
    bench.assignment.resume(bench.library)
    assert bench.library.flowing == {0, 1}


def test_what_is_gone_is_given_up() -> None:
    """Its batches are another engine's; a partition that went before its plan came is not asked for."""
    bench = Bench()
    bench.add(0)
    bench.read_plans()
    partition = bench.assignment.partitions[TOPIC, 0]
    partition.take(Message(512, b"{}"))
    partition.end_reached(513)
    bench.add(1)
    bench.assignment.drop([(TOPIC, 0), (TOPIC, 1)], "lost")
    bench.read_plans()
    assert bench.assignment.partitions == {}
    assert [(batch.start, batch.is_given_up) for batch in partition.at_hand() if batch.messages] == [(512, True)]
