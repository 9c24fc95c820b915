"""The stories in tests/scenarios/root_cause: what an engineer is told."""

import pytest

from correlator.correlate.assemble import assemble
from correlator.correlate.error_chain import error_chains
from correlator.explain import explain_trace
from correlator.model.finding import Finding
from tests.unit.correlate.scenario import arrivals, read_scenario, scenario_names
from tests.unit.correlate.story import TRACE_ID

FOLDER = "root_cause"


def findings(name: str) -> list[Finding]:
    """What is said of a story's records as told, and backwards."""
    scenario = read_scenario(name, FOLDER)
    traces = [assemble(TRACE_ID, spans, logs) for spans, logs in arrivals(scenario)]
    return [explain_trace(trace, error_chains(trace)) for trace in traces]


@pytest.mark.parametrize("name", scenario_names(FOLDER))
def test_a_story_is_explained_as_it_states(name: str) -> None:
    """The sentence and the alternatives written below it, however its records arrive."""
    expected = list(read_scenario(name, FOLDER).expected)
    for finding in findings(name):
        assert [finding.summary, *(f"or: {each}" for each in finding.alternatives)] == expected


def test_a_refusal_may_be_either_sides_fault() -> None:
    """The callee is accused, less surely than a failure of its own would be, and the sender of the request is named."""
    refused, failed = findings("bridge_refuses_the_request")[0], findings("failed_after_a_wait")[0]
    assert refused.candidates[0].confidence <= failed.candidates[0].confidence / 2
    assert [each.observed for each in refused.candidates[0].evidence if "sender" in each.subject] == ["n8n Call Bridge"]
