"""telemetrygen and the OpenTelemetry Collector send traces, logs and metrics over both protocols: sent = stored."""

import json
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.engine import Engine, running_engine, segment_store
from tests.e2e.peers import WHY_SKIPPED, Collector, running_collector, scripts, telemetrygen

pytestmark = pytest.mark.skipif(scripts() is None, reason=WHY_SKIPPED)

TRACES, CHILDREN, RECORDS = 300, 4, 500
TRACE_ID, SPAN_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
EVERYTHING = (0, 2**63 - 1)
both_doors = pytest.mark.parametrize("door", ["http", "grpc"])


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with running_engine(segment_store(tmp_path / "store")) as running:
        yield running


def send_traces(endpoint: str, door: str) -> None:
    # Without batches: with them, this client drops spans before it sends them.
    options = ("--traces", str(TRACES), "--child-spans", str(CHILDREN), "--batch=false")
    telemetrygen("traces", endpoint, door, *options, "--service", "shop", "--status-code", "Error")


def send_logs(endpoint: str, door: str) -> None:
    ids = ("--trace-id", TRACE_ID, "--span-id", SPAN_ID)
    telemetrygen("logs", endpoint, door, "--logs", str(RECORDS), *ids, "--service", "shop", "--body", "no stock left")


def send_metrics(endpoint: str, door: str) -> None:
    for kind in ("Gauge", "Sum", "Histogram", "ExponentialHistogram"):
        options = ("--metrics", str(RECORDS // 4), "--metric-type", kind, "--otlp-metric-name", kind)
        telemetrygen("metrics", endpoint, door, *options, "--service", "shop")


def span_ids(engine: Engine) -> set[tuple[str, str]]:
    table = engine.store.scan("traces", *EVERYTHING, ("trace_id", "span_id"))
    ids = zip(table["trace_id"].to_pylist(), table["span_id"].to_pylist(), strict=True)
    return {(trace_id.hex(), span_id.hex()) for trace_id, span_id in ids}


@both_doors
def test_every_span_of_telemetrygen_is_found_by_its_trace(engine: Engine, door: str) -> None:
    """Each trace is read whole by its id: a root and its children."""
    send_traces(getattr(engine.doors, door), door)
    ids = span_ids(engine)
    assert len(ids) == engine.store.stats().spans == TRACES * (1 + CHILDREN)
    trace_ids = {trace_id for trace_id, _ in ids}
    assert len(trace_ids) == TRACES
    for trace_id in trace_ids:
        spans = engine.store.read_trace(bytes.fromhex(trace_id)).spans
        assert spans.num_rows == 1 + CHILDREN
        assert spans["is_error"].to_pylist() == [True] * (1 + CHILDREN)
        assert len(set(spans["parent_span_id"].to_pylist())) == 2


@both_doors
def test_every_log_record_of_telemetrygen_is_found_by_its_trace(engine: Engine, door: str) -> None:
    """All under the one trace id that it was given."""
    send_logs(getattr(engine.doors, door), door)
    logs = engine.store.read_trace(bytes.fromhex(TRACE_ID)).logs
    assert logs.num_rows == engine.store.stats().logs == RECORDS
    assert set(logs["span_id"].to_pylist()) == {bytes.fromhex(SPAN_ID)}
    assert set(logs["body"].to_pylist()) == {"no stock left"}


@both_doors
def test_every_data_point_of_telemetrygen_is_found_by_its_name(engine: Engine, door: str) -> None:
    """Four kinds of metric, each as often as it was sent."""
    send_metrics(getattr(engine.doors, door), door)
    points = engine.store.scan("metrics", *EVERYTHING, ("name", "type", "service_name"))
    kinds = points["type"].to_pylist()
    assert {kind: kinds.count(kind) for kind in set(kinds)} == dict.fromkeys(
        ("gauge", "sum", "histogram", "exponential_histogram"), RECORDS // 4
    )
    assert set(points["service_name"].to_pylist()) == {"shop"}


@pytest.mark.parametrize("is_batching", [False, True], ids=["each", "batch"])
@both_doors
def test_all_that_a_collector_forwards_is_stored_with_its_ids(
    engine: Engine, tmp_path: Path, door: str, is_batching: bool
) -> None:
    """The Collector sends gzip over HTTP, and notes what it forwards: the same ids are here, none twice."""
    with running_collector(tmp_path, f"http://{engine.doors.http}", is_batching=is_batching) as collector:
        for send in (send_traces, send_logs, send_metrics):
            send(getattr(collector, door), door)
        await_records(engine, TRACES * (1 + CHILDREN) + 2 * RECORDS)
    forwarded = [json.loads(line) for line in collector.written.read_text(encoding="utf-8").splitlines()]
    sent = forwarded_ids(forwarded)
    assert len(sent) == TRACES * (1 + CHILDREN)
    assert span_ids(engine) == sent
    stats = engine.store.stats()
    assert (stats.spans, stats.logs, stats.metrics) == (len(sent), RECORDS, RECORDS)
    assert engine.store.read_trace(bytes.fromhex(TRACE_ID)).logs.num_rows == RECORDS


def await_records(engine: Engine, count: int, within_s: float = 60.0) -> None:
    """Wait for what is still in the Collector's queues: stopped too early, its file exporter panics on a late batch."""
    until = time.monotonic() + within_s
    while (stats := engine.store.stats()).spans + stats.logs + stats.metrics < count:
        assert time.monotonic() < until, f"{stats} after {within_s:g} s, not {count} records"
        time.sleep(0.1)


def forwarded_ids(requests: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """As the Collector wrote them: one more than once where its own queue was full and the sender tried again."""
    resources = chain.from_iterable(request.get("resourceSpans", []) for request in requests)
    scopes = chain.from_iterable(resource["scopeSpans"] for resource in resources)
    return {(span["traceId"], span["spanId"]) for scope in scopes for span in scope["spans"]}


def test_what_a_collector_wrote_is_taken_as_json(engine: Engine, tmp_path: Path) -> None:
    """Its OTLP/JSON, posted as it stands, gives the same spans as its protobuf."""
    with running_collector(tmp_path, f"http://{engine.doors.http}", is_batching=True) as collector:
        send_traces(collector.http, "http")
        await_records(engine, TRACES * (1 + CHILDREN))
    with running_engine(segment_store(tmp_path / "other")) as other:
        post_lines(other, collector)
        assert len(span_ids(other)) == TRACES * (1 + CHILDREN)
        assert span_ids(other) == span_ids(engine)


def post_lines(engine: Engine, collector: Collector) -> None:
    with httpx.Client(headers={"content-type": "application/json"}) as client:
        for line in collector.written.read_bytes().splitlines():
            answer = client.post(f"http://{engine.doors.http}/v1/traces", content=line)
            assert (answer.status_code, answer.json()) == (200, {})
