"""A story of several traces as one trace."""

from correlator import semconv
from correlator.correlate.causality import causality_of
from correlator.correlate.stitch import UNMEASURED, stitch, story_trace
from correlator.model.marks import Mark
from correlator.model.trace import EXECUTION_ID, JOB_KEY, RETRY_OF, SAME_TRACE_ID, TRACING_CONTEXT, Trace
from tests.unit.correlate.stitch.records import (
    Row,
    call,
    consumer,
    execution,
    log,
    node,
    producer,
    server,
    span,
    span_id,
    tables,
    trace_id,
    workflow,
)

N8N = (workflow("n8n", "run", "7", at=(0, 1_000)), node("n8n", "call", "run", at=(200, 900)))
BRIDGE = (
    server("bridge", "POST", at=(250, 800), attributes=execution("7", "w1")),
    producer("bridge", "send", "j1", parent="POST", at=(260, 270)),
)
WORKER = (consumer("worker", "process", "j1", at=(300, 700)),)
STORY = (*N8N, *BRIDGE, *WORKER)


def whole(*rows: Row) -> Trace:
    """The one story of these rows."""
    records = tables(rows)
    (story,) = stitch(records, UNMEASURED)
    return story_trace(story, records, UNMEASURED)


def test_it_holds_all_records_and_says_how_they_were_joined() -> None:
    loose = log(9, "n8n", attributes=execution("7"))
    trace = whole(*STORY, log(1, "bridge", trace="bridge", on="POST"), loose)
    assert len(trace.spans) == 5
    assert [it.position for it in trace.logs] == [1, 9]
    assert trace.trace_ids == tuple(sorted(map(trace_id, ("n8n", "bridge", "worker"))))
    assert trace.story_id == trace.trace_id == trace.trace_ids[0]
    assert {(edge.method, edge.from_span_id, edge.to_span_id) for edge in trace.edges} == {
        call(SAME_TRACE_ID, "run", "call"),
        call(SAME_TRACE_ID, "POST", "send"),
        call(EXECUTION_ID, "call", "POST"),
        call(JOB_KEY, "send", "process"),
    }


def test_calls_go_on_across_traces() -> None:
    """The worker's job is detached: nobody waits for it."""
    causality = causality_of(whole(*STORY))
    assert causality.callers[span_id("POST")] == span_id("call")
    assert causality.callers[span_id("process")] == span_id("send")
    assert causality.detached == {span_id("process")}
    assert {head for head in causality.order if head not in causality.callers} == {span_id("run")}
    assert {edge.method for edge in causality.joins.values()} == {EXECUTION_ID, JOB_KEY}


def test_a_retry_is_later_work_and_no_callee() -> None:
    retry = workflow("retry", "retry", "8", at=(5_000, 6_000), attributes={semconv.N8N_EXECUTION_RETRY_OF: "7"})
    trace = whole(*N8N, retry)
    assert RETRY_OF in {edge.method for edge in trace.edges}
    assert span_id("retry") not in causality_of(trace).callers


def test_records_that_only_name_one_execution_do_not_call_each_other() -> None:
    trace = whole(*(server(f"b{n}", f"POST {n}", at=(n, n + 1), attributes=execution("7", "w1")) for n in range(2)))
    assert not causality_of(trace).callers


def test_the_parts_of_an_execution_that_waited_do_not_call_each_other() -> None:
    before = workflow("before", "before", "7", at=(0, 10))
    after = workflow("after", "after", "7", at=(5_000, 5_010))
    trace = whole(before, after)
    assert trace.edges
    assert not causality_of(trace).callers


def test_a_span_id_that_two_traces_share_stays_two_spans() -> None:
    """Children stay with their own; logs, links and joins follow."""
    first, second = sorted(("bridge", "n8n"), key=trace_id)
    twin = {"n8n": "run", "bridge": "POST"}
    rows = [dict(row) for row in (*N8N, *BRIDGE)]
    for row in rows:  # both heads get one id
        for column in ("span_id", "parent_span_id"):
            if row[column] in {bytes.fromhex(span_id(label)) for label in twin.values()}:
                row[column] = b"same id!"
    noted = log(1, second, trace=second) | {"span_id": b"same id!"}
    trace = whole(*rows, noted)
    heads = [it for it in trace.spans if it.trace_id == trace_id(first) and it.parent_span_id is None]
    others = [it for it in trace.spans if it.trace_id == trace_id(second) and it.parent_span_id is None]
    assert heads[0].span_id == b"same id!".hex()
    assert others[0].span_id != heads[0].span_id
    assert {it.trace_id for it in trace.spans if it.parent_span_id == others[0].span_id} == {trace_id(second)}
    assert trace.logs[0].span_id == others[0].span_id
    ids = {it.span_id for it in trace.spans}
    assert len(ids) == 4
    assert all({edge.from_span_id, edge.to_span_id} <= ids for edge in trace.edges)


def test_an_orphan_is_not_adopted_by_another_trace() -> None:
    """Its parent's id is in another trace by chance."""
    orphan = span("bridge", "orphan", "bridge", parent="run", at=(260, 270))
    trace = whole(*N8N, *BRIDGE, orphan)
    assert span_id("orphan") in trace.orphans


def test_spans_that_another_told_of_are_known_by_the_tracing_context() -> None:
    """Until the sender's own are there, the nodes of which have other ids."""
    retold = [
        workflow("n8n", "run", "7", marks=Mark.RECONSTRUCTED, at=(0, 1_001)),
        node("n8n", "rebuilt", "run", marks=Mark.RECONSTRUCTED, at=(200, 900), attributes={"n8n.node.name": "call"}),
        node("n8n", "lost", "run", marks=Mark.RECONSTRUCTED, at=(0, 100)),
    ]
    bridge = server("n8n", "POST", parent="run", at=(250, 800))
    assert {edge.method for edge in whole(*retold, bridge).edges} == {TRACING_CONTEXT}
    trace = whole(*retold, bridge, *N8N)
    assert {it.span_id for it in trace.spans} == {span_id(label) for label in ("run", "call", "lost", "POST")}
    assert {edge.method for edge in trace.edges if edge.to_span_id == span_id("POST")} == {SAME_TRACE_ID}


def test_a_log_record_that_was_sent_twice_is_one() -> None:
    """By log.record.uid, whatever positions it came in at."""
    uid = {"log.record.uid": "u1"}
    twice = [log(number, "n8n", trace="n8n", attributes=uid) for number in (1, 2)]
    other = log(3, "n8n", trace="n8n", attributes={"log.record.uid": "u2"})
    assert [it.position for it in whole(*N8N, *twice, other).logs] == [1, 3]
