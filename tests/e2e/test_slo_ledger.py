"""Events counted by a real engine: sent twice and late, the engine killed in between, every event in its minute once."""

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from correlator.settings import load_settings
from correlator.wiring import open_store
from tests.e2e.engine_process import EngineProcess, running_engine

MINUTE_NANO = 60 * 10**9
CALLS, RUNS = "shop-answered", "flows-succeed"
OBJECTIVES = """
apiVersion: openslo/v1
kind: SLO
metadata: {name: answered}
spec:
  service: shop
  indicator:
    metadata: {name: calls}
    spec: {ratioMetric: {rawType: success, raw: {metricSource: {type: correlator, spec: {events: server_calls}}}}}
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.99}]
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: succeed}
spec:
  service: flows
  indicator:
    metadata: {name: runs}
    spec: {ratioMetric: {rawType: success, raw: {metricSource: {type: correlator, spec: {events: executions}}}}}
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.99}]
"""


@dataclass(frozen=True, slots=True)
class Sent:
    """An event as it is sent: a call that was answered, or an execution of n8n's."""

    number: int
    ended_unix_nano: int
    has_failed: bool
    is_execution: bool

    @property
    def objective_id(self) -> str:
        return RUNS if self.is_execution else CALLS

    def body(self) -> bytes:
        """A request of its own."""
        request = ExportTraceServiceRequest()
        resource = request.resource_spans.add()
        resource.resource.attributes.add(key="service.name").value.string_value = "n8n" if self.is_execution else "shop"
        span = resource.scope_spans.add().spans.add(
            trace_id=Random(self.number).randbytes(16),
            span_id=Random(self.number).randbytes(8),
            name="workflow.execute" if self.is_execution else "POST /orders",
            kind=1 if self.is_execution else 2,
            start_time_unix_nano=self.ended_unix_nano - 10**8,
            end_time_unix_nano=self.ended_unix_nano,
        )
        span.status.code = 2 if self.has_failed else 0
        if self.is_execution:
            status = "error" if self.has_failed else "success"
            told = {"n8n.workflow.id": "w1", "n8n.execution.id": str(self.number), "n8n.execution.status": status}
            for key, value in told.items():
                span.attributes.add(key=key).value.string_value = value
        return request.SerializeToString()


def expected(events: Iterable[Sent]) -> dict[tuple[str, int], tuple[int, int]]:
    """Good and total events by objective and minute: the plain loop."""
    good, total = Counter[tuple[str, int]](), Counter[tuple[str, int]]()
    for event in set(events):
        key = event.objective_id, event.ended_unix_nano // MINUTE_NANO
        total[key] += 1
        good[key] += not event.has_failed
    return {key: (good[key], count) for key, count in total.items()}


def in_ledger(data_dir: Path) -> dict[tuple[str, int], tuple[int, int]]:
    """The same, as the engine left it."""
    store = open_store(load_settings(None, {"data_dir": data_dir}))
    try:
        return {
            (each, row.minute): (row.good, row.total)
            for each in (CALLS, RUNS)
            for row in store.minute_sums(each, 0, 2**40)
        }
    finally:
        store.close()


def send(engine: EngineProcess, events: Iterable[Sent]) -> None:
    with httpx.Client(
        base_url=f"http://{engine.otlp_http}", headers={"content-type": "application/x-protobuf"}
    ) as client:
        for event in events:
            assert client.post("/v1/traces", content=event.body()).status_code == httpx.codes.OK


def until(is_so: Callable[[], bool], timeout_s: float = 60.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.1)


def is_all_counted(engine: EngineProcess, events: Iterable[Sent]) -> bool:
    """Whether the ledger has counted as many, and has nothing to do, for as long as two of its turns."""
    time.sleep(0.5)
    lines = httpx.get(f"http://{engine.api}/metrics").text.splitlines()
    assert "correlator_slo_turn_failures_total 0.0" in lines
    totals = Counter(event.objective_id for event in set(events))
    counted = [line for line in lines if line.startswith("correlator_slo_events_total{")]
    return 'correlator_stage_lag_seconds{stage="slo"} 0.0' in lines and all(
        any(f'objective="{each}"' in line and line.endswith(f" {float(total)}") for line in counted)
        for each, total in totals.items()
    )


@pytest.mark.slow
def test_every_event_is_counted_once_whatever_happens(tmp_path: Path) -> None:
    """Twice, late, out of order, over a kill -9 in the middle of it: the sums are those of a loop over distinct events."""
    (tmp_path / "slo").mkdir()
    (tmp_path / "slo" / "objectives.yaml").write_text(OBJECTIVES, encoding="utf-8")
    config = tmp_path / "correlator.yaml"
    settings = f"slo: {{folders: [{tmp_path / 'slo'}], interval: 200ms}}\nstore: {{seal_rows: 40}}\n"
    config.write_text(settings, encoding="utf-8")
    random, now = Random(7), time.time_ns()
    events = [
        Sent(number, now - random.randrange(20) * MINUTE_NANO, random.random() < 0.2, number % 3 == 0)
        for number in range(240)
    ]
    arrivals = [*events, *random.choices(events, k=120)]
    random.shuffle(arrivals)
    data_dir, command = tmp_path / "data", ("--config", str(config))
    for part, how in ((slice(0, 120), signal.SIGKILL), (slice(100, 240), signal.SIGKILL), (slice(200, None), None)):
        with running_engine(data_dir, *command) as engine:
            send(engine, arrivals[part])
            if how is None:
                until(lambda engine=engine: is_all_counted(engine, events))  # type: ignore[misc]
            else:
                time.sleep(random.uniform(0.0, 0.6))
                assert engine.stop(how) == -how
    assert in_ledger(data_dir) == expected(events)
    with running_engine(data_dir, *command) as engine:
        send(engine, arrivals)
        until(lambda: is_all_counted(engine, events))
    assert in_ledger(data_dir) == expected(events)
