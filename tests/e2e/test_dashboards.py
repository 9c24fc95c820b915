"""Every expression of every panel and rule returns data on a real Prometheus that watches the live stack."""

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import httpx
import pytest
import yaml

from dashboards.source.workflow_names import with_workflow_names
from tests.e2e.grafana_expressions import filled, values_of, verdict
from tests.e2e.observed_stack import INTERVAL_S, NODE_EXPORTER, ObservedStack, Prometheus, Series, observed_stack
from tests.e2e.peers import WHY_SKIPPED, scripts
from tests.e2e.sloth_dashboards import HIGH_LEVEL, MONTH, detail, selectors
from tests.ports import free_port
from tests.stack.n8n_process import why_absent
from tests.stack.redis_process import redis_command
from tests.stack.stack import Stack
from tests.unit.dashboards.documents import FOLDER, Asked, asked, boards, variables

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),  # to build Prometheus and the Collector, once
    pytest.mark.skipif(scripts() is None, reason=WHY_SKIPPED),
    pytest.mark.skipif(why_absent() is not None, reason=str(why_absent())),
    pytest.mark.skipif(redis_command() is None, reason="redis-server is not installed"),
    pytest.mark.skipif(
        NODE_EXPORTER is None, reason="node_exporter is not installed: apt install prometheus-node-exporter"
    ),
]
ORDER: Final = {"template": "Invoice $order for $customer", "fields": {"customer": "acme", "order": 1001}}
WITHIN_S: Final = 60.0
YOUNG_S: Final = 90.0
"""After this long 45 evaluations have been: a window of two hours is known by half after 60, each standing for a minute."""


@dataclass(frozen=True, slots=True)
class Watched:
    """The stack after its stories. `since` is when they began, in unix seconds; `values` are those of each dashboard's variables."""

    engine: str
    prometheus: Prometheus
    since: float
    values: dict[str, dict[str, list[str]]]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """One stack for all tests here; two rounds of stories, so that every counter is seen to grow."""
    with observed_stack(tmp_path_factory.mktemp("observed")) as observed:
        since = time.time()
        for _ in range(2):
            tell_stories(observed.stack)
            time.sleep(3 * INTERVAL_S)
        until(lambda: slo_series(observed))
        values = {stem: values_of(variables(board), observed.prometheus) for stem, board in boards().items()}
        yield Watched(observed.stack.engine.api, observed.prometheus, since, values)


