"""Brokers that the client library itself plays, in this process (librdkafka's test.mock.num.brokers)."""

from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import Producer


@contextmanager
def played_brokers() -> Iterator[Producer]:
    """A producer with a broker of its own, which makes topics of four partitions as they are written to."""
    producer = Producer({"test.mock.num.brokers": 1, "log_level": 2})
    yield producer
    producer.flush(5)


def address(played: Producer) -> str:
    (broker,) = played.list_topics(timeout=10).brokers.values()
    return f"{broker.host}:{broker.port}"


def produce(played: Producer, topic: str, *partitions: int) -> None:
    """One message for each."""
    for partition in partitions:
        played.produce(topic, b"a message", partition=partition)
    assert played.flush(10) == 0
