"""A fault of the bridge on the live stack, and who is called: real n8n, engine, Prometheus and Alertmanager; doubles take the calls."""

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import yaml

from correlator.pipeline.rules.objective_files import read_objective_files
from correlator.slo.rule_files import rule_texts
from tests.e2e.alertmanager import (
    WHY_SKIPPED,
    Alertmanager,
    Document,
    Doubles,
    local,
    running_alertmanager,
    running_doubles,
    within,
)
from tests.e2e.peers import installed, scripts
from tests.ports import free_port
from tests.stack.n8n_process import why_absent
from tests.stack.process import StackProcess
from tests.stack.redis_process import redis_command
from tests.stack.stack import Stack

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(420),
    pytest.mark.skipif(scripts() is None, reason=WHY_SKIPPED),
    pytest.mark.skipif(why_absent() is not None, reason=str(why_absent())),
    pytest.mark.skipif(redis_command() is None, reason="redis-server is not installed"),
]
ORDER: Final = {"template": "Invoice $order", "fields": {"order": 1001}}
FAULT: Final = "bad_gateway"
HEALTHY: Final = 15
OBJECTIVE: Final = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: availability, displayName: Bridge availability}
spec:
  service: bridge
  indicator:
    metadata: {name: bridge-calls}
    spec:
      ratioMetric:
        rawType: success
        raw: {metricSource: {type: correlator, spec: {events: server_calls, system: bridge, operation: POST *}}}
  timeWindow: [{duration: 1d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.99}]
  alertPolicies:
    - kind: AlertPolicy
      metadata: {name: soon}
      spec:
        conditions:
          - {kind: AlertCondition, metadata: {name: page}, spec: {severity: page, condition: {threshold: 10, lookbackWindow: 10m, alertAfter: 1m}}}
          - {kind: AlertCondition, metadata: {name: ticket}, spec: {severity: ticket, condition: {threshold: 5, lookbackWindow: 20m, alertAfter: 1m}}}
"""
"""With windows so short that a minute of trouble pages, and a minute of calm ends it."""


@dataclass(frozen=True, slots=True)
class Called:
    """All of it."""

    stack: Stack
    alertmanager: Alertmanager
    doubles: Doubles

    def call_bridge(self, fault: str = "") -> None:
        body = {"data": ORDER, "processing_type": "template_render", "timeout": 5}
        self.stack.call("plain", body, {"x-demo-fault": fault})

    def ask(self, path: str) -> Any:
        """The engine's answer."""
        return httpx.get(f"{self.stack.engine.api}/api/v1/{path}", timeout=30).raise_for_status().json()

    def pages(self, action: str) -> list[Document]:
        return [each for each in self.doubles.of("/pagerduty") if each["event_action"] == action]


@pytest.fixture(scope="module")
def called(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Called]:
    """The stack, whose engine tells Alertmanager and is told by it, and a Prometheus that reads its /metrics."""
    folder = tmp_path_factory.mktemp("called")
    port = free_port()
    (folder / "slo").mkdir()
    (folder / "slo" / "bridge.yaml").write_text(OBJECTIVE, encoding="utf-8")
    settings = {
        "slo": {"folders": [str(folder / "slo")], "shipped": False, "interval": "1s", "first_scrape": "3s"},
        "incidents": {"settle": "1s", "quiet": "45s"},
        "alertmanager": {"urls": [f"http://127.0.0.1:{port}"], "interval": "5s"},
    }
    with ExitStack() as parts:
        stack = Stack(folder, n8n_settings={"interval": "2s", "grace": "3s"}, engine_settings=settings)
        parts.callback(stack.stop)
        doubles = parts.enter_context(running_doubles())
        document = local(folder, doubles, engine=f"{stack.engine.api}/api/v1/alerts/alertmanager")
        for route in document["route"]["routes"][1:]:
            route["group_wait"] = "12s"  # as long as a cause takes to be known; shipped: 30 s
        alertmanager = parts.enter_context(running_alertmanager(folder, document, port))
        parts.enter_context(prometheus(folder, stack.engine.api, alertmanager.url))
        yield Called(stack, alertmanager, doubles)


