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


class Lab:
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
    lab = Lab()
    lab.add(0, 1)
    assert (lab.library.flowing, lab.assignment.partitions) == (set(), {})
    lab.read_plans()
    assert lab.library.flowing == {0, 1}
    assert [lab.assignment.partitions[TOPIC, each].promised_end for each in (0, 1)] == [512 + 40 + 60, 0]


def test_plans_are_asked_for_again_where_no_broker_answers() -> None:
    """Until then nothing flows."""
    lab = Lab()
    lab.add(0)
    lab.library.is_down = True
    lab.read_plans()
    assert ("is it running" in lab.trouble.said, lab.library.flowing) == (True, set())
    lab.library.is_down = False
    lab.read_plans()
    assert lab.library.flowing == {0}


def test_what_comes_during_a_pause_flows_after_it() -> None:
    """The pause is of all partitions, also of those to come."""
    lab = Lab()
    lab.add(0)
    lab.read_plans()
    lab.assignment.pause(lab.library)
    lab.add(1)
    lab.read_plans()
    assert lab.library.flowing == set()
    lab.assignment.resume(lab.library)
    assert lab.library.flowing == {0, 1}


def test_what_is_gone_is_given_up() -> None:
    """Its batches are another engine's; a partition that went before its plan came is not asked for."""
    lab = Lab()
    lab.add(0)
    lab.read_plans()
    partition = lab.assignment.partitions[TOPIC, 0]
    partition.take(Message(512, b"{}"))
    partition.end_reached(513)
    lab.add(1)
    lab.assignment.drop([(TOPIC, 0), (TOPIC, 1)], "lost")
    lab.read_plans()
    assert lab.assignment.partitions == {}
    assert [(batch.start, batch.is_given_up) for batch in partition.at_hand() if batch.messages] == [(512, True)]
