"""A trace that names an execution is of its story, where time, workflow and instance allow."""

import pytest

from correlator.model.trace import EXECUTION_ID
from tests.unit.correlate.stitch.records import (
    HOUR,
    Row,
    call,
    calls,
    execution,
    log,
    node,
    server,
    span_id,
    stories,
    together,
    trace_id,
    traces_together,
    workflow,
)

N8N = (
    workflow("n8n", "run", "7", at=(0, 1_000)),
    node("n8n", "set", "run", at=(0, 200), node_type="n8n-nodes-base.set"),
    node("n8n", "call", "run", at=(200, 900)),
)


def test_a_bridge_call_without_context_is_joined_to_the_node_that_called() -> None:
    """The HTTP Request node that ran when the bridge's span started, and not the workflow."""
    bridge = server("bridge", "POST", at=(250, 800), attributes=execution("7", "w1"))
    assert calls(*N8N, bridge) == {call(EXECUTION_ID, "call", "POST")}
    assert traces_together(*N8N, bridge) == {together("n8n", "bridge")}


def test_without_node_spans_the_workflow_called() -> None:
    """N8N_OTEL_TRACES_INCLUDE_NODE_SPANS=false."""
    bridge = server("bridge", "POST", at=(250, 800), attributes=execution("7", "w1"))
    assert calls(N8N[0], bridge) == {call(EXECUTION_ID, "run", "POST")}


def test_of_two_nodes_at_work_the_one_that_called_the_path_is_taken() -> None:
    """Nodes of parallel branches."""
    other = node("n8n", "other", "run", at=(240, 900), attributes={"url.full": "http://bridge/status"})
    right = node("n8n", "right", "run", at=(210, 900), attributes={"url.full": "http://bridge/jobs"})
    bridge = server("bridge", "POST", at=(250, 800), attributes=execution("7") | {"url.path": "/jobs"})
    assert calls(*N8N, other, right, bridge) == {call(EXECUTION_ID, "right", "POST")}


def test_the_head_of_the_trace_is_what_was_called() -> None:
    """Though it is a span below it that names the execution."""
    head = server("bridge", "POST", at=(250, 800))
    inner = server("bridge", "inner", parent="POST", at=(300, 400), attributes=execution("7", "w1"))
    assert calls(*N8N, head, inner) == {call(EXECUTION_ID, "call", "POST")}


def test_a_log_record_of_another_trace_names_it_as_well() -> None:
    """The bridge's spans may be sampled away; its logs carry the id, too."""
    told = log(1, "bridge", trace="bridge", at=300, attributes=execution("7", "w1"))
    assert traces_together(*N8N, told) == {together("n8n", "bridge")}


def test_ids_that_were_sent_as_integers_are_the_same_ids() -> None:
    bridge = server("bridge", "POST", at=(250, 800), attributes={"n8n.execution.id": 7})
    assert traces_together(*N8N, bridge) == {together("n8n", "bridge")}


@pytest.mark.parametrize("late_by", [-6_000, 1_000 + HOUR + 10])
def test_an_id_at_another_time_is_another_execution(late_by: int) -> None:
    """n8n counts from 1 again when it is reset."""
    bridge = server("bridge", "POST", at=(late_by, late_by + 10), attributes=execution("7", "w1"))
    assert traces_together(*N8N, bridge) == {together("n8n"), together("bridge")}


def test_a_queued_job_may_run_after_the_execution() -> None:
    """Within the hour."""
    worker = server("worker", "job", at=(HOUR - 10, HOUR), attributes=execution("7", "w1"))
    assert traces_together(*N8N, worker) == {together("n8n", "worker")}


def test_executions_of_one_workflow_are_apart() -> None:
    """They share n8n.workflow.id and nothing else."""
    other = workflow("other", "other run", "8", at=(0, 1_000))
    bridge = server("bridge", "POST", at=(250, 800), attributes=execution("7", "w1"))
    assert traces_together(*N8N, other, bridge) == {together("n8n", "bridge"), together("other")}


