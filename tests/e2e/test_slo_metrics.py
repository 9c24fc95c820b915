"""OTLP in, a real Prometheus that scrapes the engine and evaluates our rules: both say the same of every objective."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
import yaml
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from correlator.pipeline.rules.files import shipped_rules
from tests.e2e.engine_process import EngineProcess, running_engine
from tests.e2e.prometheus_process import IS_THERE, WHY_SKIPPED, Prometheus, running_prometheus

INTERVAL = "1s"  # of turns, scrapes and rules
BRIDGE, WORKFLOW = "bridge-availability", "n8n-workflow-success-w1"
ERROR_RATIO = "slo:sli_error:ratio_rate5m"
MS = 10**6


def calls(random: Random, good: int, bad: int) -> bytes:
    """Calls that the bridge has just answered, and as many executions of a workflow, that went as well."""
    request, now = ExportTraceServiceRequest(), time.time_ns()
    for service in ("bridge", "n8n"):
        resource = request.resource_spans.add()
        resource.resource.attributes.add(key="service.name").value.string_value = service
        spans = resource.scope_spans.add().spans
        for number in range(good + bad):
            has_failed, times = number >= good, {"start_time_unix_nano": now - 20 * MS, "end_time_unix_nano": now}
            identity = {"trace_id": random.randbytes(16), "span_id": random.randbytes(8)}
            if service == "bridge":
                span = spans.add(name="POST /jobs", kind=2, **identity, **times)
            else:
                span = spans.add(name="workflow.execute", kind=1, **identity, **times)
                told = {"n8n.workflow.id": "w1", "n8n.workflow.name": "Orders"}
                told |= {"n8n.execution.id": str(random.getrandbits(40))}
                for key, value in told.items():
                    span.attributes.add(key=key).value.string_value = value
            span.status.code = 2 if has_failed else 0
    return request.SerializeToString()


def send(engine: EngineProcess, body: bytes) -> None:
    headers = {"content-type": "application/x-protobuf"}
    answer = httpx.post(f"http://{engine.otlp_http}/v1/traces", content=body, headers=headers)
    assert answer.status_code == httpx.codes.OK


def until(told: Callable[[], Any], is_so: Callable[[Any], bool], timeout_s: float = 60.0) -> Any:
    """What is told once it is so."""
    deadline = time.monotonic() + timeout_s
    while not is_so(answer := told()):
        assert time.monotonic() < deadline, f"it did not come to that: {answer}"
        time.sleep(0.2)
    return answer


def hurried(settings: Path, engine: EngineProcess) -> str:
    """Settings of a Prometheus that scrapes the engine, and evaluates our rules as often."""
    rules = settings / "rules"
    rules.mkdir()
    for file in (shipped_rules("prometheus") / "slo").glob("*.rules.yaml"):
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
        for group in document["groups"]:
            group.pop("interval")
        (rules / file.name).write_text(yaml.safe_dump(document), encoding="utf-8")
    return yaml.safe_dump(
        {
            "global": {"scrape_interval": INTERVAL, "evaluation_interval": INTERVAL},
            "rule_files": [str(rules / "*.yaml")],
            "scrape_configs": [{"job_name": "correlator", "static_configs": [{"targets": [engine.api]}]}],
        }
    )


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    """A whole engine with the ready-made objectives, which turns every second."""
    folder = tmp_path_factory.mktemp("slo-metrics")
    config = folder / "correlator.yaml"
    config.write_text(f"slo: {{interval: {INTERVAL}, first_scrape: 6s}}\n", encoding="utf-8")
    with running_engine(folder / "data", "--config", str(config)) as started:
        yield started


@pytest.fixture(scope="module")
def prometheus(engine: EngineProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus that reads it."""
    folder = tmp_path_factory.mktemp("prometheus")
    with running_prometheus(folder, folder / "tsdb", hurried(folder, engine)) as started:
        yield started


