"""What is known of a workflow's jobs, and of jobs that failed for good."""

from collections.abc import Sequence
from typing import Any, Final

from correlator.demo.jobs.job import FAILED, Outcome
from correlator.demo.jobs.ledger import JobLedger, OpenJob

MAX_JOBS: Final = 100


def workflow_status(ledger: JobLedger, workflow_id: str) -> list[dict[str, Any]]:
    """The workflow's jobs, open ones first, then by when they ended, latest first; at most MAX_JOBS."""
    running = [_describe_open(job) for job in ledger.open_jobs() if job.job.workflow_id == workflow_id]
    ended = [_describe(outcome) for outcome in ledger.outcomes() if outcome.workflow_id == workflow_id]
    return (running + ended)[:MAX_JOBS]


def dead_letters(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Jobs that failed for good, with the reason; latest first, at most MAX_JOBS."""
    dead = [outcome for outcome in outcomes if outcome.status == FAILED]
    return [{**_describe(outcome), "reason": outcome.dead_letter_reason} for outcome in dead[:MAX_JOBS]]


def _describe_open(open_job: OpenJob) -> dict[str, Any]:
    job = open_job.job
    return {
        "job_id": job.job_id,
        "execution_id": job.execution_id,
        "processing_type": job.processing_type,
        "queue": job.queue,
        "status": "queued" if open_job.held is None else "running",
        "attempts": len(open_job.claims),
        "correlation_id": job.correlation_id,
        "cause": None,
    }


def _describe(outcome: Outcome) -> dict[str, Any]:
    return {
        "job_id": outcome.job_id,
        "execution_id": outcome.execution_id,
        "processing_type": outcome.processing_type,
        "queue": outcome.queue,
        "status": outcome.status,
        "attempts": outcome.attempts,
        "correlation_id": outcome.correlation_id,
        "cause": outcome.as_json()["cause"],
    }
