"""The Kafka door on a real Kafka: every message is recorded once, whoever joins, leaves or is killed."""

import json
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from threading import Event, Thread

import pytest
from confluent_kafka import Consumer, Message

from correlator.settings import load_settings
from correlator.wiring import open_store
from tests.e2e.engine_process import EngineProcess
from tests.e2e.jvm_peers import WHY_NO_KAFKA, own_kafka
from tests.e2e.peers import scripts
from tests.e2e.test_engine_kill import spans_in
from tests.elastic.kafka_lab import (
    Topic,
    all_keys,
    keys_of,
    log_records,
    metric,
    new_topic,
    reading_engine,
    split_traces,
    traces,
)
from tests.elastic.waiting import await_that

TRACES = 12_500
"""Of 4 spans, at the least: 50,000. tests/benchmarks/kafka.py does the same with a million."""
PORTION = 250
PAUSE_S = 0.2
Messages = Callable[[int, int], Iterable[tuple[bytes, bytes]]]


class Producing(Thread):
    """Messages in portions, while others join and leave; those that are still missing of TRACES at the end."""

    def __init__(self, topic: Topic, messages: Messages) -> None:
        super().__init__(daemon=True)
        self._topic, self._messages = topic, messages
        self._sent, self._ending = 0, Event()
        self.start()

    def run(self) -> None:
        while not self._ending.wait(PAUSE_S) and self._sent < 10 * TRACES:
            self._produce(PORTION)
        self._produce(max(0, TRACES - self._sent))

    def end(self) -> int:
        """How many were sent."""
        self._ending.set()
        self.join()
        return self._sent

    def _produce(self, count: int) -> None:
        self._topic.produce(self._messages(count, self._sent))
        self._sent += count


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["consumer", "classic"])
def test_every_span_is_recorded_once_while_engines_join_and_leave(
    kafka_address: str, tmp_path: Path, protocol: str
) -> None:
    """In order, by SIGTERM: then the union of two stores has each span exactly once."""
    topic = new_topic(kafka_address)
    with reading_engine(tmp_path / "first", topic, group_protocol=protocol, session_timeout="6s") as first:
        producing = Producing(topic, traces)
        with reading_engine(tmp_path / "second", topic, group_protocol=protocol, session_timeout="6s") as second:
            await_that(partial(_has_recorded, second), "a record of the second engine")
            second.stop()
        sent = producing.end()
        topic.await_read()
        first.stop()
    stores = [spans_in(tmp_path / "first"), spans_in(tmp_path / "second")]
    assert stores[0] + stores[1] == all_keys(sent)
    assert len(stores[1]) > 0
    assert split_traces(stores) == 0  # a trace is one message here


@pytest.mark.slow
def test_an_engine_that_is_killed_and_comes_back_records_nothing_twice(kafka_address: str, tmp_path: Path) -> None:
    """Log records, which a store would keep twice, on a store of its own with the same name in the group."""
    topic = new_topic(kafka_address)
    producing = Producing(topic, log_records)
    reading = {"traces_topics": [], "logs_topics": [topic.name], "instance_id": "first", "group_protocol": "classic"}
    for _ in range(2):
        with reading_engine(tmp_path / "data", topic, **reading) as engine:
            await_that(partial(_has_recorded, engine), "a record")
            engine.stop(signal.SIGKILL)
    sent = producing.end()
    with reading_engine(tmp_path / "data", topic, **reading) as engine:
        topic.await_read()
        engine.stop()
    assert _bodies(tmp_path / "data") == Counter(str(number) for number in range(sent))


