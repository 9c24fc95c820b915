"""The compose file's services as processes: data flows between all of them, with the token, by nothing but its own words."""

import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import httpx
import psutil
import pytest

from tests.e2e.compose_file import read_compose
from tests.e2e.compose_processes import Running, running_services
from tests.e2e.container_user import WHY_SKIPPED as WHY_NOBODY
from tests.e2e.container_user import can_become_another
from tests.e2e.peers import WHY_SKIPPED, scripts
from tests.stack.n8n_api import N8nApi
from tests.stack.n8n_process import why_absent
from tests.stack.redis_process import redis_command
from tests.stack.workflows import provision

SERVICES: Final = ("redis", "engine", "prometheus", "alertmanager", "collector", "bridge", "worker")
CALL: Final = {
    "data": {"template": "Hi $name", "fields": {"name": "Ann"}},
    "processing_type": "template_render",
    "workflow_id": "w1",
    "execution_id": "1",
    "timeout": 5,
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(scripts() is None, reason=WHY_SKIPPED),
    pytest.mark.skipif(
        redis_command() is None, reason="redis-server is not installed; on Debian: apt install redis-server"
    ),
]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """All that can be had as a program but n8n, which is started last: Grafana, Kibana and node_exporter cannot."""
    with running_services(tmp_path_factory.mktemp("compose"), *SERVICES) as services:
        yield services


@pytest.fixture(scope="module")
def broken_call(running: Running) -> httpx.Response:
    """One call of the bridge that the worker fails."""
    url = f"{running.url('bridge', 8080)}/api/v1/hybrid-processing"
    return httpx.post(url, json=CALL, headers={"x-demo-fault": "worker_exception"}, timeout=30, trust_env=False)


@pytest.mark.skipif(not can_become_another(), reason=WHY_NOBODY)
def test_each_runs_as_its_images_user(running: Running) -> None:
    """And so wrote nothing but into its volumes and /tmp, all that follows included."""
    users = {name: service.document["user"].partition(":")[0] for name, service in read_compose().services.items()}
    assert {name: str(psutil.Process(process.pid).uids().real) for name, process in running.processes.items()} == {
        name: users[name] for name in SERVICES
    }


def test_a_broken_call_is_explained_by_the_engine(running: Running, broken_call: httpx.Response) -> None:
    """Bridge and worker tell the Collector, which tells the engine with its token; the incident names the worker."""
    assert broken_call.status_code == 500
    trace_id = broken_call.json()["trace_id"]
    (incident,) = eventually(lambda: engine(running, "incidents")["incidents"])
    assert incident["root_cause"]["candidates"][0]["system"] == "worker"
    assert eventually(lambda: spans_of_both(running, trace_id)) == {"bridge", "worker"}


def spans_of_both(running: Running, trace_id: str) -> set[str]:
    """The services with spans in a trace, once there are several; empty before."""
    found = {span["service_name"] for span in engine(running, f"traces/{trace_id}")["spans"]}
    return found if len(found) > 1 else set()


def test_without_the_token_the_engine_says_nothing(running: Running) -> None:
    """Neither its API nor its metrics nor its doors."""
    assert httpx.get(f"{running.url('engine', 7070)}/api/v1/incidents", trust_env=False).status_code == 401
    assert httpx.get(f"{running.url('engine', 7070)}/metrics", trust_env=False).status_code == 401
    refused = httpx.post(f"{running.url('engine', 4318)}/v1/traces", json={}, trust_env=False)
    assert refused.status_code == 401


def test_prometheus_scrapes_all_that_runs(running: Running) -> None:
    """With the token where one is asked for; those that do not run here are seen to be down."""
    up = dict.fromkeys(("correlator", "collector", "prometheus", "alertmanager"), 1.0)
    down = dict.fromkeys(("n8n", "node", "grafana"), 0.0)
    assert eventually(lambda: ups(running) == up | down)


def test_metrics_of_bridge_and_worker_reach_prometheus(running: Running, broken_call: httpx.Response) -> None:
    """By OTLP through the Collector; the job is the service's name, and the rules' names are Prometheus's."""
    query = 'sum by (job) (http_server_request_duration_seconds_count{job="bridge", http_response_status_code="500"})'
    assert eventually(lambda: samples(running, query)) == {"bridge": 1.0}
    assert eventually(lambda: samples(running, 'count by (job) ({job="worker"})'))["worker"] > 0


