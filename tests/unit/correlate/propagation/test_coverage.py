"""How many calls came with their context, hop by hop."""

import random

import pytest

from correlator import semconv
from correlator.correlate.propagation import hops_of
from correlator.model.propagation import (
    BRIDGE_TO_QUEUE,
    HOPS,
    N8N_TO_BRIDGE,
    QUEUE_TO_WORKER,
    WORKER_TO_CALLBACK,
)
from correlator.model.trace import EXECUTION_ID, JOB_KEY, PAYLOAD
from tests.unit.correlate.propagation.window import consumer, hop, join, node, producer, server, span, workflow


def whole_story(trace: int, execution: str) -> list:
    """One execution whose context arrived everywhere, callback included."""
    first = 100 * trace
    return [
        workflow(trace, first, execution),
        node(trace, first + 1, first),
        server(trace, first + 2, first + 1, execution),
        producer(trace, first + 3, first + 2, f"job-{trace}"),
        consumer(trace, first + 4, first + 3, f"job-{trace}"),
        span("worker", trace, first + 5, first + 4, kind=semconv.KIND_CLIENT),
        span("n8n", trace, first + 6, first + 5, name=semconv.N8N_WORKFLOW_SPAN),
    ]


def test_nothing_seen_is_no_call_and_no_advice() -> None:
    """Each hop is named all the same; a share of nothing is None."""
    assert [(each.hop, each.calls, each.share, each.advice) for each in hops_of([])] == [
        (name, 0, None, ()) for name in HOPS
    ]


def test_a_whole_story_arrives_at_every_hop() -> None:
    """And needs no advice."""
    hops = hops_of(whole_story(1, "17"))
    assert [(each.calls, each.arrived, each.share) for each in hops] == [(1, 1, 1.0)] * 4
    assert [each.advice for each in hops] == [()] * 4


def test_a_call_joined_by_its_execution_did_not_arrive() -> None:
    """The join tells how it was found; of two calls one half arrived."""
    caller = node(2, 201, 200)
    lost = server(3, 300, None, "18")
    spans = [*whole_story(1, "17"), workflow(2, 200, "18"), caller, lost]
    coverage = hop(N8N_TO_BRIDGE, spans, join(caller, lost))
    assert (coverage.calls, coverage.arrived, coverage.share) == (2, 1, 0.5)
    assert (coverage.joined_by, coverage.not_joined) == ({EXECUTION_ID: 1}, 0)


def test_the_surest_join_is_the_one_that_is_told() -> None:
    """Where several lead to one call."""
    caller, lost = node(2, 201, 200), server(3, 300, None, "18")
    coverage = hop(N8N_TO_BRIDGE, [caller, lost], join(caller, lost, PAYLOAD), join(caller, lost, EXECUTION_ID))
    assert coverage.joined_by == {EXECUTION_ID: 1}


def test_a_request_that_names_an_execution_is_n8ns_call_though_nothing_joins_it() -> None:
    """Without context and without a join it is lost, and not joined."""
    coverage = hop(N8N_TO_BRIDGE, [server(3, 300, None, "18")])
    assert (coverage.calls, coverage.arrived, coverage.not_joined) == (1, 0, 1)


def test_a_request_of_others_is_no_call_of_n8n() -> None:
    """A bridge has other callers too."""
    assert hop(N8N_TO_BRIDGE, [server(3, 300), server(4, 400, 399)]).calls == 0


def test_a_context_arrived_though_the_caller_is_not_here_yet() -> None:
    """n8n sends its spans when a workflow ends."""
    coverage = hop(N8N_TO_BRIDGE, [server(3, 300, 299, "18")])
    assert (coverage.calls, coverage.arrived) == (1, 1)


def test_three_attempts_of_one_node_are_three_calls() -> None:
    """They come with one span id: each arrived."""
    spans = [workflow(1, 100, "17"), node(1, 101, 100), *(server(1, 110 + each, 101, "17") for each in range(3))]
    coverage = hop(N8N_TO_BRIDGE, spans)
    assert (coverage.calls, coverage.arrived) == (3, 3)


