"""One start of one job, and what happens when how it ended cannot be written."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from correlator.demo.jobs.job import SCHEMA, Job, Outcome
from correlator.demo.jobs.queues import JobQueues
from correlator.demo.jobs.storage import RunAgain
from correlator.demo.jobs.sweeper import Sweeper
from correlator.demo.worker.callbacks import Callbacks
from correlator.demo.worker.kinds import Kind, Work
from correlator.demo.worker.runner import Identity, JobRunner
from correlator.demo.worker.telemetry import WorkerMetrics


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "jobs.db"


@pytest.fixture
def queues(path: Path) -> JobQueues:
    return JobQueues(f"sqlite://{path}")


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as client:
        yield client


def make_runner(queues: JobQueues, client: httpx.Client, work: Work, schema: int = SCHEMA) -> JobRunner:
    metrics = WorkerMetrics()
    kinds = {"any": Kind(work, "any_done", "any_failed")}
    callbacks = Callbacks(client, metrics.called_back)
    return JobRunner(Identity("w-1", schema=schema), queues.ledger, kinds, callbacks, metrics)


def publish(queues: JobQueues, processing_type: str = "any") -> None:
    queues.publish(Job("j-1", "work", processing_type, {}, time.time_ns(), 30.0))


def outcome_of(queues: JobQueues) -> Outcome:
    outcome = queues.ledger.outcome("j-1")
    assert outcome is not None
    return outcome


def raise_error(error: Exception) -> Work:
    def work(job: Job) -> dict[str, Any]:
        raise error

    return work


def test_start_is_run_once(queues: JobQueues, client: httpx.Client) -> None:
    """Though it is queued twice, and again after it ended."""
    ran: list[str] = []
    runner = make_runner(queues, client, lambda job: ran.append(job.job_id) or {"n": len(ran)})  # type: ignore[func-returns-value]
    publish(queues)
    for start in (1, 1, 2):
        runner.run("j-1", start)
    assert (ran, outcome_of(queues).result) == (["j-1"], {"n": 1})


def test_error_that_may_pass_is_tried_until_the_attempts_are_used(queues: JobQueues, client: httpx.Client) -> None:
    """Then it is a dead letter."""
    runner = make_runner(queues, client, raise_error(ConnectionRefusedError("nobody")))
    publish(queues)
    for start in (1, 2):
        with pytest.raises(RunAgain):
            runner.run("j-1", start)
    runner.run("j-1", 3)
    outcome = outcome_of(queues)
    assert (outcome.status, outcome.dead_letter_reason, outcome.attempts) == ("failed", "retries_exhausted", 3)


@pytest.mark.parametrize(
    ("processing_type", "schema", "error_type"), [("any", 1, "UnknownJobSchema"), ("other", 2, "UnknownProcessingType")]
)
def test_job_that_this_release_does_not_know_is_a_dead_letter(
    queues: JobQueues, client: httpx.Client, processing_type: str, schema: int, error_type: str
) -> None:
    """At once: another attempt would say the same."""
    publish(queues, processing_type)
    make_runner(queues, client, lambda job: {}, schema).run("j-1", 1)
    outcome = outcome_of(queues)
    assert outcome.cause is not None
    assert (outcome.cause.type, outcome.dead_letter_reason) == (error_type, "permanent_error")


def test_outcome_that_could_not_be_written_is_not_lost(queues: JobQueues, client: httpx.Client, path: Path) -> None:
    """The queue is away just when the job ends: the same worker's sweep has it run again."""

    def rename(before: str, after: str) -> None:
        with sqlite3.connect(path) as connection:
            connection.execute(f"alter table {before} rename to {after}")
        connection.close()

    def work(job: Job) -> dict[str, Any]:
        sweeper.sweep()
        assert queues.ledger.open_jobs()[0].held is not None  # what is in hand is left alone
        rename("kv", "away")
        return {}

    runner = make_runner(queues, client, work)
    sweeper = Sweeper(queues, "w-1", runner.tell, runner.in_hand)
    publish(queues)
    runner.run("j-1", 1)
    rename("away", "kv")
    assert not queues.ledger.has_outcome("j-1")
    sweeper.sweep()
    (open_job,) = queues.ledger.open_jobs()
    assert (open_job.held, open_job.releases[1].cause.type) == (None, "OutcomeLost")
    assert ("j-1", 2) in queues["work"].starts()