@pytest.mark.slow
@pytest.mark.skipif(not IS_THERE, reason=WHY_SKIPPED)
def test_prometheus_and_the_api_say_the_same(engine: EngineProcess, prometheus: Prometheus) -> None:
    """Error ratios to 1e-9, who is called, of an objective as written and of a workflow that nobody knew before."""

    def samples(query: str) -> dict[str, float]:
        return {labels["sloth_id"]: value for labels, value in prometheus.ask(query, int(time.time()) + 1)}

    def slos() -> dict[str, Any]:
        listed = httpx.get(f"http://{engine.api}/api/v1/slos").json()["slos"]
        return {each["id"]: each for each in listed}

    def burn_rate(objective_id: str) -> float | None:
        told = httpx.get(f"http://{engine.api}/api/v1/slos/{objective_id}/burn-rates").json()
        five_minutes: float | None = told["windows"][0]["burn_rate"]
        return five_minutes

    until(lambda: samples("correlator_slo_events_total"), lambda seen: seen.get(BRIDGE) == 0.0)
    random = Random(3)
    send(engine, calls(random, good=37, bad=3))
    send(engine, calls(random, good=3, bad=1))
    for counter, expected in (("events", 44.0), ("good_events", 40.0)):
        until(
            lambda counter=counter: samples(f"correlator_slo_{counter}_total"),  # type: ignore[misc]
            lambda seen, expected=expected: seen.get(BRIDGE) == seen.get(WORKFLOW) == expected,  # type: ignore[misc]
        )
    ratios = until(lambda: samples(ERROR_RATIO), lambda seen: seen.get(WORKFLOW) == pytest.approx(4 / 44, rel=1e-9))
    assert ratios[BRIDGE] == pytest.approx(4 / 44, rel=1e-9)
    told = slos()
    compared = {each: rate for each in ratios if (rate := burn_rate(each)) is not None}
    assert {BRIDGE, WORKFLOW, "bridge-latency", "n8n-workflow-availability"} <= set(compared)
    for objective_id, rate in compared.items():
        budget = 1 - told[objective_id]["target"]
        assert ratios[objective_id] == pytest.approx(rate * budget, rel=1e-9, abs=1e-12), objective_id

    pages = 'ALERTS{alertname="ErrorBudgetBurn", alertstate="firing", sloth_severity="page"}'

    def who_pages() -> tuple[set[str], set[str], set[str]]:
        in_api = {each for each, slo in slos().items() if slo["calls"] == "page"}
        return set(samples(pages)), set(samples('correlator_slo_alert_active{sloth_severity="page"} == 1')), in_api

    until(who_pages, lambda seen: BRIDGE in seen[0] and seen[0] == seen[1] == seen[2])


@pytest.mark.slow
def test_who_follows_events_hears_that_a_page_began(engine: EngineProcess) -> None:
    """On the bus, as incidents are."""
    send(engine, calls(Random(4), good=0, bad=5))
    url = f"http://{engine.api}/api/v1/events"
    with httpx.stream(
        "GET", url, params={"topic": f"slo.{BRIDGE}.#"}, headers={"Last-Event-ID": "0"}, timeout=60
    ) as lines:
        event = next(
            json.loads(line[5:]) for line in lines.iter_lines() if line.startswith("data:") and "topic" in line
        )
    assert event["topic"] == f"slo.{BRIDGE}.began"
    assert (event["data"]["severity"], event["data"]["is_inhibited"]) == ("page", False)
    assert event["data"]["message"] == "page began: both windows burn faster than 14.4 times the budget's pace"


def test_the_engine_tells_what_its_process_uses(engine: EngineProcess) -> None:
    """As every client of Prometheus does, under the same names."""
    text = httpx.get(f"http://{engine.api}/metrics").text
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))
    assert float(lines["process_cpu_seconds_total"]) > 0
    assert float(lines["process_resident_memory_bytes"]) > 2**20
    assert float(lines["process_open_fds"]) > 3
    assert any(name.startswith("python_info") for name in lines)


@pytest.mark.slow
def test_counters_go_on_where_they_were_after_a_restart(tmp_path: Path) -> None:
    """A fall, or a step from 0, would be counted again."""
    config = tmp_path / "correlator.yaml"
    config.write_text(f"slo: {{interval: {INTERVAL}, first_scrape: 0s}}\n", encoding="utf-8")

    def counters(engine: EngineProcess) -> list[float]:
        lines = httpx.get(f"http://{engine.api}/metrics").text.splitlines()
        names = ("correlator_slo_events_total{", "correlator_slo_good_events_total{")
        return [
            float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(names) and f'sloth_id="{BRIDGE}"' in line
        ]

    with running_engine(tmp_path / "data", "--config", str(config)) as engine:
        send(engine, calls(Random(5), good=9, bad=1))
        until(lambda: counters(engine), lambda shown: shown == [10.0, 9.0])
    with running_engine(tmp_path / "data", "--config", str(config)) as engine:
        shown = until(lambda: counters(engine), bool)
        assert shown == [10.0, 9.0]
