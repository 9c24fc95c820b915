"""The stories in tests/scenarios/error_chain, what a real n8n sent, and the bounds."""

import re

import pytest

from correlator import semconv
from correlator.correlate.assemble import assemble
from correlator.correlate.error_chain import error_chains
from correlator.model.error_chain import ErrorChain
from correlator.model.span import Span
from tests.unit.correlate.n8n_recordings import QUEUE, REGULAR, bridge_spans, recorded_traces
from tests.unit.correlate.scenario import arrivals, chain_text, read_scenario, scenario_names
from tests.unit.correlate.story import TRACE_ID, span, span_id, workflow

# What each recorded workflow's chain must be, by the workflow's name: its operations from outside in, the cause last.
# Those that are not here ended well, or were cancelled. NOTES.md of the recording has the reasons.
REGULAR_CHAINS = {
    "lab-bridge-500": ["lab-bridge-500", "Call Bridge"],
    "lab-bridge-500-retry": ["lab-bridge-500-retry", "Call Bridge"],
    "lab-bridge-timeout": ["lab-bridge-timeout", "Call Bridge"],
    "lab-code-throws": ["lab-code-throws", "Boom"],
}
BRIDGE_TOLD = {"lab-bridge-500", "lab-bridge-500-retry"}
HANDLED = {"lab-bridge-500-continue"}


@pytest.mark.parametrize("name", scenario_names())
def test_a_story_gives_the_chains_it_states(name: str) -> None:
    """Each story's chains, in their order, are those written below it, however its records arrive."""
    scenario = read_scenario(name)
    for spans, logs in arrivals(scenario):
        chains = error_chains(assemble(TRACE_ID, spans, logs))
        assert [chain_text(chain) for chain in chains] == list(scenario.expected)


@pytest.mark.parametrize(("recording", "workflow_spans"), [(REGULAR, 1), (QUEUE, 2)])
def test_a_recorded_failure_leads_to_the_failing_node(recording: str, workflow_spans: int) -> None:
    """Without a bridge that reports, n8n's node is as deep as one can see; queue mode has one workflow span more."""
    for trace_id, spans in recorded_traces(recording).items():
        name = _workflow_name(spans)
        expected = REGULAR_CHAINS.get(name)
        chains = error_chains(assemble(trace_id, spans))
        if expected is None:
            assert chains == ()
            continue
        (chain,) = chains
        assert [link.operation for link in chain.links] == [expected[0]] * workflow_spans + expected[1:]
        assert chain.effect == "failed"
        assert chain.cause == len(chain.links) - 1
        assert all(link.is_echo for link in chain.links[:-1])


def test_a_recorded_call_leads_on_to_the_bridge_that_failed_it() -> None:
    """With the bridge's spans for the calls that it was recorded to get, the cause is the bridge; n8n is its victim."""
    bridge = bridge_spans()
    seen = set()
    for trace_id, spans in recorded_traces(REGULAR).items():
        name = _workflow_name(spans)
        chains = error_chains(assemble(trace_id, spans + bridge.get(trace_id, [])))
        if name in BRIDGE_TOLD:
            assert _operations(chains) == [[*REGULAR_CHAINS[name], "POST /jobs/fail"]]
            assert chains[0].effect == "failed"
        if name in HANDLED:
            assert _operations(chains) == [["POST /jobs/fail"]]
            assert chains[0].effect == "handled"
        seen.add(name)
    assert seen >= BRIDGE_TOLD | HANDLED


def test_the_recordings_hold_every_failing_workflow() -> None:
    """The tables above are tried, not merely stated."""
    for recording in (REGULAR, QUEUE):
        names = {_workflow_name(spans) for spans in recorded_traces(recording).values()}
        assert names >= set(REGULAR_CHAINS)


def test_a_trace_without_spans_has_no_chain() -> None:
    """Empty in, empty out."""
    assert error_chains(assemble(TRACE_ID, [])) == ()


def test_a_chain_of_ten_thousand_calls_is_followed_to_its_end() -> None:
    """Depth is bounded by memory, not by the stack, and costs no more than the spans there are."""
    depth = 10_000
    spans = [
        span(f"{index:x}", "bridge", parent=f"{index - 1:x}" if index else None, raised=("ValueError", "boom boom"))
        for index in range(depth)
    ]
    (chain,) = error_chains(assemble(TRACE_ID, spans))
    assert len(chain.links) == depth
    assert chain.links[chain.cause].span_id == span_id(f"{depth - 1:x}")


def test_many_like_failures_are_told_once() -> None:
    """A loop whose every call failed and was survived gives one chain, the earliest's."""
    calls = [
        span(f"c{index}", "bridge", parent="all", name="call", start=index, end=index + 1, raised=("E", f"no {index}"))
        for index in range(200)
    ]
    chains = error_chains(assemble(TRACE_ID, [workflow("all"), *calls]))
    assert [(chain.effect, chain.links[0].span_id) for chain in chains] == [("handled", span_id("c0"))]


def test_a_link_to_an_earlier_attempt_is_no_call() -> None:
    """A job's second attempt links to the first: the first failed and was made good, it did not call the second."""
    spans = [
        span(
            "first", "worker", name="process", kind=semconv.KIND_CONSUMER, end=10, raised=("ValueError", "no address")
        ),
        span("second", "worker", name="process", kind=semconv.KIND_CONSUMER, start=20, end=30, links=("first",)),
    ]
    (chain,) = error_chains(assemble(TRACE_ID, spans))
    assert (chain.effect, len(chain.links)) == ("handled", 1)


def test_links_that_go_in_a_circle_end() -> None:
    """Two spans that link to each other cannot both have been called by the other."""
    spans = [
        span("left", "a", kind=semconv.KIND_CONSUMER, raised=("E", "one reason"), links=("right",)),
        span("right", "b", kind=semconv.KIND_CONSUMER, start=1, raised=("E", "other reason"), links=("left",)),
    ]
    chains = error_chains(assemble(TRACE_ID, spans))
    assert sorted(link.span_id for chain in chains for link in chain.links) == sorted(one.span_id for one in spans)


def _operations(chains: tuple[ErrorChain, ...]) -> list[list[str]]:
    return [[link.operation for link in chain.links] for chain in chains]


def _workflow_name(spans: list[Span]) -> str:
    """Of the execution itself, rather than of its sub- or error workflow; empty where n8n was killed before it told."""
    own = [one for one in spans if one.attributes.get(semconv.N8N_EXECUTION_MODE) in ("webhook", "trigger", "retry")]
    names = {re.sub(r"\s", "", str(one.attributes[semconv.N8N_WORKFLOW_NAME])) for one in own}
    assert len(names) <= 1
    return names.pop() if names else ""