def test_a_node_without_a_callee_is_a_call_only_where_it_called_the_bridge() -> None:
    """Other nodes call other hosts."""
    known = server(1, 110, 101, "17", **{semconv.SERVER_ADDRESS: "bridge", semconv.SERVER_PORT: 8000})
    to_bridge = node(2, 201, 200, **{semconv.URL_FULL: "http://bridge:8000/api"})
    elsewhere = node(3, 301, 300, **{semconv.URL_FULL: "https://api.example.com/x"})
    unknown = node(4, 401, 400)
    coverage = hop(N8N_TO_BRIDGE, [known, node(1, 101, 100), to_bridge, elsewhere, unknown])
    assert (coverage.calls, coverage.arrived, coverage.not_joined) == (2, 1, 1)


def test_a_producer_without_a_parent_was_queued_outside_a_request() -> None:
    """It is lost from its request."""
    coverage = hop(BRIDGE_TO_QUEUE, [producer(1, 100, 99, "a"), producer(2, 200, None, "b")])
    assert (coverage.calls, coverage.arrived) == (2, 1)


def test_a_job_that_nobody_published_is_lost_on_the_way_to_the_queue() -> None:
    """And not on the way to the worker, which cannot get what was never sent."""
    request, job = server(1, 100), consumer(2, 200, None, "a")
    spans = [request, job]
    assert hop(BRIDGE_TO_QUEUE, spans, join(request, job, JOB_KEY)).joined_by == {JOB_KEY: 1}
    assert hop(QUEUE_TO_WORKER, spans).calls == 0


def test_a_retry_or_a_late_job_arrives_by_its_links() -> None:
    """bind_job_context begins a trace of its own for those."""
    coverage = hop(QUEUE_TO_WORKER, [producer(1, 100, 99, "a"), consumer(2, 200, None, "a", links=((1, 100),))])
    assert (coverage.calls, coverage.arrived) == (1, 1)


def test_a_job_without_parent_and_links_is_lost() -> None:
    """The producer names the same job."""
    queued, job = producer(1, 100, 99, "a"), consumer(2, 200, None, "a")
    coverage = hop(QUEUE_TO_WORKER, [queued, job], join(queued, job, JOB_KEY))
    assert (coverage.calls, coverage.arrived, coverage.joined_by) == (1, 0, {JOB_KEY: 1})


def test_a_job_that_still_waits_is_no_lost_call() -> None:
    """Other jobs ran: this one's turn will come."""
    spans = [producer(1, 100, 99, "a"), producer(1, 101, 99, "b"), consumer(1, 102, 100, "a")]
    assert hop(QUEUE_TO_WORKER, spans).calls == 1


@pytest.mark.parametrize("callee", ["n8n", "bridge"])
def test_a_callback_that_began_a_trace_of_its_own_is_lost(callee: str) -> None:
    """To n8n's webhook or to the bridge."""
    job = consumer(1, 100, 99, "a")
    called = workflow(2, 200, "18") if callee == "n8n" else server(2, 200)
    coverage = hop(WORKER_TO_CALLBACK, [job, called], join(job, called, JOB_KEY))
    assert (coverage.calls, coverage.arrived, coverage.joined_by) == (1, 0, {JOB_KEY: 1})


def test_the_order_of_spans_and_joins_is_irrelevant() -> None:
    """Equal for any permutation."""
    caller, lost = node(2, 201, 200), server(3, 300, None, "18")
    spans = [
        *whole_story(1, "17"),
        *whole_story(5, "19"),
        workflow(2, 200, "18"),
        caller,
        lost,
        consumer(9, 900, None, "z"),
    ]
    edges = [join(caller, lost, PAYLOAD), join(caller, lost)]
    expected = hops_of(spans, edges)
    for seed in range(20):
        shuffled, turned = spans[:], edges[:]
        random.Random(seed).shuffle(shuffled)
        random.Random(seed + 1).shuffle(turned)
        assert hops_of(shuffled, turned) == expected