@pytest.mark.slow
def test_what_is_no_otlp_goes_to_the_topic_of_dead_letters(kafka_address: str, tmp_path: Path) -> None:
    """With where it came from and why; its neighbours in the partition are recorded."""
    topic, letters = new_topic(kafka_address, partitions=1), new_topic(kafka_address, partitions=1)
    good = list(traces(20))
    bad = [(b"", b"secret words"), (b"", b'{"resourceSpans": 3}'), (b"", good[0][1][:-3])]
    topic.produce([*good[:10], *bad, *good[10:]])
    with reading_engine(tmp_path / "data", topic, dead_letter_topic=letters.name) as engine:
        topic.await_read()
        refused = metric(engine, "correlator_kafka_refused_offset")
        engine.stop()
    assert spans_in(tmp_path / "data") == all_keys(20)
    kept = {dict(each.headers() or [])["correlator.offset"]: each.value() for each in _messages(letters, 3)}
    assert kept == {str(10 + index).encode(): payload for index, (_, payload) in enumerate(bad)}
    assert refused in (10, 11, 12)
    said = (tmp_path / "data.log").read_text()
    assert said.count("kafka_message_refused") == 3
    assert "secret" not in said


@pytest.mark.slow
@pytest.mark.skipif(scripts() is None, reason=WHY_NO_KAFKA)
def test_a_broker_that_is_killed_and_comes_back_costs_nothing(tmp_path: Path) -> None:
    """In the middle of reading."""
    with own_kafka(tmp_path / "kafka") as kafka:
        topic = new_topic(kafka.address)
        topic.produce(traces(TRACES))
        with reading_engine(tmp_path / "data", topic) as engine:
            await_that(partial(_has_recorded, engine), "a record")
            kafka.kill()
            time.sleep(2)
            kafka.start(keep=True)
            topic.await_read()
            engine.stop()
        said = (tmp_path / "data.log").read_text()
    assert spans_in(tmp_path / "data") == all_keys(TRACES)
    assert said.count("kafka_trouble") < 10


@pytest.mark.slow
def test_json_messages_are_recorded_beside_protobuf(kafka_address: str, tmp_path: Path) -> None:
    """Each tells by its first byte what it is."""
    topic = new_topic(kafka_address)
    topic.produce([*traces(10), *((b"", _as_json(*keys)) for number in range(10, 20) for keys in keys_of(number))])
    with reading_engine(tmp_path / "data", topic) as engine:
        topic.await_read()
        engine.stop()
    assert spans_in(tmp_path / "data") == all_keys(20)


@pytest.mark.slow
def test_reading_rests_while_the_engine_takes_nothing(kafka_address: str, tmp_path: Path) -> None:
    """With no room on the disk nothing is committed and memory is bounded; with room again all is recorded."""
    topic = new_topic(kafka_address)
    topic.produce(traces(2_000))
    with reading_engine(tmp_path / "data", topic, min_free="1000TB", bytes_in_flight="64KiB") as engine:
        await_that(lambda: metric(engine, "correlator_kafka_paused") == 1, "the rest")
        assert metric(engine, "correlator_kafka_in_flight_bytes") < 2**20
        assert metric(engine, "correlator_kafka_retries_total") > 0
        assert topic.lag() == 2_000
        engine.stop()
    with reading_engine(tmp_path / "data", topic) as engine:
        topic.await_read()
        engine.stop()
    assert spans_in(tmp_path / "data") == all_keys(2_000)


def _has_recorded(engine: EngineProcess) -> bool:
    return metric(engine, "correlator_kafka_messages_total") > 0


def _bodies(data_dir: Path) -> Counter[str]:
    store = open_store(load_settings(flags={"data_dir": str(data_dir)}))
    try:
        bodies = store.scan("logs", 0, 2**63 - 1, ("body",))["body"].to_pylist()
    finally:
        store.close()
    return Counter(json.loads(body) if body.startswith('"') else body for body in bodies)


def _messages(topic: Topic, count: int) -> list[Message]:
    consumer = Consumer(
        {"bootstrap.servers": topic.address, "group.id": f"{topic.name}-test", "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([topic.name])
    try:
        return list(consumer.consume(count, 20))
    finally:
        consumer.close()


def _as_json(trace_id: bytes, span_id: bytes) -> bytes:
    span = {
        "traceId": trace_id.hex(),
        "spanId": span_id.hex(),
        "name": "w",
        "startTimeUnixNano": "1",
        "endTimeUnixNano": "2",
    }
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()
