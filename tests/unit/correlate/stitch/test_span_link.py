"""Links between traces join them; a batch's do not."""

from correlator.model.trace import EXECUTION_ID, SPAN_LINK
from tests.unit.correlate.stitch.records import (
    call,
    calls,
    consumer,
    execution,
    producer,
    server,
    stories,
    together,
    trace_id,
    traces_together,
    workflow,
)


def test_a_job_that_links_to_its_producer_is_of_its_story() -> None:
    queued = producer("bridge", "send", "j1")
    retried = consumer("retry", "process", "j1", at=(500, 600), links=[("bridge", "send")])
    assert calls(queued, retried) == {call(SPAN_LINK, "send", "process")}


def test_a_link_within_a_trace_joins_nothing_else() -> None:
    queued = producer("bridge", "send", "j1")
    process = consumer("bridge", "process", "j1", links=[("bridge", "send")])
    assert calls(queued, process) == set()


def test_a_link_to_a_trace_that_is_not_here_leads_nowhere() -> None:
    assert calls(consumer("retry", "process", "j1", links=[("bridge", "send")])) == set()


def test_two_that_link_to_a_trace_that_is_not_here_are_of_one_story() -> None:
    """The producer's trace was lost; its retries know it."""
    rows = [consumer(f"r{n}", f"try {n}", f"j{n}", at=(n, n + 1), links=[("lost", "send")]) for n in range(3)]
    assert traces_together(*rows) == {together("r0", "r1", "r2")}


def test_a_batch_is_of_no_one_story() -> None:
    """A consumer that takes messages of many traces at once links to all of them."""
    queued = [producer(f"b{n}", f"send {n}", f"j{n}") for n in range(4)]
    batch = consumer("batch", "process", "all", links=[(f"b{n}", f"send {n}") for n in range(4)])
    told = stories(*queued, batch)
    assert len(told) == 5
    of_batch = next(story for story in told if story.story_id == trace_id("batch"))
    assert len(of_batch.possible_edges) == 4


def test_between_two_traces_the_surest_method_is_told() -> None:
    """The worker also names the execution."""
    run = workflow("n8n", "run", "7")
    linked = server("worker", "job", at=(10, 20), links=[("n8n", "run")], attributes=execution("7", "w1"))
    assert calls(run, linked) == {call(SPAN_LINK, "run", "job")}
    assert call(EXECUTION_ID, "run", "job") not in calls(run, linked)
