"""Topics with telemetry in them as the Collector partitions it, and engines that read them."""

import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.e2e.engine_process import EngineProcess, running_engine
from tests.e2e.test_engine_kill import SpanKey

SPANS_PER_TRACE = 4
ANSWERED_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of its own for a test, and the group that reads it."""

    address: str
    name: str
    group: str

    def settings(self, **more: Any) -> dict[str, Any]:
        """The section `kafka` of an engine that reads it as traces."""
        nothing: list[str] = []
        return {
            "bootstrap_servers": [self.address],
            "group": self.group,
            "traces_topics": [self.name],
            "logs_topics": nothing,
            "metrics_topics": nothing,
            "group_protocol": "consumer",
        } | more

    def produce(self, messages: Iterable[tuple[bytes, bytes]]) -> None:
        """Messages as key and value; durable on return."""
        producer = Producer({"bootstrap.servers": self.address, "linger.ms": 20, "compression.type": "zstd"})
        for key, value in messages:
            while True:
                try:
                    producer.produce(self.name, value, key=key)
                    break
                except BufferError:
                    producer.poll(0.1)
        assert producer.flush(60) == 0

    def lag(self) -> int:
        """Messages that the group has not committed. A broker that has just started, or come back, is asked again."""
        until = time.monotonic() + ANSWERED_WITHIN_S
        while True:
            try:
                return self._lag()
            except KafkaException:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)

    def _lag(self) -> int:
        consumer = Consumer({"bootstrap.servers": self.address, "group.id": self.group})
        try:
            partitions = consumer.list_topics(self.name, 30).topics[self.name].partitions
            committed = consumer.committed([TopicPartition(self.name, number) for number in partitions], 30)
            ends = [consumer.get_watermark_offsets(each, 30)[1] for each in committed]
            return sum(end - max(0, each.offset) for end, each in zip(ends, committed, strict=True))
        finally:
            consumer.close()

    def await_read(self, within_s: float = 90.0) -> None:
        """Until the group has committed all."""
        until, lag = time.monotonic() + within_s, -1
        while lag:
            assert time.monotonic() < until, f"{lag} messages are not committed after {within_s:g} s"
            lag = self.lag()
            time.sleep(0.2 if lag else 0)


def new_topic(address: str, *, partitions: int = 4) -> Topic:
    """A topic with a name that no other test has."""
    name = f"spans-{os.getpid()}-{time.time_ns()}"
    admin = AdminClient({"bootstrap.servers": address})
    admin.create_topics([NewTopic(name, partitions, 1)])[name].result(30)
    return Topic(address, name, f"group-{name}")


@contextmanager
def reading_engine(
    data_dir: Path, topic: Topic, *, min_free: str = "64MiB", seal_rows: int = 20_000, **kafka: Any
) -> Iterator[EngineProcess]:
    """An engine of the topic's group, on a store of its own."""
    config = data_dir.with_suffix(".yaml")
    store = {"seal_rows": seal_rows, "min_free": min_free}
    config.write_text(yaml.safe_dump({"store": store, "kafka": topic.settings(**kafka)}))
    with running_engine(data_dir, "--config", str(config)) as engine:
        yield engine


def traces(count: int, first: int = 0) -> Iterator[tuple[bytes, bytes]]:
    """One message a trace, keyed by it, of spans with ids that tell their numbers."""
    for number in range(first, first + count):
        request = ExportTraceServiceRequest()
        resource = request.resource_spans.add()
        resource.resource.attributes.add(key="service.name").value.string_value = "shop"
        spans = resource.scope_spans.add().spans
        for trace_id, span_id in keys_of(number):
            now = time.time_ns()
            spans.add(trace_id=trace_id, span_id=span_id, name="w", start_time_unix_nano=now, end_time_unix_nano=now)
        yield trace_id.hex().encode(), request.SerializeToString()


def log_records(count: int, first: int = 0) -> Iterator[tuple[bytes, bytes]]:
    """One message each, its number as the body."""
    for number in range(first, first + count):
        request = ExportLogsServiceRequest()
        records = request.resource_logs.add().scope_logs.add().log_records
        records.add(time_unix_nano=time.time_ns()).body.string_value = str(number)
        yield str(number).encode(), request.SerializeToString()


def keys_of(number: int) -> list[SpanKey]:
    """Trace id and span id of each span of a trace."""
    trace_id = (number + 1).to_bytes(16, "big")
    return [(trace_id, (number * SPANS_PER_TRACE + index + 1).to_bytes(8, "big")) for index in range(SPANS_PER_TRACE)]


def all_keys(count: int) -> Counter[SpanKey]:
    return Counter(key for number in range(count) for key in keys_of(number))


def split_traces(stores: Sequence[Counter[SpanKey]]) -> int:
    """Traces of which spans are in more than one store."""
    seen = [{trace_id for trace_id, _ in store} for store in stores]
    return sum(times > 1 for times in Counter(trace_id for each in seen for trace_id in each).values())


def metric(engine: EngineProcess, name: str) -> float:
    """The sum of a metric's series; 0 where there is none."""
    text = httpx.get(f"http://{engine.api}/metrics", trust_env=False).text
    lines = (line for line in text.splitlines() if line.startswith(name) and line[len(name)] in "{ ,")
    return sum(float(line.rpartition(" ")[2]) for line in lines)
