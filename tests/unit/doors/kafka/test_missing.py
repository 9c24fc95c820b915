"""Topics that are not there, of brokers that the client library itself plays."""

from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, KafkaError, Producer
from structlog.testing import capture_logs

from correlator.doors.kafka import missing
from correlator.doors.kafka.client import Client
from correlator.doors.kafka.missing import MissingTopics
from correlator.doors.kafka.trouble import Trouble
from tests.unit.doors.kafka.played_brokers import address, played_brokers, produce

SIGNALS = {"otlp_spans": "traces", "otlp_logz": "logs"}


class Bench:
    """What is told of topics, by a consumer of brokers that a test plays."""

    def __init__(self, bootstrap_servers: str) -> None:
        self.trouble = Trouble()
        self.missing = MissingTopics(SIGNALS, self.trouble)
        client = Client(bootstrap_servers, "shop", {}, dict)
        self.consumer: Consumer = client.consumer(self.trouble.hear, lambda error, places: None)

    def told(self, *read: str) -> list[str]:
        self.missing.turn(self.consumer, read)
        return list(self.missing.told())


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each turn looks."""
    monkeypatch.setattr(missing, "LOOK_S", 0.0)
    monkeypatch.setattr(missing, "ANSWER_S", 5.0)


@pytest.fixture
def played() -> Iterator[Producer]:
    with played_brokers() as producer:
        yield producer


@pytest.fixture
def bench(played: Producer) -> Iterator[Bench]:
    bench = Bench(address(played))
    yield bench
    bench.consumer.close()


def test_a_topic_that_is_not_there_is_told_until_it_is(played: Producer, bench: Bench) -> None:
    """With what to do; in the log once for each time that it is gone. None is made by looking."""
    produce(played, "otlp_spans", 0)
    with capture_logs() as logs:
        first, again = bench.told(), bench.told()
        assert set(played.list_topics(timeout=10).topics) == {"otlp_spans"}
        produce(played, "otlp_logz", 0)
        then = bench.told()
    assert first == again == [f"topic otlp_logz is {missing.MISSING}: {missing.remedy_of('logs')}"]
    assert "kafka.logs_topics" in first[0]
    assert then == []
    assert [(each["event"], each["topic"]) for each in logs] == [("kafka_topic_missing", "otlp_logz")]


def test_what_is_read_is_there(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """At once: before the next look, and whatever brokers show."""
    assert len(bench.told("otlp_spans")) == 1
    monkeypatch.setattr(missing, "LOOK_S", 3_600.0)
    assert len(bench.told("otlp_spans")) == 1
    assert bench.told(*SIGNALS) == []


def test_an_outage_ends_with_an_answer(bench: Bench) -> None:
    """Though no message comes that could tell of it."""
    before = bench.told()
    bench.trouble.hear(KafkaError(KafkaError._TRANSPORT))
    assert bench.told(*SIGNALS) == []
    assert (bench.trouble.said, len(before)) == ("", 2)


def test_no_answer_is_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of brokers that let a connection wait too. Which topics are missing nobody knows then."""
    monkeypatch.setattr(missing, "ANSWER_S", 0.1)
    bench = Bench("127.0.0.1:1")
    assert bench.told() == []
    assert "kafka.bootstrap_servers" in bench.trouble.said
    bench.consumer.close()
