"""OTLP forward while engine and targets are stopped, hung and killed: what a door acknowledged arrives."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.e2e.engine_process import running_engine
from tests.e2e.forward_targets import (
    CollectorProcess,
    acknowledged_by,
    config_with,
    forwarding_engine,
    metrics,
    send_for,
    wait_until_forwarded,
)
from tests.e2e.otlp_receiver import otlp_receiver
from tests.e2e.peers import WHY_SKIPPED, Jaeger, running_jaeger, scripts, telemetrygen
from tests.e2e.test_engine_kill import SpanKey, spans_in
from tests.ports import free_port

needs_peers = pytest.mark.skipif(scripts() is None, reason=WHY_SKIPPED)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_all_arrive_though_engine_and_target_are_killed(tmp_path: Path, protocol: str) -> None:
    """The target is an engine as well, so that what it acknowledged is on its disk."""
    port = free_port()
    door = (f"--otlp-{protocol}", f"127.0.0.1:{port}")
    target = {"name": "other", "endpoint": f"http://127.0.0.1:{port}", "protocol": protocol}
    config = config_with(tmp_path, target)
    acknowledged: list[SpanKey] = []
    for number in range(2):
        with forwarding_engine(tmp_path / "data", config) as engine:
            senders = send_for(engine, 0.5, number)  # the target is down
            with running_engine(tmp_path / "other", *door) as other:
                time.sleep(1.5)
                other.stop(signal.SIGKILL)
            time.sleep(0.3)
            engine.stop(signal.SIGKILL)
            acknowledged += acknowledged_by(senders)
    with running_engine(tmp_path / "other", *door), forwarding_engine(tmp_path / "data", config) as engine:
        wait_until_forwarded(engine)
    arrived = spans_in(tmp_path / "other")
    assert len(acknowledged) > 1_000
    assert not [key for key in acknowledged if key not in arrived]
    assert not list((tmp_path / "data" / "log").glob("*.log"))


@needs_peers
@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_all_arrive_though_the_collector_is_stopped_hung_and_killed(tmp_path: Path, protocol: str) -> None:
    """And the engine, in between: each acknowledged span has gone through the Collector."""
    with otlp_receiver() as receiver:
        collector = CollectorProcess(tmp_path / "otelcol", receiver.url)
        endpoint = f"http://{getattr(collector, protocol)}"
        target = {"name": "otelcol", "endpoint": endpoint, "protocol": protocol, "timeout": "1s"}
        config = config_with(tmp_path, target)
        acknowledged: list[SpanKey] = []
        try:
            with forwarding_engine(tmp_path / "data", config) as engine:
                senders = send_for(engine, 0.5, 1.0)
                for end in (collector.stop, collector.hang, collector.kill):
                    collector.start()
                    time.sleep(1.5)
                    end()
                    time.sleep(0.5)
                engine.stop(signal.SIGKILL)
                acknowledged += acknowledged_by(senders)
            collector.start()
            with forwarding_engine(tmp_path / "data", config) as engine:
                wait_until_forwarded(engine)
            collector.stop()
        finally:
            collector.kill()
        arrived = {key for path, _, body in receiver.bodies if path == "/v1/traces" for key in span_keys(body)}
    assert len(acknowledged) > 500
    assert not [key for key in acknowledged if key not in arrived]


@needs_peers
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_jaeger_gets_its_traces_and_refuses_logs_for_good(tmp_path: Path) -> None:
    """It answers 404 for logs: dead letters, which `correlator replay` lists and drops."""
    with running_jaeger(tmp_path) as jaeger:
        config = config_with(tmp_path, {"name": "jaeger", "endpoint": f"http://{jaeger.otlp_http}"})
        with forwarding_engine(tmp_path / "data", config) as engine:
            options = ("--traces", "100", "--child-spans", "2", "--batch=false", "--service", "shop")
            telemetrygen("traces", engine.otlp_http, "http", *options)
            telemetrygen("logs", engine.otlp_http, "http", "--logs", "3", "--service", "shop")
            wait_until_forwarded(engine)
            refused = 'correlator_delivery_refused_total{target="jaeger"}'
            assert any(line.startswith(refused) for line in metrics(engine).splitlines())
            assert spans_by_trace(jaeger, 300) == [3] * 100
            letters = replayed(tmp_path / "data", "list")["dead_letters"]
            assert letters
            assert {(each["kind"], each["reason"][:11]) for each in letters} == {("logs/protobuf", "answers 404")}
            assert replayed(tmp_path / "data", "drop", "--all") == {"count": len(letters)}


def spans_by_trace(jaeger: Jaeger, expected: int, within_s: float = 60.0) -> list[int]:
    """How many spans Jaeger shows of each trace, once they are so many: it answers before it shows what it took."""
    until = time.monotonic() + within_s
    while True:
        found = httpx.get(f"http://{jaeger.query}/api/traces", params={"service": "shop", "limit": 1_000})
        spans = [len(trace["spans"]) for trace in found.json()["data"]]
        if sum(spans) >= expected or time.monotonic() > until:
            return spans
        time.sleep(0.2)


def span_keys(body: bytes) -> list[SpanKey]:
    groups = ExportTraceServiceRequest.FromString(body).resource_spans
    return [(span.trace_id, span.span_id) for group in groups for scope in group.scope_spans for span in scope.spans]


def replayed(data_dir: Path, *command: str) -> dict[str, object]:
    """What `correlator replay` says beside the running engine."""
    arguments = [sys.executable, "-m", "correlator", "replay", *command, "--data-dir", str(data_dir), "--json"]
    done = subprocess.run(arguments, check=True, capture_output=True, text=True, timeout=60)
    answer: dict[str, object] = json.loads(done.stdout)
    return answer
