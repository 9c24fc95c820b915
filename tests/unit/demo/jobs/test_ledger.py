"""The ledger's records: of several writers the first wins, on either backend."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from correlator.demo.jobs.job import PERMANENT_ERROR, ErrorCause, Job, completed, failed
from correlator.demo.jobs.ledger import KEEP_S, LEASE_S, RETRY, WORKER_DIED, JobLedger, KeyHolder, Release
from correlator.demo.jobs.storage import QueueUnavailable
from correlator.errors import SettingsError

SECOND = 1_000_000_000


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = 1_000_000 * SECOND

    def __call__(self) -> int:
        return self.now


def make_job(job_id: str = "j-1", **fields: object) -> Job:
    return Job(job_id, "work", "validation", {"a": [1, None, "ü"]}, 5, 30.0, **fields)  # type: ignore[arg-type]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(queue_url: str, clock: Clock) -> JobLedger:
    return JobLedger(queue_url, clock)


def test_open_job_comes_back_as_it_went(ledger: JobLedger) -> None:
    """With all its fields."""
    job = make_job(metadata={"traceparent": "x"}, callback_url="http://n8n.example/")
    ledger.open(job)
    assert ledger.job("j-1") == job
    assert ledger.job("j-2") is None


def test_start_is_claimed_once(ledger: JobLedger) -> None:
    """By one of many at the same time."""
    ledger.open(make_job())
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda number: ledger.claim("j-1", 1, f"w-{number}"), range(8)))
    assert sum(won) == 1
    assert ledger.claim("j-1", 2, "w-9")


def test_closed_job_is_not_claimed_and_its_first_outcome_stays(ledger: JobLedger) -> None:
    """A worker that was thought dead comes too late."""
    job = make_job()
    ledger.open(job)
    assert ledger.claim("j-1", 1, "w-1")
    assert ledger.close(completed(job, 1, 7, {"items": []}))
    assert not ledger.close(failed(job, 1, 8, ErrorCause("E", "m"), PERMANENT_ERROR))
    assert not ledger.claim("j-1", 2, "w-2")
    outcome = ledger.outcome("j-1")
    assert outcome is not None
    assert (outcome.status, outcome.result) == ("completed", {"items": []})
    assert ledger.open_jobs() == []


def test_open_jobs_tell_who_holds_what(ledger: JobLedger) -> None:
    """Claims, releases, deaths and when the next start is due."""
    ledger.open(make_job())
    ledger.claim("j-1", 1, "w-1")
    (held,) = ledger.open_jobs()
    assert held.held is not None
    assert (held.held[0], held.held[1].worker_id, held.next_start) == (1, "w-1", 2)
    ledger.release("j-1", 1, Release(WORKER_DIED, ErrorCause("WorkerDied", "m"), 99))
    ledger.claim("j-1", 2, "w-2")
    ledger.release("j-1", 2, Release(RETRY, ErrorCause("E", "m"), 111))
    (free,) = ledger.open_jobs()
    assert (free.held, free.deaths, free.next_start, free.due_unix_nano) == (None, 1, 3, 111)


def test_release_is_won_once(ledger: JobLedger) -> None:
    """Two sweepers that see the same death queue the job once."""
    ledger.open(make_job())
    release = Release(WORKER_DIED, ErrorCause("WorkerDied", "m"), 99)
    assert ledger.release("j-1", 1, release)
    assert not ledger.release("j-1", 1, release)


def test_metadata_of_the_first_start_reaches_the_next_one(ledger: JobLedger) -> None:
    """A retry links to the first attempt by it; what was published stays known too."""
    ledger.open(make_job(metadata={"a": "1"}))
    ledger.keep_metadata("j-1", {"a": "1", "b": "2"})
    job = ledger.job("j-1")
    assert job is not None
    assert job.metadata == {"a": "1", "b": "2"}
    assert ledger.open_jobs()[0].job.metadata == {"a": "1"}


def test_key_belongs_to_the_first_job(ledger: JobLedger) -> None:
    """Whoever asks later is told whose it is."""
    first, second = KeyHolder("j-1", "h"), KeyHolder("j-2", "h")
    assert ledger.claim_key("k", first) == first
    assert ledger.claim_key("k", second) == first


def test_worker_is_dead_once_silent_or_buried(ledger: JobLedger, clock: Clock) -> None:
    """After its lease, or at once when its supervisor says so."""
    for worker in ("w-1", "w-2", "w-3"):
        ledger.beat(worker)
    ledger.bury_worker("w-3")
    clock.now += int(LEASE_S * SECOND)
    ledger.beat("w-2")
    assert ledger.living_workers() == {"w-1", "w-2"}
    clock.now += 1
    assert ledger.living_workers() == {"w-2"}


def test_old_outcomes_and_keys_are_purged(ledger: JobLedger, clock: Clock) -> None:
    """After a day; open jobs stay however old."""
    ledger.open(make_job("j-open"))
    ledger.close(completed(make_job("j-old"), 1, clock.now, {}))
    ledger.claim_key("k", KeyHolder("j-old", "h"))
    clock.now += int(KEEP_S * SECOND) + 1
    ledger.close(completed(make_job("j-new"), 1, clock.now, {}))
    assert ledger.purge() == 1
    assert [outcome.job_id for outcome in ledger.outcomes()] == ["j-new"]
    assert ledger.claim_key("k", KeyHolder("j-new", "h")).job_id == "j-new"
    assert [open_job.job.job_id for open_job in ledger.open_jobs()] == ["j-open"]


def test_redis_that_is_gone_is_said_without_its_password() -> None:
    """Translated to an error of ours."""
    ledger = JobLedger("redis://:hunter2@127.0.0.1:1/0", time.time_ns)
    with pytest.raises(QueueUnavailable, match=r"the queue at redis://127.0.0.1:1/0 does not answer") as raised:
        ledger.job("j-1")
    assert "hunter2" not in str(raised.value)


def test_queue_of_unknown_kind_is_refused() -> None:
    """With the two that are known."""
    with pytest.raises(SettingsError, match=r"give sqlite:///path/to/jobs.db or redis://host:port/0"):
        JobLedger("amqp://x", time.time_ns)
