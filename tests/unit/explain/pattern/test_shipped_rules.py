"""The shipped rules on what a real n8n and its bridge sent: they fit what they name, and nothing else."""

from collections import Counter

import pytest

from correlator import semconv
from correlator.correlate.assemble import assemble
from correlator.pipeline.patterns.files import read_files, shipped_folder
from correlator.pipeline.patterns.patterns import patterns_of
from tests.unit.correlate.n8n_recordings import QUEUE, REGULAR, bridge_spans, recorded_traces

RULES = [each.rule for each in read_files([shipped_folder()])[0] if each.rule.scope == "story"]
CONTINUED = "failure-hidden-by-continue-on-error"


def matches_in(name: str, *, with_bridge: bool) -> Counter[tuple[str, str]]:
    """How often each rule fits the traces of each workflow that calls the bridge, by (workflow, rule)."""
    bridge = bridge_spans() if with_bridge else {}
    found: Counter[tuple[str, str]] = Counter()
    for trace_id, spans in recorded_traces(name).items():
        trace = assemble(trace_id, [*spans, *bridge.get(trace_id, [])])
        names = {str(each.attributes.get(semconv.N8N_WORKFLOW_NAME, "")) for each in spans}
        workflow = max(names - {"lab-error-workflow"}, default="")
        found.update((workflow, match.rule_id) for match in patterns_of(RULES, trace))
    return found


def test_they_fit_the_recorded_stories_that_they_name() -> None:
    """Six executions went on in spite of a 500. No other of 58 stories is taken for one."""
    assert matches_in(REGULAR, with_bridge=True) == {("lab-bridge-500-continue", CONTINUED): 6}


@pytest.mark.parametrize("name", [REGULAR, QUEUE])
def test_without_the_bridges_side_they_claim_nothing(name: str) -> None:
    """What only the bridge saw cannot be known without it."""
    assert not matches_in(name, with_bridge=False)
