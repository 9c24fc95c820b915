"""Publishing, waiting, priorities and repair, on either backend."""

import threading
import time
from collections.abc import Callable

import pytest

from correlator.demo.jobs.job import PRIORITIES, Job, Outcome, completed
from correlator.demo.jobs.queues import JobQueues, JobTimeout, KeyReused
from correlator.demo.jobs.storage import Records, RunAgain, StoredQueue
from correlator.demo.jobs.sweeper import GRACE_S, MAX_DEATHS, Sweeper

WAIT_S = 30.0


def make_job(job_id: str, *, priority: int = 5, key: str = "", published_unix_nano: int | None = None) -> Job:
    published = time.time_ns() if published_unix_nano is None else published_unix_nano
    return Job(job_id, "work", "validation", {}, published, 30.0, priority=priority, idempotency_key=key)


@pytest.fixture
def queues(queue_url: str) -> JobQueues:
    return JobQueues(queue_url)


def run_queue(queue: StoredQueue, run: Callable[[str, int], None], is_done: Callable[[], bool]) -> None:
    """Consume with one thread until `is_done`."""
    consumer = queue.make_consumer(run, threads=1)
    consumer.start()
    deadline = time.monotonic() + WAIT_S
    while not is_done() and time.monotonic() < deadline:
        time.sleep(0.02)
    consumer.stop(graceful=True)
    assert is_done()


def test_high_priority_comes_first_and_equals_come_in_order(queues: JobQueues) -> None:
    """Of all that wait."""
    for number, name in enumerate(("low", "normal", "high", "low", "high")):
        queues.publish(make_job(f"{name}-{number}", priority=PRIORITIES[name]))
    assert queues.depths()["work"] == 5
    ran: list[str] = []
    run_queue(queues["work"], lambda job_id, start: ran.append(job_id), lambda: len(ran) == 5)
    assert ran == ["high-2", "high-4", "normal-1", "low-0", "low-3"]


def test_run_that_asks_for_another_is_queued_with_the_next_number(queues: JobQueues) -> None:
    """After its delay."""
    ran: list[tuple[str, int, float]] = []

    def run(job_id: str, start: int) -> None:
        ran.append((job_id, start, time.monotonic()))
        if start < 3:
            raise RunAgain(0.3)

    queues.publish(make_job("j-1"))
    run_queue(queues["work"], run, lambda: len(ran) == 3)
    assert [(job_id, start) for job_id, start, _ in ran] == [("j-1", 1), ("j-1", 2), ("j-1", 3)]
    assert ran[1][2] - ran[0][2] >= 0.3


def test_same_key_is_answered_by_the_first_job(queues: JobQueues) -> None:
    """One start on the queue; another payload is refused."""
    assert queues.publish(make_job("j-1", key="k"), "h") == "j-1"
    assert queues.publish(make_job("j-2", key="k"), "h") == "j-1"
    assert queues["work"].starts() == {("j-1", 1)}
    assert [open_job.job.job_id for open_job in queues.ledger.open_jobs()] == ["j-1"]
    with pytest.raises(KeyReused, match="'k' was used for another payload, by job j-1"):
        queues.publish(make_job("j-3", key="k"), "other")


def test_waiting_ends_with_the_outcome_or_with_the_time(queues: JobQueues) -> None:
    """Whichever is first."""
    job = make_job("j-1")
    queues.publish(job)
    with pytest.raises(JobTimeout, match=r"job j-1 has no result after 0\.1 s"):
        queues.wait("j-1", 0.1)
    outcome = completed(job, 1, time.time_ns(), {"items": []})
    threading.Timer(0.1, queues.ledger.close, [outcome]).start()
    assert queues.wait("j-1", WAIT_S) == outcome


def make_sweeper(queues: JobQueues, worker_id: str = "w-living") -> tuple[Sweeper, list[Outcome]]:
    buried: list[Outcome] = []
    return Sweeper(queues, worker_id, lambda job, outcome: buried.append(outcome)), buried


def test_job_of_a_dead_worker_is_queued_again_once(queues: JobQueues) -> None:
    """However many sweep."""
    queues.ledger.open(make_job("j-1"))
    queues.ledger.claim("j-1", 1, "w-dead")
    for worker in ("w-a", "w-b"):
        make_sweeper(queues, worker)[0].sweep()
    assert queues["work"].starts() == {("j-1", 2)}
    assert queues["work"].depth() == 1


def test_job_of_a_living_worker_is_left_alone(queues: JobQueues) -> None:
    """Its beat is enough."""
    queues.ledger.open(make_job("j-1"))
    queues.ledger.claim("j-1", 1, "w-other")
    queues.ledger.beat("w-other")
    make_sweeper(queues)[0].sweep()
    assert queues["work"].starts() == set()


def test_job_that_kills_every_worker_is_buried_once(queues: JobQueues) -> None:
    """After MAX_DEATHS, with the reason."""
    queues.ledger.open(make_job("j-1"))
    first, second = make_sweeper(queues, "w-a"), make_sweeper(queues, "w-b")
    for start in range(1, MAX_DEATHS + 1):
        queues.ledger.claim("j-1", start, f"w-dead-{start}")
        first[0].sweep()
        second[0].sweep()
    (outcome,) = first[1] + second[1]
    assert (outcome.status, outcome.dead_letter_reason, outcome.attempts) == ("failed", "worker_died", MAX_DEATHS)
    assert queues.ledger.open_jobs() == []


def test_job_lost_between_queue_and_claim_is_queued_again(queues: JobQueues) -> None:
    """Published and on no queue, as when a worker dies just after it took it; not before its grace."""
    long_ago = time.time_ns() - int((GRACE_S + 1) * 1e9)
    queues.ledger.open(make_job("j-lost", published_unix_nano=long_ago))
    queues.ledger.open(make_job("j-new"))
    queues.publish(make_job("j-waiting", published_unix_nano=long_ago))
    make_sweeper(queues)[0].sweep()
    make_sweeper(queues)[0].sweep()
    assert queues["work"].starts() == {("j-lost", 1), ("j-waiting", 1)}
    assert queues["work"].depth() == 2


def test_rest_of_a_closed_job_is_swept_away(queues: JobQueues, queue_url: str) -> None:
    """As a worker leaves it that dies while it tidies up."""
    job = make_job("j-1")
    queues.ledger.close(completed(job, 1, time.time_ns(), {}))
    queues.ledger.open(job)
    left = Records(queue_url, "jobsopen")  # what the sweep reads each second
    left.put("claim:j-1:1", {"worker_id": "w-1", "time_unix_nano": 1})
    make_sweeper(queues)[0].sweep()
    assert left.all() == {}
