"""What is answered to all that a real n8n sent, alone and with its bridge instrumented."""

import pytest

from correlator import semconv
from correlator.correlate.assemble import assemble
from correlator.correlate.error_chain import error_chains
from correlator.explain import explain_trace
from correlator.model.finding import Finding
from tests.unit.correlate.n8n_recordings import QUEUE, REGULAR, bridge_spans, recorded_traces


def _findings(name: str, *, with_bridge: bool) -> dict[str, Finding]:
    bridge = bridge_spans() if with_bridge else {}
    findings = {}
    for trace_id, spans in recorded_traces(name).items():
        trace = assemble(trace_id, [*spans, *bridge.get(trace_id, [])])
        findings[trace_id] = explain_trace(trace, error_chains(trace))
    return findings


@pytest.mark.parametrize("name", [REGULAR, QUEUE])
@pytest.mark.parametrize("with_bridge", [False, True])
def test_every_trace_gets_one_sentence(name, with_bridge):
    """A cause with evidence and a path, or an abstention with the reason."""
    for finding in _findings(name, with_bridge=with_bridge).values():
        assert finding.summary.endswith(".")
        assert finding.abstained != bool(finding.candidates)
        for candidate in finding.candidates:
            assert candidate.evidence
            assert candidate.path[-1].role == "cause"


@pytest.mark.parametrize("name", [REGULAR, QUEUE])
def test_accuses_nobody_for_a_call_to_a_bridge_that_sends_nothing(name):
    """n8n alone is the cause only where its own code threw."""
    for finding in _findings(name, with_bridge=False).values():
        for candidate in finding.candidates:
            assert candidate.error_type == "WrappedExecutionError"


def test_accuses_the_bridge_once_it_is_instrumented():
    """Of each trace in which it answered 500."""
    failing = {
        trace_id
        for trace_id, spans in bridge_spans().items()
        if any(span.attributes[semconv.HTTP_RESPONSE_STATUS_CODE] >= 500 for span in spans)
    }
    findings = _findings(REGULAR, with_bridge=True) | _findings(QUEUE, with_bridge=True)
    accused = {trace_id: findings[trace_id].candidates[0].component for trace_id in failing & set(findings)}
    assert len(accused) > 10
    assert set(accused.values()) == {"bridge"}
