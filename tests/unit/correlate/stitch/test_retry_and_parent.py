"""What n8n itself says of its executions: which retries which, which called which."""

from correlator.model.trace import PARENT_EXECUTION, RETRY_OF
from tests.unit.correlate.stitch.records import HOUR, call, calls, node, together, traces_together, workflow

FIRST = workflow("first", "first", "60", at=(0, 100))


def test_a_retry_is_of_the_story_of_what_it_retries() -> None:
    """A new trace, days later (an API retry)."""
    retry = workflow(
        "retry", "retry", "80", at=(48 * HOUR, 48 * HOUR + 100), attributes={"n8n.execution.retry_of": "60"}
    )
    assert calls(FIRST, retry) == {call(RETRY_OF, "first", "retry")}


def test_what_n8n_no_longer_had_it_cannot_have_retried() -> None:
    """It keeps executions for 14 days; the same number later is another's."""
    retry = workflow("retry", "retry", "80", at=(400 * HOUR, 400 * HOUR), attributes={"n8n.execution.retry_of": "60"})
    assert calls(FIRST, retry) == set()


def test_nothing_is_retried_before_it_has_failed_nor_in_another_workflow() -> None:
    named = {"n8n.execution.retry_of": "60"}
    before = workflow("before", "before", "50", at=(-60_000, -50_000), attributes=named)
    elsewhere = workflow("elsewhere", "elsewhere", "81", workflow_id="w2", at=(200, 300), attributes=named)
    assert calls(FIRST, before, elsewhere) == set()


def test_retries_of_an_execution_that_is_not_here_are_of_one_story() -> None:
    retries = [
        workflow(f"r{n}", f"retry {n}", f"8{n}", at=(n, n + 1), attributes={"n8n.execution.retry_of": "60"})
        for n in range(2)
    ]
    assert traces_together(*retries) == {together("r0", "r1")}


def test_a_sub_workflow_in_a_trace_of_its_own_is_joined_to_the_node_that_ran_it() -> None:
    """Rebuilt from REST, where neither has a tracing context."""
    runs = node("first", "run it", "first", node_type="n8n-nodes-base.executeWorkflow", at=(10, 90))
    sub = workflow("sub", "sub", "61", workflow_id="w2", at=(20, 80), attributes={"n8n.execution.parent_id": "60"})
    assert calls(FIRST, runs, sub) == {call(PARENT_EXECUTION, "run it", "sub")}


def test_a_parent_that_did_not_run_then_is_another() -> None:
    sub = workflow("sub", "sub", "61", at=(HOUR, HOUR + 1), attributes={"n8n.execution.parent_id": "60"})
    assert calls(FIRST, sub) == set()


def test_a_canceled_run_and_the_next_are_apart() -> None:
    """Started anew by hand: no retry, and nothing but the workflow in common."""
    canceled = workflow("canceled", "canceled", "70", attributes={"n8n.execution.status": "canceled"})
    again = workflow("again", "again", "71", at=(200, 300))
    assert traces_together(canceled, again) == {together("canceled"), together("again")}