def tell_stories(stack: Stack) -> None:
    """Good, failing, slow, retried and unreachable: something for each panel."""
    back = {"callback_url": f"{stack.n8n.url}/webhook/callback"}
    nobody = {"callback_url": f"http://127.0.0.1:{free_port()}/callback"}
    good = [Call("plain"), Call("plain"), Call("ignore"), Call("parent"), Call("sleep")]
    faults = ("worker_exception",) * 4 + ("validation_error", "bad_gateway", "dropped_context")
    bad = [Call("plain", fault) for fault in faults] + [Call("ignore", "dependency_refused")] * 2
    late = [Call("retry", "bridge_timeout")] * 2 + [Call("plain", "slow_worker", each) for each in (back, nobody) * 3]
    with ThreadPoolExecutor(max_workers=8) as callers:
        list(callers.map(partial(make_call, stack), (*late, *bad, *good)))
    send_rubbish(stack)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a workflow: what goes wrong in it, and what it says besides the order."""

    workflow: str
    fault: str = ""
    more: dict[str, str] = field(default_factory=dict)


def make_call(stack: Stack, call: Call) -> None:
    body = {"data": ORDER, "processing_type": "template_render", "timeout": 2, **call.more}
    stack.call(call.workflow, body, {"x-demo-fault": call.fault})


def send_rubbish(stack: Stack) -> None:
    """A span without ids: the engine takes its neighbours and refuses it."""
    document = {"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "no ids"}]}]}]}
    httpx.post(f"{stack.engine.otlp_http}/v1/traces", json=document).raise_for_status()


def slo_series(observed: ObservedStack) -> list[Series]:
    return observed.prometheus.ask("slo:period_error_budget_remaining:ratio")


def until(look: Callable[[], Any], within_s: float = WITHIN_S) -> bool:
    """Whether `look` found something in time."""
    deadline = time.monotonic() + within_s
    while not look():
        if time.monotonic() > deadline:
            return False
        time.sleep(1)
    return True


def empty_by_design(kind: str) -> set[str]:
    """The places of `kind` (panels | rules) that may show nothing; each with a reason."""
    listed = yaml.safe_load((FOLDER / "empty_by_design.yaml").read_text(encoding="utf-8"))[kind]
    assert all(len(each["reason"]) > 20 for each in listed), "each place that is listed needs its reason"
    return {each["place"] for each in listed}


Look = Callable[[float], list[Series]]
"""Asks for what a place shows at a moment, in unix seconds."""


def judge(watched: Watched, places: Mapping[str, Look], listed: set[str]) -> None:
    """Each place finds data soon, or is listed, and then found none while the stack was young: so a slow machine judges the same."""
    missing = places.keys() - listed
    deadline = time.monotonic() + WITHIN_S
    while missing and time.monotonic() < deadline:
        missing = {place for place in missing if not places[place](time.time())}
        time.sleep(INTERVAL_S if missing else 0)
    young = min(time.time(), watched.since + YOUNG_S)
    found = {place for place in listed & places.keys() if places[place](young)}
    assert not missing, "no data, and not in dashboards/grafana/empty_by_design.yaml:\n" + "\n".join(sorted(missing))
    assert not found, "listed in dashboards/grafana/empty_by_design.yaml, but with data:\n" + "\n".join(sorted(found))
    assert listed <= places.keys(), f"listed, but not there: {sorted(listed - places.keys())}"


def test_every_variable_has_values(watched: Watched) -> None:
    """By its own query; one without any would empty its whole dashboard."""
    known = {(stem, name): found for stem, values in watched.values.items() for name, found in values.items()}
    assert [place for place, found in known.items() if not found] == []


def test_every_query_of_every_panel_returns_data(watched: Watched) -> None:
    """Over the time of the stories, with each variable at all of its values."""

    def look(stem: str, query: Asked, at: float) -> list[Series]:
        expr = filled(query.expr, watched.values[stem], int(at - watched.since), INTERVAL_S)
        if query.is_instant:
            return watched.prometheus.ask(expr, at)
        return watched.prometheus.ask_over(expr, watched.since, at, INTERVAL_S)

    queries = [(stem, query) for stem, board in boards().items() for query in asked(stem, board)]
    judge(watched, {query.place: partial(look, stem, query) for stem, query in queries}, empty_by_design("panels"))


def test_every_expression_of_every_rule_returns_data(watched: Watched) -> None:
    """Recordings as they are; of alerts what they compare, with the verdict in place of silence."""
    rules = watched.prometheus.rules()
    assert {rule["lastError"] for rule in rules if rule["health"] != "ok"} == set()

    def look(rule: dict[str, Any], at: float) -> list[Series]:
        return watched.prometheus.ask(verdict(rule["query"]) if rule["type"] == "alerting" else rule["query"], at)

    judge(watched, {place_of(rule): partial(look, rule) for rule in rules}, empty_by_design("rules"))


def test_each_service_is_watched_by_its_own_metrics(watched: Watched) -> None:
    """Those that push are known to be up, and each has its share of processor and memory beside its limit."""

    def jobs(expr: str) -> set[str]:
        return {each.labels["job"] for each in watched.prometheus.ask(expr)}

    assert jobs("job:pushed:up == 1") == {"bridge", "worker"}
    for used, limit in (
        ("instance:process_cpu_cores:rate5m", "job:cpu_limit:cores"),
        ("instance:process_memory:bytes", "job:memory_limit:bytes"),
    ):
        assert jobs(f"{used} / on (job) group_left () {limit}") == {"n8n", "correlator", "bridge", "worker"}


def place_of(rule: dict[str, Any]) -> str:
    """How a reader finds a rule: `services / BridgeTimeouts`, `bridge-latency / slo:burn_alert:active page 1h`."""
    labels = rule["labels"]
    told_apart = [labels[name] for name in ("sloth_severity", "sloth_window", "job") if name in labels]
    return f"{rule['file'].removesuffix('.rules.yaml')} / {' '.join((rule['name'], *told_apart))}"


def test_objectives_of_workflows_are_told_by_name(watched: Watched) -> None:
    """Each id of a workflow's objective finds its workflow; objectives of all workflows have no name."""
    found = watched.prometheus.ask(with_workflow_names("max by (sloth_id) (slo:objective:ratio)"))
    named = {each.labels["sloth_id"]: each.labels.get("workflow_name", "") for each in found}
    assert {"plain", "retry"} <= set(named.values())
    assert {sloth_id for sloth_id, name in named.items() if not name} == {
        sloth_id
        for sloth_id in named
        if not sloth_id.startswith(("n8n-workflow-success-", "n8n-workflow-silent-failures-"))
    }


def test_the_public_dashboards_of_sloth_show_data(watched: Watched) -> None:
    """14348 for each objective that its variables offer, and 14643. The month is asked at full hours: see test_sloth_dashboards."""
    ask, values = watched.prometheus.ask, watched.prometheus.label_values
    places = {f"high level / {name}": partial(ask, query) for name, query in HIGH_LEVEL.items()}
    for service in values("sloth_service", selectors("")[0]):
        for slo in values("sloth_slo", selectors(service)[1]):
            queries = detail(service, slo, datetime.now(UTC).month)
            places |= {
                f"{service} {slo} / {name}": partial(ask, query) for name, query in queries.items() if name != MONTH
            }
    assert len(places) > 100
    judge(watched, places, set())


@pytest.mark.parametrize(
    "histogram",
    [
        "correlator_n8n_execution_seconds_bucket",
        "correlator_n8n_node_seconds_bucket",
        "http_server_request_duration_seconds_bucket",
        "correlator_queue_delay_seconds_bucket",
    ],
)
def test_an_exemplar_opens_its_trace(watched: Watched, histogram: str) -> None:
    """Its trace_id, given to the data source that Grafana links to, is a trace that the engine has."""
    found = watched.prometheus.exemplars(histogram, watched.since, time.time())
    assert found, histogram
    trace_id = found[-1]["labels"]["trace_id"]
    answer = httpx.get(f"{watched.engine}/jaeger/api/traces/{trace_id}", timeout=10)
    assert [trace["traceID"] for trace in answer.json()["data"]] == [trace_id]
