"""Who queued a job, who runs it, who speaks of it."""

from correlator.model.trace import JOB_KEY
from tests.unit.correlate.stitch.records import (
    HOUR,
    call,
    calls,
    consumer,
    producer,
    server,
    stories,
    together,
    traces_together,
)

KEY = "correlator.job.idempotency_key"
QUEUE = "messaging.destination.name"


def test_a_worker_that_lost_the_context_is_joined_to_the_producer() -> None:
    request = server("bridge", "POST", at=(0, 500))
    queued = producer("bridge", "send", "j1", parent="POST", at=(10, 20))
    runs = consumer("worker", "process", "j1", at=(30, 200))
    assert calls(request, queued, runs) == {call(JOB_KEY, "send", "process")}


def test_without_a_producers_span_the_request_that_first_named_the_job_queued_it() -> None:
    """Later requests only ask for its state."""
    request = server("bridge", "POST", at=(0, 500), attributes={"correlator.job.id": "j1"})
    status = server("ask", "GET", at=(90, 95), attributes={"correlator.job.id": "j1"})
    runs = consumer("worker", "process", "j1", at=(80, 200))
    assert call(JOB_KEY, "POST", "process") in calls(request, status, runs)
    assert traces_together(request, status, runs) == {together("bridge", "ask", "worker")}


def test_a_callback_that_names_the_job_comes_from_its_worker() -> None:
    queued = producer("bridge", "send", "j1", at=(10, 20))
    runs = consumer("worker", "process", "j1", at=(30, 200))
    callback = server("callback", "POST callback", at=(190, 199), attributes={"messaging.message.id": "j1"})
    assert calls(queued, runs, callback) == {
        call(JOB_KEY, "send", "process"),
        call(JOB_KEY, "process", "POST callback"),
    }


def test_a_later_attempt_is_joined_to_the_first_where_the_producer_is_lost() -> None:
    attempts = [consumer(f"t{n}", f"try {n}", "j1", at=(n * 1_000, n * 1_000 + 10)) for n in range(3)]
    assert calls(*attempts) == {call(JOB_KEY, "try 0", "try 1"), call(JOB_KEY, "try 0", "try 2")}


def test_equal_ids_of_other_queues_or_days_are_other_jobs() -> None:
    """Some brokers count messages from 1 for each queue."""
    queued = producer("bridge", "send", "1", attributes={QUEUE: "mail"})
    elsewhere = consumer("other", "process", "1", at=(30, 40), attributes={QUEUE: "render"})
    later = consumer("later", "process later", "1", at=(25 * HOUR, 25 * HOUR), attributes={QUEUE: "mail"})
    assert calls(queued, elsewhere, later) == set()


def test_two_producers_of_one_id_are_both_shown() -> None:
    queued = [producer(f"b{n}", f"send {n}", "1") for n in range(2)]
    runs = consumer("worker", "process", "1", at=(30, 40))
    told = stories(*queued, runs)
    assert [len(story.edges) for story in told] == [0, 0, 0]
    assert {len(story.possible_edges) for story in told} == {1, 2}


def test_an_idempotency_key_joins_where_job_ids_are_missing() -> None:
    request = server("bridge", "POST", at=(0, 500), attributes={KEY: "order-7"})
    runs = consumer("worker", "process", "", at=(80, 200), attributes={KEY: "order-7"})
    assert calls(request, runs) == {call(JOB_KEY, "POST", "process")}


def test_an_idempotency_key_does_not_overrule_job_ids() -> None:
    """The same order was sent twice and made two jobs."""
    queued = producer("bridge", "send", "j1", attributes={KEY: "order-7"})
    other = consumer("worker", "process", "j2", at=(80, 200), attributes={KEY: "order-7"})
    assert traces_together(queued, other) == {together("bridge"), together("worker")}


def test_requests_that_only_share_an_idempotency_key_are_apart() -> None:
    """A client that sends again sends again: that alone makes no job, and no call between the two."""
    requests = [server(f"b{n}", f"POST {n}", at=(n, n + 1), attributes={KEY: "order-7"}) for n in range(2)]
    assert traces_together(*requests) == {together("b0"), together("b1")}