@contextmanager
def prometheus(folder: Path, engine: str, alertmanager: str) -> Iterator[None]:
    """One on the objective's rules, which it evaluates each second, for the block."""
    (objective,) = read_objective_files([folder / "slo"], None).objectives
    rules = next(each for each in rule_texts([objective.objective]) if each.name.endswith(".rules.yaml"))
    (folder / rules.name).write_text(re.sub(r"interval: 1m\n", "interval: 1s\n", rules.text), encoding="utf-8")
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(folder / rules.name)],
        "scrape_configs": [
            {"job_name": "correlator", "static_configs": [{"targets": [engine.removeprefix("http://")]}]}
        ],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager.removeprefix("http://")]}]}]},
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    port = free_port()
    program = str(installed("install-prometheus.sh", "prometheus"))
    options = (f"--storage.tsdb.path={folder / 'tsdb'}", f"--web.listen-address=127.0.0.1:{port}")
    resend = "--rules.alert.resend-delay=2s"  # so that a cause which becomes known is told before the page goes out
    process = StackProcess(
        "prometheus", (program, f"--config.file={folder / 'prometheus.yml'}", *options, resend), folder
    )
    try:
        process.wait_until(lambda: httpx.get(f"http://127.0.0.1:{port}/-/ready").is_success, 30)
        yield
    finally:
        process.stop()


def ticket(called: Called) -> Document | None:
    known = called.alertmanager.alerts("ErrorBudgetBurn")
    return next((each for each in known if each["labels"]["sloth_severity"] == "ticket"), None)


def test_a_fault_of_the_bridge_pages_once_names_its_cause_and_resolves(called: Called) -> None:
    """The ticket of the same objective is inhibited meanwhile, and the engine ties the page to its incident."""
    for _ in range(HEALTHY):
        called.call_bridge()
    time.sleep(5)
    assert called.pages("trigger") == []
    page = until(90, lambda: next(iter(called.pages("trigger")), None), lambda: called.call_bridge(FAULT))

    (incident,) = called.ask("incidents?state=open")["incidents"]
    (link,) = page["links"]
    assert link["href"] == f"{called.stack.engine.api}/api/v1/incidents/{incident['key']}"
    assert httpx.get(link["href"]).json()["root_cause"]["summary"] == incident["root_cause"]["summary"]
    assert incident["root_cause"]["candidates"][0]["system"] == "bridge"
    assert page["payload"]["summary"].startswith("bridge failed first: ")

    inhibited = within(60, lambda: ticket(called))
    assert inhibited["status"]["state"] == "suppressed" and inhibited["status"]["inhibitedBy"]
    within(60, lambda: [title for title in slack_titles(called) if incident["title"] in title] or None)
    assert not [title for title in slack_titles(called) if "error budget" in title]

    ties = within(60, lambda: tied(called, incident["key"]))
    assert ties["Incident"] == "incident"
    assert ties["ErrorBudgetBurn"] == "objective"

    resolve = until(150, lambda: next(iter(called.pages("resolve")), None), called.call_bridge)
    assert resolve["dedup_key"] == page["dedup_key"]
    assert len(called.pages("trigger")) == 1
    within(90, lambda: called.ask("incidents?state=open")["incidents"] == [] or None)
    within(60, lambda: called.alertmanager.alerts("Incident") == [] or None)
    within(60, lambda: states_of(called, incident["key"]) == {"resolved"} or None)


def slack_titles(called: Called) -> list[str]:
    return [each["attachments"][0]["title"] for each in called.doubles.of("/slack")]


def states_of(called: Called, key: str) -> set[str]:
    return {each["state"] for each in called.ask(f"incidents/{key}/alerts")["alerts"]}


def tied(called: Called, key: str) -> dict[str, str] | None:
    """The methods by which alerts are tied to the incident, once both are there."""
    ties = {each["name"]: each["method"] for each in called.ask(f"incidents/{key}/alerts")["alerts"]}
    return ties if len(ties) == 2 else None


def until(seconds: float, look: Any, work: Any) -> Any:
    """What `look` finds, while `work` is done again and again; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (found := look()) is not None:
            return found
        work()
    raise AssertionError(f"nothing was found within {seconds:g} s")
