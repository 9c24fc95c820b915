"""GET stories, and traces as whole stories."""

import pytest

from tests.unit.serve.api import Api
from tests.unit.serve.broken_story import (
    BRIDGE_TRACE,
    EXECUTION,
    FROM,
    JOB,
    N8N_TRACE,
    TO,
    add_broken_story,
    make_broken_api,
)


@pytest.fixture
def broken_api() -> Api:
    return make_broken_api()


@pytest.mark.parametrize("trace_id", [N8N_TRACE, BRIDGE_TRACE])
def test_a_trace_is_answered_with_its_whole_story(broken_api: Api, trace_id: str) -> None:
    """Each span with its own trace id; the join with its method and what is known of its precision."""
    trace = broken_api.get(f"/api/v1/traces/{trace_id}").json()
    assert (trace["trace_id"], trace["story_id"]) == (trace_id, BRIDGE_TRACE)
    assert trace["trace_ids"] == [BRIDGE_TRACE, N8N_TRACE]
    assert {span["trace_id"] for span in trace["spans"]} == {BRIDGE_TRACE, N8N_TRACE}
    (join,) = [edge for edge in trace["edges"] if edge["from_trace_id"] != edge["to_trace_id"]]
    assert (join["from_trace_id"], join["to_trace_id"]) == (N8N_TRACE, BRIDGE_TRACE)
    assert (join["method"], join["precision"], join["measured_joins"]) == ("execution_id", None, 0)
    assert (trace["possible_edges"], trace["left_out"]) == ([], [])


def test_the_one_trace_is_answered_alone_when_asked_for(broken_api: Api) -> None:
    """Its edges name their trace all the same."""
    trace = broken_api.get(f"/api/v1/traces/{N8N_TRACE}?story=false").json()
    assert (trace["story_id"], trace["trace_ids"], len(trace["spans"])) == (N8N_TRACE, [N8N_TRACE], 2)
    assert {(edge["from_trace_id"], edge["method"]) for edge in trace["edges"]} == {(N8N_TRACE, "same_trace_id")}


def test_the_root_cause_is_that_of_the_story(broken_api: Api) -> None:
    """n8n's trace alone could not tell."""
    finding = broken_api.get(f"/api/v1/traces/{N8N_TRACE}/root-cause").json()
    assert finding["candidates"][0]["component"] == "worker"
    assert N8N_TRACE in finding["trace_ids"]


@pytest.mark.parametrize(
    "query",
    [
        f"execution_id={EXECUTION}",
        f"execution_id={EXECUTION}&workflow_id=orders",
        f"job_id={JOB}",
        f"job_id={JOB}&execution_id={EXECUTION}",
        f"execution_id={EXECUTION}&from={FROM}&to={TO}",
    ],
)
def test_a_story_is_found_by_what_an_engineer_has_in_hand(broken_api: Api, query: str) -> None:
    """Once, though both of its traces name the execution."""
    (story,) = broken_api.get(f"/api/v1/stories?{query}").json()["stories"]
    assert (story["story_id"], story["trace_ids"]) == (BRIDGE_TRACE, [BRIDGE_TRACE, N8N_TRACE])
    assert (story["name"], story["spans"], story["errors"]) == ("workflow.execute", 5, 4)
    assert (story["execution_ids"], story["job_ids"]) == ([EXECUTION], [JOB])
    assert story["services"] == ["bridge", "n8n", "worker"]


@pytest.mark.parametrize(
    "query",
    [
        "execution_id=18",
        f"execution_id={EXECUTION}&workflow_id=invoices",
        "job_id=none",
        f"execution_id={EXECUTION}&to=1",
    ],
)
def test_what_nobody_names_is_an_empty_list(broken_api: Api, query: str) -> None:
    """Absence is a normal answer."""
    assert broken_api.get(f"/api/v1/stories?{query}").json() == {"stories": []}


def test_executions_of_two_n8ns_are_two_stories_newest_first(broken_api: Api) -> None:
    """Their ids are small numbers; the workflow tells them apart."""
    add_broken_story(broken_api, 1, "invoices", at_s=40)
    found = broken_api.get(f"/api/v1/stories?execution_id={EXECUTION}").json()["stories"]
    assert len(found) == 2
    assert found[0]["start_time_unix_nano"] > found[1]["start_time_unix_nano"]
    one = broken_api.get(f"/api/v1/stories?execution_id={EXECUTION}&limit=1").json()["stories"]
    assert one == found[:1]
    (orders,) = broken_api.get(f"/api/v1/stories?execution_id={EXECUTION}&workflow_id=orders").json()["stories"]
    assert orders["story_id"] == BRIDGE_TRACE


def test_a_search_without_an_id_is_a_400_that_says_what_to_give(broken_api: Api) -> None:
    """A workflow alone has too many stories."""
    answer = broken_api.get("/api/v1/stories?workflow_id=orders")
    assert (answer.status_code, "execution_id or job_id" in answer.json()["detail"]) == (400, True)
