"""From OTLP through a real Collector and a real Kafka into two engines: each record once, and a trace in one of them."""

import os
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from confluent_kafka.admin import AdminClient, NewTopic
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from correlator.settings import load_settings
from correlator.wiring import open_store
from tests.e2e.jvm_peers import WHY_NO_KAFKA, own_kafka
from tests.e2e.peers import free_port, installed, scripts
from tests.e2e.test_engine_kill import spans_in
from tests.elastic.kafka_lab import (
    SPANS_PER_TRACE,
    Topic,
    all_keys,
    await_that,
    keys_of,
    metric,
    reading_engine,
    split_traces,
)

OVERLAY = Path(__file__).parents[2] / "rules/collector/kafka.yaml"
TOPICS = ("otlp_spans", "otlp_logs", "otlp_metrics")
TRACES = 400
READING = {"traces_topics": TOPICS[:1], "logs_topics": TOPICS[1:2], "metrics_topics": TOPICS[2:]}


@pytest.mark.slow
@pytest.mark.skipif(scripts() is None, reason=WHY_NO_KAFKA)
def test_a_trace_and_its_logs_reach_one_engine(tmp_path: Path) -> None:
    """By rules/collector/kafka.yaml, though the spans of a trace come in requests of their own."""
    with own_kafka(tmp_path / "kafka") as kafka, collector(tmp_path, kafka.address) as door:
        topic = make_topics(kafka.address)
        with (
            reading_engine(tmp_path / "first", topic, **READING) as first,
            reading_engine(tmp_path / "second", topic, **READING) as second,
        ):
            for engine in (first, second):
                await_that(partial(_has_half, engine))
            for index in range(SPANS_PER_TRACE):
                post(door, "traces", spans_number(index))
            post(door, "logs", one_log_a_trace())
            post(door, "metrics", b"")
            await_that(lambda: metric(first, RECORDED) + metric(second, RECORDED) == TRACES * (SPANS_PER_TRACE + 1))
            first.stop()
            second.stop()
    stores = [spans_in(tmp_path / name) for name in ("first", "second")]
    logs = [logs_in(tmp_path / name) for name in ("first", "second")]
    assert stores[0] + stores[1] == all_keys(TRACES)
    assert all(stores)
    assert split_traces(stores) == 0
    for spans, traces_of_logs in zip(stores, logs, strict=True):
        assert traces_of_logs == Counter({trace_id for trace_id, _ in spans})


RECORDED = "correlator_records_stored_total"


def _has_half(engine: Any) -> bool:
    """Of three topics of four partitions each."""
    return metric(engine, "correlator_kafka_assigned_partitions") == 6


def make_topics(address: str) -> Topic:
    admin = AdminClient({"bootstrap.servers": address})
    for each in admin.create_topics([NewTopic(name, 4, 1) for name in TOPICS]).values():
        each.result(30)
    return Topic(address, TOPICS[0], "engines")


def spans_number(index: int) -> bytes:
    """A request with the span of that number of each trace."""
    request = ExportTraceServiceRequest()
    spans = request.resource_spans.add().scope_spans.add().spans
    for number in range(TRACES):
        trace_id, span_id = keys_of(number)[index]
        now = time.time_ns()
        spans.add(trace_id=trace_id, span_id=span_id, name="w", start_time_unix_nano=now, end_time_unix_nano=now)
    return request.SerializeToString()


def one_log_a_trace() -> bytes:
    request = ExportLogsServiceRequest()
    records = request.resource_logs.add().scope_logs.add().log_records
    for number in range(TRACES):
        trace_id, span_id = keys_of(number)[0]
        records.add(time_unix_nano=time.time_ns(), trace_id=trace_id, span_id=span_id).body.string_value = "said"
    return request.SerializeToString()


def logs_in(data_dir: Path) -> Counter[bytes]:
    """How many log records the store has of each trace."""
    store = open_store(load_settings(flags={"data_dir": str(data_dir)}))
    try:
        return Counter(store.scan("logs", 0, 2**63 - 1, ("trace_id",))["trace_id"].to_pylist())
    finally:
        store.close()


def post(door: str, signal: str, body: bytes) -> None:
    answer = httpx.post(
        f"http://{door}/v1/{signal}", content=body, headers={"content-type": "application/x-protobuf"}, trust_env=False
    )
    answer.raise_for_status()


@contextmanager
def collector(folder: Path, kafka: str) -> Iterator[str]:
    """A Collector with our file on top of a small one; where it takes OTLP over HTTP."""
    port = free_port()
    pipeline = {"receivers": ["otlp"], "exporters": ["otlp_http/prometheus"]}
    base = {
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": f"127.0.0.1:{port}"}}}},
        "exporters": {"otlp_http/prometheus": {"endpoint": "http://127.0.0.1:1"}},
        "service": {
            "pipelines": dict.fromkeys(("traces", "logs", "metrics"), pipeline),
            "telemetry": {"metrics": {"level": "none"}},
        },
    }
    config = folder / "otelcol.yaml"
    config.write_text(yaml.safe_dump(base))
    command = [str(installed("install-otelcol.sh", "otelcol-lab")), "--config", str(config), "--config", str(OVERLAY)]
    with (folder / "otelcol.log").open("w") as log:
        process = subprocess.Popen(command, env=os.environ | {"KAFKA_BROKERS": kafka}, stdout=log, stderr=log)
    try:
        await_that(partial(_listens, port))
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(10)


def _listens(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).status_code > 0
    except httpx.TransportError:
        return False