def test_every_rule_is_evaluated(running: Running) -> None:
    """None fails on what is there."""
    groups = eventually(lambda: prometheus(running, "rules")["groups"])
    assert len(groups) > 12
    assert [rule["lastError"] for group in groups for rule in group["rules"] if rule["health"] == "err"] == []


def test_alerts_go_to_alertmanager_and_on_to_the_engine(running: Running) -> None:
    """Prometheus knows its Alertmanager; Alertmanager tells the engine, with the token, of what it is told."""
    found = eventually(lambda: prometheus(running, "alertmanagers")["activeAlertmanagers"])
    assert [each["url"] for each in found] == [f"{running.url('alertmanager', 9093)}/api/v2/alerts"]
    alert = [{"labels": {"alertname": "ErrorBudgetBurn", "severity": "warning", "sloth_id": "bridge-availability"}}]
    httpx.post(f"{running.url('alertmanager', 9093)}/api/v2/alerts", json=alert, trust_env=False).raise_for_status()
    told = 'alertmanager_notifications_total{integration="webhook"}'
    failed = 'sum by (job) (alertmanager_notification_requests_failed_total{integration="webhook"})'
    assert eventually(lambda: samples(running, f"sum by (job) ({told}) > 0"))["alertmanager"] >= 1
    assert samples(running, failed) == {"alertmanager": 0.0}


@pytest.mark.skipif(why_absent() is not None, reason=str(why_absent()))
def test_a_story_that_begins_in_n8n_arrives_whole(running: Running) -> None:
    """Its spans come by the Collector, its metrics are scraped; the trace goes through all three."""
    running.start("n8n")
    n8n = N8nApi(running.url("n8n", 5678))
    try:
        n8n.log_in()
        callbacks = f"{running.url('engine', 7070)}/api/v1/callbacks"
        workflows = provision(n8n, running.url("bridge", 8080), callbacks)
        fault = {"x-demo-fault": "worker_exception"}
        httpx.post(f"{n8n.url}/webhook/plain", json=CALL, headers=fault, timeout=60, trust_env=False)
    finally:
        n8n.close()
    traces = eventually(lambda: engine(running, "traces?service=n8n")["traces"])
    assert eventually(lambda: whole_story(running, traces[0]["trace_id"])) == {"n8n", "bridge", "worker"}
    assert eventually(lambda: ups(running).get("n8n") == 1.0)
    assert workflows["plain"] in str(eventually(lambda: prometheus(running, "label/workflow_id/values")))


def whole_story(running: Running, trace_id: str) -> set[str]:
    """The services with spans in a trace, once n8n's, which come last, are among them; empty before."""
    found = {span["service_name"] for span in engine(running, f"traces/{trace_id}")["spans"]}
    return found if len(found) > 2 else set()


def engine(running: Running, path: str) -> dict[str, Any]:
    """What the engine's API answers to who has the token; empty while it knows nothing of it."""
    answer = httpx.get(f"{running.url('engine', 7070)}/api/v1/{path}", headers=running.token(), trust_env=False)
    return dict(answer.raise_for_status().json()) if answer.status_code != 404 else {"spans": []}


def prometheus(running: Running, path: str, **parameters: str) -> Any:
    """What Prometheus answers."""
    answer = httpx.get(f"{running.url('prometheus', 9090)}/api/v1/{path}", params=parameters, trust_env=False)
    return answer.raise_for_status().json()["data"]


def samples(running: Running, query: str) -> dict[str, float]:
    """Of an instant query, each job's value."""
    found = prometheus(running, "query", query=query)["result"]
    return {each["metric"]["job"]: float(each["value"][1]) for each in found}


def ups(running: Running) -> dict[str, float]:
    return samples(running, "max by (job) (up)")


def eventually(ask: Callable[[], Any], within_s: float = 60.0) -> Any:
    """The first answer that holds something; AssertionError with the last one after `within_s`."""
    deadline = time.monotonic() + within_s
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"still {answer!r} after {within_s:g} s"
        time.sleep(0.2)
    return answer
