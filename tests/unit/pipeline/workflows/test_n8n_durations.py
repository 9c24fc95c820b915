"""Durations of n8n's executions and nodes, from its spans."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from prometheus_client.openmetrics.exposition import generate_latest

from correlator import semconv
from correlator.pipeline.workflows import n8n_durations
from correlator.pipeline.workflows.n8n_durations import N8nDurations
from correlator.telemetry.metrics import EngineMetrics
from tests.conformance.records import T0, span, span_id, tables, trace_id

MS = 10**6


def execution(number: int, workflow: str = "orders", status: str = "success", millis: int = 80) -> dict[str, Any]:
    """The span of execution `number`; each has a trace of its own."""
    said = {semconv.N8N_WORKFLOW_NAME: workflow, semconv.N8N_EXECUTION_STATUS: status}
    return n8n_span(number, number, semconv.N8N_WORKFLOW_SPAN, said, millis)


def node(
    number: int, of: int, kind: str = "n8n-nodes-base.httpRequest", millis: int = 40, **more: Any
) -> dict[str, Any]:
    """The span of a node's run, `number`, within the execution `of`."""
    below = {"parent_span_id": span_id(of), **more}
    return n8n_span(of, number, semconv.N8N_NODE_SPAN, {semconv.N8N_NODE_TYPE: kind}, millis, **below)


def n8n_span(
    story: int, number: int, name: str, attributes: dict[str, str], millis: int, **more: Any
) -> dict[str, Any]:
    end = T0 + millis * MS
    times = {"start_time_unix_nano": T0, "end_time_unix_nano": end, "attributes": json.dumps(attributes)}
    return span(trace_id(story), number, name=name, scope_name=semconv.N8N_SCOPE, **times, **more)


def counted(*requests: Iterable[dict[str, Any]]) -> EngineMetrics:
    """The metrics after these requests, each counted as it came."""
    metrics = EngineMetrics()
    durations = N8nDurations(metrics)
    for spans in requests:
        durations.hear(tables(spans=list(spans)))
        durations.count()
    return metrics


def runs(metrics: EngineMetrics, **labels: str) -> float | None:
    return metrics.registry.get_sample_value("correlator_n8n_node_seconds_count", labels)


def test_names_are_bounded() -> None:
    """A label stands in each of some twenty series."""
    metrics = counted([execution(1, "w" * 60_000), node(2, of=1, kind="k" * 60_000)])
    assert len(generate_latest(metrics.registry)) < 60_000


@pytest.mark.parametrize("said", ["made up", "x" * 10_000, 7, ["error"], {}])
def test_a_status_that_n8n_does_not_have_is_another(said: Any) -> None:
    """Whoever speaks as n8n may say anything, and each would be series of its own."""
    metrics = counted([execution(number, status=said) for number in range(1, 4)])
    shown = {sample.labels["status"] for family in metrics.n8n_execution_seconds.collect() for sample in family.samples}
    assert shown == {"other" if said else "success"}


def test_an_execution_is_timed_by_workflow_and_status() -> None:
    """80 ms, as the span says."""
    metrics = counted([execution(1), execution(2, status="error", millis=20)])
    good = {"workflow_name": "orders", "status": "success"}
    assert metrics.registry.get_sample_value("correlator_n8n_execution_seconds_sum", good) == pytest.approx(0.08)
    bad = {"workflow_name": "orders", "status": "error"}
    assert metrics.registry.get_sample_value("correlator_n8n_execution_seconds_count", bad) == 1


@pytest.mark.parametrize("is_node_first", [True, False])
def test_a_node_is_counted_under_the_workflow_of_its_execution_whichever_comes_first(is_node_first: bool) -> None:
    """n8n sends a node's span before its execution's, another process may be later."""
    requests = [[node(11, of=1)], [execution(1)]]
    metrics = counted(*(requests if is_node_first else reversed(requests)))
    assert runs(metrics, workflow_name="orders", node_type="base_httpRequest", status="success") == 1


def test_a_failed_node_is_told_apart() -> None:
    """By the span's own error."""
    metrics = counted([node(11, of=1, is_error=True), execution(1, status="error")])
    assert runs(metrics, workflow_name="orders", node_type="base_httpRequest", status="error") == 1


def test_a_span_that_comes_twice_is_counted_once() -> None:
    """A sender that heard no answer sends again."""
    metrics = counted([node(11, of=1), execution(1)], [node(11, of=1), execution(1)])
    assert runs(metrics, workflow_name="orders", node_type="base_httpRequest", status="success") == 1


def test_spans_of_others_are_not_looked_at() -> None:
    """Whatever they are called: the scope says who made them."""
    metrics = counted([{**execution(1), "scope_name": "mine"}], [span(trace_id(2), 2)])
    assert b'workflow_name="orders"' not in exposed(metrics)


def test_the_trace_is_the_exemplar() -> None:
    """A point of the heatmap opens the story."""
    assert f'# {{trace_id="{trace_id(1).hex()}"}} 0.08'.encode() in exposed(counted([execution(1)]))


def test_nodes_wait_for_their_execution_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of an execution that never ends are counted without a workflow once too many wait."""
    monkeypatch.setattr(n8n_durations, "REMEMBERED", 2)
    metrics = counted([node(11, of=1), node(12, of=1)], [node(21, of=2)], [execution(2)])
    assert runs(metrics, workflow_name="unknown", node_type="base_httpRequest", status="success") == 2
    assert runs(metrics, workflow_name="orders", node_type="base_httpRequest", status="success") == 1


def test_what_waits_to_be_counted_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where spans come faster than they are counted, the newest go without; the next turn starts anew."""
    monkeypatch.setattr(n8n_durations, "HEARD_SPANS", 1)
    metrics = EngineMetrics()
    durations = N8nDurations(metrics)
    for turn in (1, 2):
        for number in (10 * turn, 10 * turn + 1):
            durations.hear(tables(spans=[execution(number)]))
        durations.count()
    good = {"workflow_name": "orders", "status": "success"}
    assert metrics.registry.get_sample_value("correlator_n8n_execution_seconds_count", good) == 2


def test_labels_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A team that makes a workflow for each customer does not make a series for each."""
    monkeypatch.setattr(n8n_durations, "SERIES", 3)
    spans = [
        each for number in range(1, 9) for each in (execution(number, f"customer-{number}"), node(10 + number, number))
    ]
    metrics = counted(spans)
    text = exposed(metrics).decode()
    assert all(f'"customer-{number}"' in text for number in (1, 2, 3))
    assert '"customer-4"' not in text
    assert runs(metrics, workflow_name="other", node_type="other", status="success") == 8


def exposed(metrics: EngineMetrics) -> bytes:
    text: bytes = generate_latest(metrics.registry)  # type: ignore[no-untyped-call]
    return text
