"""One start of one job: claim it, do it, then close it or have it run again."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from correlator.demo.jobs.job import (
    PERMANENT_ERROR,
    RETRIES_EXHAUSTED,
    SCHEMA,
    ErrorCause,
    Job,
    Outcome,
    completed,
    failed,
)
from correlator.demo.jobs.ledger import RETRY, JobLedger, Release
from correlator.demo.jobs.storage import QueueUnavailable, RunAgain
from correlator.demo.truth import record_truth
from correlator.demo.worker.callbacks import Callbacks
from correlator.demo.worker.failing import spoil, strike
from correlator.demo.worker.kinds import Kind, find_kind
from correlator.demo.worker.retrying import backoff_s, may_pass
from correlator.demo.worker.telemetry import WorkerMetrics
from correlator.errors import CorrelatorError
from correlator.telemetry import bind_job_context, get_logger

VERSION: Final = "2.1.0"
STALE_VERSION: Final = "1.4.0"
STALE_SCHEMA: Final = 1

log = get_logger("worker")


class UnknownJobSchema(CorrelatorError):
    """A job's document is of a version that this worker's release does not know."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who runs: the worker's id, its release, and the newest job schema that this release reads."""

    worker_id: str
    version: str = VERSION
    schema: int = SCHEMA


class JobRunner:
    """Runs starts of jobs; called by several threads."""

    def __init__(
        self,
        identity: Identity,
        ledger: JobLedger,
        kinds: Mapping[str, Kind],
        callbacks: Callbacks,
        metrics: WorkerMetrics,
    ) -> None:
        self._identity = identity
        self._ledger = ledger
        self._kinds = kinds
        self._callbacks = callbacks
        self._metrics = metrics
        self._in_hand: list[str] = []  # a list: a start that was queued twice is in hand twice for a moment

    def in_hand(self) -> frozenset[str]:
        """Ids of the jobs that run now."""
        return frozenset(self._in_hand)

    def run(self, job_id: str, start: int) -> None:
        """Do it, unless it has ended or another worker has it. Raises RunAgain where another attempt is to come."""
        self._in_hand.append(job_id)  # before the claim: a claim of ours that is not in hand is taken for lost
        try:
            self._run_claimed(job_id, start)
        finally:
            self._in_hand.remove(job_id)

    def _run_claimed(self, job_id: str, start: int) -> None:
        job = self._ledger.job(job_id)
        if job is None or not self._ledger.claim(job_id, start, self._identity.worker_id):
            return
        try:
            self._attempt(job, start)
        except QueueUnavailable as error:  # how it ended is not written; the sweeper has it run again
            log.error("outcome_lost", job_id=job_id, reason=str(error))
        except Exception as error:  # told of on the span and in the log; huey is to know only whether it runs again
            if _is_last(error, job, start):
                return
            raise RunAgain(backoff_s(start)) from None

    def _attempt(self, job: Job, start: int) -> None:
        with bind_job_context(
            job.metadata,
            queue_name=job.queue,
            job_id=job.job_id,
            attempt=start,
            idempotency_key=job.idempotency_key,
        ):
            if start == 1:
                self._metrics.started(job, time.time_ns())  # within the span: its trace is the exemplar
            record_truth(job.metadata, "worker")
            self._ledger.keep_metadata(job.job_id, job.metadata)
            try:
                result = self._do(job)
            except Exception as error:
                self._settle_failure(job, start, error)
                raise
            kind = find_kind(self._kinds, job.processing_type)
            log.info(kind.done, job_id=job.job_id, correlation_id=job.correlation_id)
            self._close(job, completed(job, start, time.time_ns(), result))

    def _do(self, job: Job) -> dict[str, Any]:
        if job.schema > self._identity.schema:
            raise UnknownJobSchema(
                f"job schema {job.schema} is unknown to worker {self._identity.version}, which reads up to "
                f"{self._identity.schema}; deploy a newer worker"
            )
        kind = find_kind(self._kinds, job.processing_type)
        strike(job)
        return kind.work(spoil(job))

    def _settle_failure(self, job: Job, start: int, error: Exception) -> None:
        kind = self._kinds.get(job.processing_type)
        event = "job_refused" if kind is None else kind.failed
        is_last = _is_last(error, job, start)
        log.exception(event, job_id=job.job_id, correlation_id=job.correlation_id, attempt=start, is_last=is_last)
        if is_last:
            reason = RETRIES_EXHAUSTED if may_pass(error) else PERMANENT_ERROR
            self._close(job, failed(job, start, time.time_ns(), ErrorCause.of(error), reason))
            return
        not_before = time.time_ns() + int(backoff_s(start) * 1e9)
        self._ledger.release(job.job_id, start, Release(RETRY, ErrorCause.of(error), not_before))
        self._metrics.retried(job)

    def _close(self, job: Job, outcome: Outcome) -> None:
        if self._ledger.close(outcome):
            self.tell(job, outcome)

    def tell(self, job: Job, outcome: Outcome) -> None:
        """Count a dead letter, call back. Once for each job, by whoever closed it, in a span of the job's."""
        if outcome.dead_letter_reason:
            self._metrics.dead_lettered(job.queue, outcome.dead_letter_reason)
        self._callbacks.deliver(job, outcome)


def _is_last(error: Exception, job: Job, start: int) -> bool:
    return start >= job.max_attempts or not may_pass(error)