def test_an_id_with_another_workflow_is_another_execution() -> None:
    """Two n8n count alike; their workflows have ids of their own."""
    bridge = server("bridge", "POST", at=(250, 800), attributes=execution("7", "w2"))
    assert traces_together(*N8N, bridge) == {together("n8n"), together("bridge")}


def two_instances(*, workflow_id: str | None) -> list[Row]:
    return [
        workflow("a", "run a", "7", workflow_id="wa", instance="a", at=(0, 1_000)),
        workflow("b", "run b", "7", workflow_id="wb", instance="b", at=(0, 1_000)),
        server("bridge", "POST", at=(250, 800), attributes=execution("7", workflow_id)),
    ]


def test_the_workflow_tells_instances_with_equal_execution_ids_apart() -> None:
    assert traces_together(*two_instances(workflow_id="wb")) == {together("a"), together("b", "bridge")}


def test_where_nothing_tells_them_apart_both_are_shown_and_none_is_chosen() -> None:
    """In the stories of all three."""
    told = stories(*two_instances(workflow_id=None))
    assert [len(story.trace_ids) for story in told] == [1, 1, 1]
    assert not any(story.edges for story in told)
    of_bridge = next(story for story in told if story.story_id == trace_id("bridge"))
    assert {edge.from_span_id for edge in of_bridge.possible_edges} == {span_id("run a"), span_id("run b")}
    assert all(story.possible_edges for story in told)


def test_a_surer_join_of_the_same_trace_settles_which_is_meant() -> None:
    """The worker's span links to a bridge whose workflow is known."""
    rows = two_instances(workflow_id="wb")
    worker = server(
        "worker", "job", at=(300, 400), links=[("bridge", "POST")], attributes=execution("7"), service_name="worker"
    )
    assert traces_together(*rows, worker) == {together("a"), together("b", "bridge", "worker")}


def test_queue_modes_two_spans_are_one_execution() -> None:
    """Main in one trace, worker in another."""
    main = workflow("main", "main", "7", at=(0, 20), instance="i")
    worker = workflow("worker", "half", "7", at=(30, 500), instance="i")
    assert calls(main, worker) == {call(EXECUTION_ID, "main", "half")}


@pytest.mark.parametrize(("instance", "workflow_id"), [("other", "w1"), ("i", "w2")])
def test_equal_ids_of_other_instances_or_workflows_are_not_one_execution(instance: str, workflow_id: str) -> None:
    """A copy of an n8n has its workflows' ids, but an id of its own."""
    one = workflow("one", "one", "7", at=(0, 20), instance="i")
    other = workflow("other", "two", "7", at=(5, 500), instance=instance, workflow_id=workflow_id)
    assert traces_together(one, other) == {together("one"), together("other")}


def test_calls_of_an_execution_that_told_nothing_are_joined_with_each_other() -> None:
    """n8n without OpenTelemetry, not asked over REST: the later is joined to the one before, no call."""
    rows = [server(f"b{n}", f"POST {n}", at=(n * 100, n * 100 + 50), attributes=execution("7", "w1")) for n in range(3)]
    assert traces_together(*rows) == {together("b0", "b1", "b2")}
    assert call(EXECUTION_ID, "POST 0", "POST 1") in calls(*rows)


def test_of_an_unseen_execution_an_id_alone_joins_nothing() -> None:
    """Without the workflow, the same number may be of another n8n."""
    rows = [server(f"b{n}", f"POST {n}", attributes=execution("7")) for n in range(2)]
    assert traces_together(*rows) == {together("b0"), together("b1")}


def test_the_error_workflow_brings_no_other_run_along() -> None:
    """It shares the failed run's trace, with an execution id of its own."""
    failed = workflow("n8n", "failed", "7", at=(0, 100))
    reaction = workflow("n8n", "reaction", "8", workflow_id="w9", parent="failed", at=(110, 200))
    again = workflow("next", "next failed", "9", at=(50, 100))
    its_reaction = workflow("next", "next reaction", "10", workflow_id="w9", parent="next failed", at=(110, 200))
    assert traces_together(failed, reaction, again, its_reaction) == {together("n8n"), together("next")}
