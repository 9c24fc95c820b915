"""Each way in which spans come wrong, one by one; tests/property/test_assemble.py has them all at once."""

from dataclasses import replace

from correlator.correlate.assemble import assemble
from correlator.model.trace import SAME_TRACE_ID, SPAN_LINK, Edge
from tests.unit.correlate.n8n_recordings import QUEUE, REGULAR, bridge_spans, recorded_traces
from tests.unit.correlate.story import TRACE_ID, log, node, span, span_id, workflow


def test_a_child_that_came_first_finds_its_parent() -> None:
    """n8n exports a workflow's span last: minutes after those of its nodes."""
    trace = assemble(TRACE_ID, [span("child", "n8n", parent="root", start=1), span("root", "n8n")])
    assert trace.roots == (span_id("root"),)
    assert trace.children == {span_id("root"): (span_id("child"),)}
    assert trace.edges == (Edge(span_id("root"), span_id("child"), SAME_TRACE_ID, None),)


def test_of_a_span_sent_twice_the_one_that_ended_last_is_kept() -> None:
    """A span that was exported while it ran, and again when it had ended."""
    early, late = span("root", "n8n", end=5), span("root", "n8n", end=90)
    assert assemble(TRACE_ID, [late, early]) == assemble(TRACE_ID, [early, late])
    assert assemble(TRACE_ID, [early, late]).spans == (late,)


def test_of_a_span_that_differs_only_in_content_the_same_one_is_kept_in_any_order() -> None:
    """Ties go to the content, never to the arrival."""
    one, other = span("root", "n8n", attributes={"a": 1}), span("root", "n8n", attributes={"a": 2})
    assert assemble(TRACE_ID, [one, other]).spans == assemble(TRACE_ID, [other, one]).spans == (other,)


def test_a_span_whose_parent_is_missing_is_an_orphan_and_a_root() -> None:
    """After a kill -9 the workflow's span never comes, its nodes' do."""
    trace = assemble(TRACE_ID, [node("Webhook", parent="never sent"), workflow("On error", start=5)])
    assert trace.roots == (span_id("Webhook"), span_id("On error"))
    assert trace.orphans == (span_id("Webhook"),)
    assert trace.missing_parents == (span_id("never sent"),)


def test_a_span_that_is_its_own_parent_is_a_root() -> None:
    """It has a parent that is here, so it is no orphan."""
    trace = assemble(TRACE_ID, [span("self", "n8n", parent="self")])
    assert (trace.roots, trace.orphans, trace.children, trace.edges) == ((span_id("self"),), (), {}, ())


def test_a_cycle_of_parents_is_cut_above_its_earliest_span() -> None:
    """The others of the cycle stay below it, and so does what hangs on the cycle."""
    spans = [
        span("a", "n8n", parent="c", start=2),
        span("b", "n8n", parent="a", start=1),
        span("c", "n8n", parent="b", start=3),
        span("leaf", "n8n", parent="c", start=4),
    ]
    trace = assemble(TRACE_ID, spans)
    assert trace.roots == (span_id("b"),)
    assert trace.orphans == ()
    assert trace.children[span_id("c")] == (span_id("a"), span_id("leaf"))


def test_three_calls_of_one_node_are_three_children() -> None:
    """n8n's retryOnFail sends the same span id as the parent of every attempt."""
    calls = [span(f"try{attempt}", "bridge", parent="Call Bridge", start=attempt) for attempt in range(3)]
    trace = assemble(TRACE_ID, [node("Call Bridge"), *calls])
    assert trace.children[span_id("Call Bridge")] == tuple(call.span_id for call in calls)


def test_a_link_within_the_trace_is_an_edge_of_its_own_kind() -> None:
    """A link never passes for a parent; one to another trace, to nothing or to itself is no edge."""
    linking = span("job", "worker", start=9, links=("queued", "absent", "job", "queued"))
    elsewhere = replace(linking.links[0], trace_id="f" * 32)
    trace = assemble(TRACE_ID, [span("queued", "bridge"), replace(linking, links=(*linking.links, elsewhere))])
    assert trace.edges == (Edge(span_id("queued"), span_id("job"), SPAN_LINK, None),)
    assert trace.roots == (span_id("queued"), span_id("job"))


def test_logs_are_ordered_by_time_and_kept_once() -> None:
    """The same record read twice is one; two records that only look alike differ in their position."""
    later, earlier = log("second", "bridge", at=9), log("first", "bridge", at=3)
    again = replace(earlier, position=77)
    assert assemble(TRACE_ID, [], [later, earlier, later, again]).logs == (earlier, again, later)


def test_a_service_whose_clock_is_behind_starts_when_it_was_called() -> None:
    """Corrected starts order the spans; the spans keep the times that they came with."""
    root, call = span("root", "bridge", start=1_000, end=1_400), span("call", "bridge", parent="root", start=1_010)
    job = span("job", "worker", parent="call", start=10, end=300)
    trace = assemble(TRACE_ID, [root, call, job])
    assert trace.clock_offset_nano == {"worker": 1_000_000_000}
    assert trace.start_of(job) == call.start_time_unix_nano
    assert trace.spans == (root, call, job)


def test_every_recorded_trace_is_assembled_whole() -> None:
    """Every span of a real n8n is in its trace, once, with the bridge's spans below the nodes that called."""
    bridge = bridge_spans()
    for recording in (REGULAR, QUEUE):
        for trace_id, spans in recorded_traces(recording).items():
            every = spans + bridge.get(trace_id, [])
            trace = assemble(trace_id, every)
            assert {one.span_id for one in trace.spans} == {one.span_id for one in every}
            assert all(call.span_id not in trace.roots for call in bridge.get(trace_id, []))
            assert trace.clock_offset_nano == {}


def test_a_long_chain_of_parents_does_not_need_a_deep_stack() -> None:
    """Ten thousand spans, each the child of the one before."""
    spans = [span(f"{i:x}", "n8n", parent=f"{i - 1:x}" if i else None, start=i) for i in range(10_000)]
    assert len(assemble(TRACE_ID, spans[::-1]).edges) == 9_999
