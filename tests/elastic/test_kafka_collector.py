"""From OTLP through a real Collector and a real Kafka into two engines: each record once, and a trace in one of them."""

import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from confluent_kafka.admin import AdminClient, NewTopic
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from correlator.settings import load_settings
from correlator.wiring import open_store
from tests.e2e.jvm_peers import WHY_NO_KAFKA
from tests.e2e.peers import scripts
from tests.e2e.test_engine_kill import spans_in
from tests.elastic.collector_process import running_collector
from tests.elastic.kafka_lab import (
    SPANS_PER_TRACE,
    Topic,
    all_keys,
    keys_of,
    metric,
    reading_engine,
    split_traces,
)
from tests.elastic.waiting import await_that

OVERLAY = Path(__file__).parents[2] / "rules/collector/kafka.yaml"
TOPICS = ("otlp_spans", "otlp_logs", "otlp_metrics")
TRACES = 400
READING = {"traces_topics": TOPICS[:1], "logs_topics": TOPICS[1:2], "metrics_topics": TOPICS[2:]}


@pytest.mark.slow
@pytest.mark.skipif(scripts() is None, reason=WHY_NO_KAFKA)
def test_a_trace_and_its_logs_reach_one_engine(kafka_address: str, tmp_path: Path) -> None:
    """By rules/collector/kafka.yaml, though the spans of a trace come in requests of their own."""
    with (
        topics(kafka_address) as topic,
        collector(tmp_path, kafka_address) as door,
        reading_engine(tmp_path / "first", topic, **READING) as first,
        reading_engine(tmp_path / "second", topic, **READING) as second,
    ):
        for engine in (first, second):
            await_that(partial(_has_half, engine), "half of the partitions")
        for index in range(SPANS_PER_TRACE):
            post(door, "traces", spans_number(index))
        post(door, "logs", one_log_a_trace())
        post(door, "metrics", b"")
        await_that(
            lambda: sum(metric(each, RECORDED) for each in (first, second)) == TRACES * (SPANS_PER_TRACE + 1),
            "all records",
        )
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


@contextmanager
def topics(address: str) -> Iterator[Topic]:
    """Those that the file names, for the block, and a group of its own."""
    admin = AdminClient({"bootstrap.servers": address})
    for made in admin.create_topics([NewTopic(name, 4, 1) for name in TOPICS]).values():
        made.result(30)
    try:
        yield Topic(address, TOPICS[0], f"engines-{os.getpid()}")
    finally:
        for gone in admin.delete_topics(list(TOPICS)).values():
            gone.result(30)


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


def collector(folder: Path, kafka: str) -> AbstractContextManager[str]:
    """With our file on top of a small one; where it takes OTLP over HTTP."""
    exporters = {"otlp_http/prometheus": {"endpoint": "http://127.0.0.1:1"}}
    signals = ("traces", "logs", "metrics")
    return running_collector(folder, exporters, signals, OVERLAY, environment={"KAFKA_BROKERS": kafka})
