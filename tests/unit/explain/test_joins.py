"""A cause that is reached over a join of traces is no surer than the join, and says so."""

import pytest

from correlator.correlate.error_chain import error_chains
from correlator.correlate.stitch import UNMEASURED, Precisions, measured, stitch, story_trace
from correlator.explain import explain_trace
from correlator.explain.confidence import UNMEASURED_JOIN
from correlator.model.finding import Finding
from tests.unit.correlate.stitch.records import Row, execution, node, server, tables, trace_id, workflow

CALLS = (
    workflow("n8n", "run", "7", at=(0, 1_000), is_error=True, attributes={"n8n.execution.status": "error"}),
    node("n8n", "call", "run", at=(200, 900), is_error=True),
)
FAILS = {"at": (250, 800), "is_error": True}
MEASURED = Precisions(methods={"execution_id": measured(412, 408), "span_link": measured(50, 49)})


def explained(*rows: Row, precisions: Precisions) -> Finding:
    records = tables(rows)
    (story,) = stitch(records, precisions)
    trace = story_trace(story, records, precisions)
    return explain_trace(trace, error_chains(trace))


def bridge(trace: str, **given: object) -> Row:
    """A bridge that failed for a reason of its own: of the same trace when the context arrived."""
    failed = server(trace, "POST", **{**FAILS, **given})  # type: ignore[arg-type]
    told = '[{"time_unix_nano":1,"name":"exception","attributes":{"exception.type":"DiskFull","exception.message":"no room left"}}]'
    return failed | {"events": told}


WHOLE = explained(*CALLS, bridge("n8n", parent="call"), precisions=MEASURED)


@pytest.mark.parametrize(
    ("precisions", "share", "told"),
    [
        (MEASURED, 408 / 412, "right in 0.99 of 412 measured joins"),
        (UNMEASURED, UNMEASURED_JOIN, "how often such a join is right was not measured"),
    ],
)
def test_a_heuristic_join_lowers_confidence_to_what_was_measured(
    precisions: Precisions, share: float, told: str
) -> None:
    """Beside the same failure in one trace."""
    finding = explained(*CALLS, bridge("bridge", attributes=execution("7", "w1")), precisions=precisions)
    (cause, *_), (whole, *_) = finding.candidates, WHOLE.candidates
    assert (cause.component, whole.component) == ("bridge", "bridge")
    assert cause.confidence == pytest.approx(whole.confidence * share)
    (join,) = [each for each in cause.evidence if "joined to" in each.subject]
    assert join.subject == "bridge POST joined to n8n call by execution_id"
    assert join.observed == told
    assert join.link == f"/api/v1/traces/{trace_id('bridge')}"


def test_within_one_trace_nothing_is_said_of_joins() -> None:
    assert not any("joined to" in each.subject for each in WHOLE.candidates[0].evidence)


def test_what_a_sender_stated_holds_until_it_is_measured() -> None:
    """A span link is no guess."""
    linked = bridge("bridge", links=[("n8n", "call")])
    (whole,), (stated, *_) = (
        WHOLE.candidates[:1],
        explained(*CALLS, linked, precisions=UNMEASURED).candidates,
    )
    assert stated.confidence == pytest.approx(whole.confidence)
    assert explained(*CALLS, linked, precisions=MEASURED).candidates[0].confidence == pytest.approx(
        whole.confidence * 0.98
    )


def test_the_path_names_the_trace_of_each_step() -> None:
    finding = explained(*CALLS, bridge("bridge", attributes=execution("7", "w1")), precisions=MEASURED)
    steps = [(step.component, step.trace_id) for step in finding.candidates[0].path]
    assert (steps[0], steps[-1]) == (("n8n", trace_id("n8n")), ("bridge", trace_id("bridge")))


def test_callers_that_nothing_tells_apart_are_a_missing_signal() -> None:
    runs = [workflow(f"n{n}", f"run {n}", "7", workflow_id=f"w{n}", at=(0, 1_000)) for n in range(2)]
    records = tables([*runs, bridge("bridge", attributes=execution("7"))])
    story = next(it for it in stitch(records, UNMEASURED) if it.story_id == trace_id("bridge"))
    trace = story_trace(story, records, UNMEASURED)
    finding = explain_trace(trace, error_chains(trace))
    assert "the trace context of the call to bridge POST: 2 traces fit" in finding.missing_signals


def test_a_story_in_which_nothing_failed_says_so() -> None:
    healthy = (workflow("n8n", "run", "7"), server("bridge", "POST", at=(10, 20), attributes=execution("7", "w1")))
    assert explained(*healthy, precisions=UNMEASURED).summary == "nothing failed in this story of 2 traces."
