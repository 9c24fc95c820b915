"""Which executions and traces belong to which story."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from tests.corpus.plan import plan
from tests.corpus.truth import labels_of, story_of_document, trace_id_of

CASES = plan()[:2]
ONE, OTHER = (case.story for case in CASES)
TRACE, TRACE_2 = "a" * 32, "b" * 32


def document(story: str = "", trace_id: str = "", **more: Any) -> dict[str, Any]:
    """An execution as n8n's API tells it, of a webhook that was called with the label `story`."""
    item = {"json": {"headers": {"x-demo-story": story, "host": "n8n"}}}
    run_data = {"Webhook": [{"data": {"main": [[item]]}}]} if story else {}
    context = {"tracingContext": {"traceparent": f"00-{trace_id}-{'1' * 16}-01"}} if trace_id else {}
    return {"data": {"resultData": {"runData": run_data}}, **context, **more}


def told(story: str, trace_id: str) -> str:
    """A line of the file that bridge and workers write."""
    return json.dumps({"story": story, "trace_id": trace_id, "span_id": "1" * 16, "system": "bridge"})


def label(
    executions: dict[str, Any], lines: Sequence[str] = (), story: str = ONE
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The traces and the executions that are `story`'s."""
    (found,) = (each for each in labels_of(CASES, executions, lines) if each.story == story)
    return found.trace_ids, found.execution_ids


def test_each_case_has_one_label_with_its_plan() -> None:
    """Also one that nothing was heard of."""
    labels = labels_of(CASES, {}, [])
    assert [each.story for each in labels] == sorted([ONE, OTHER])
    assert {(each.breakage, each.fault, each.causes) for each in labels} == {
        (case.breakage, case.fault, case.causes) for case in CASES
    }


def test_an_execution_is_of_the_story_in_its_headers() -> None:
    """And so is the trace that n8n says it is of."""
    assert label({"7": document(ONE, TRACE), "8": document(OTHER, TRACE_2)}) == ((TRACE,), ("7",))


def test_a_retried_execution_is_of_the_first_ones_story() -> None:
    """It began at the node that failed: no header is in its data."""
    assert label({"7": document(ONE, TRACE), "10": document(trace_id=TRACE_2, retryOf="7")}) == (
        (TRACE, TRACE_2),
        ("7", "10"),
    )


def test_an_error_workflow_is_of_the_failed_executions_story() -> None:
    """Its trigger names the execution that failed."""
    trigger = {"Error Trigger": [{"data": {"main": [[{"json": {"execution": {"id": "7"}}}]]}}]}
    executions = {"7": document(ONE), "9": {"data": {"resultData": {"runData": trigger}}}}
    assert label(executions)[1] == ("7", "9")


def test_a_sub_workflow_is_of_its_parents_story() -> None:
    """Its data names the execution that called it."""
    child = {"data": {"parentExecution": {"executionId": "7"}, "resultData": {"runData": {}}}}
    assert label({"7": document(ONE), "8": child})[1] == ("7", "8")


def test_an_execution_without_data_is_of_its_traces_story() -> None:
    """A crash takes the data; the bridge, called before, had noted the trace."""
    crashed = {"data": {}, "tracingContext": document(trace_id=TRACE)["tracingContext"]}
    assert label({"7": crashed}, [told(ONE, TRACE)]) == ((TRACE,), ("7",))


def test_a_trace_that_bridge_or_worker_noted_is_the_storys() -> None:
    """Where the context was dropped, n8n knows nothing of it."""
    assert label({}, [told(ONE, TRACE), told(ONE, TRACE), told("", TRACE_2)]) == ((TRACE,), ())


def test_a_trace_of_two_stories_is_refused() -> None:
    """A label that says two things says nothing: neither two notes may disagree, nor a note and an execution."""
    with pytest.raises(ValueError, match=f"trace {TRACE} is of {ONE} and, by bridge and worker, of {OTHER}"):
        labels_of(CASES, {}, [told(ONE, TRACE), told(OTHER, TRACE)])
    with pytest.raises(ValueError, match=f"trace {TRACE} is of {ONE} and, by execution 7, of {OTHER}"):
        labels_of(CASES, {"7": document(OTHER, TRACE)}, [told(ONE, TRACE)])


def test_what_says_nothing_has_no_story_and_no_trace() -> None:
    """An empty label is none."""
    assert story_of_document({"data": {"headers": {"x-demo-story": ""}}}) is None
    assert trace_id_of({"tracingContext": None}) is None
