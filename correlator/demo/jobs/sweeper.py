"""Gives the jobs of dead workers to living ones; buries those that kill every worker; queues again what fell between."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Set
from typing import Final

from correlator.demo.jobs.job import WORKER_DIED as DEAD_LETTER_WORKER_DIED
from correlator.demo.jobs.job import ErrorCause, Job, Outcome, failed
from correlator.demo.jobs.ledger import WORKER_DIED, OpenJob, Release
from correlator.demo.jobs.queues import JobQueues
from correlator.demo.jobs.storage import QueueUnavailable
from correlator.demo.truth import record_truth
from correlator.errors import CorrelatorError
from correlator.telemetry import bind_job_context, get_logger

SWEEP_S: Final = 1.0
PURGE_S: Final = 600.0
MAX_DEATHS: Final = 3
"""A job that three workers died of is poison."""
GRACE_S: Final = 2.0
"""A start that is due for longer, unclaimed and on no queue, was taken by a worker that died before it could claim it."""

log = get_logger("sweeper")


class StartLost(CorrelatorError):
    """A start of a job that ended without a release and without an outcome."""


class WorkerDied(StartLost):
    """The process that ran a job is gone: killed, out of memory, or ended by the job itself."""


class OutcomeLost(StartLost):
    """The process that ran a job could not write how it ended, as the queue was away just then."""


class Sweeper:
    """Sweeps every SWEEP_S in a thread of its own, and says that this worker lives.

    Any number of workers sweep at once: what they write, the first one wins. `bury` is told of each job found to be
    poison, once; `in_hand` gives the ids of the jobs that this worker runs now; `flush` sends telemetry.
    """

    def __init__(
        self,
        queues: JobQueues,
        worker_id: str,
        bury: Callable[[Job, Outcome], None],
        in_hand: Callable[[], Set[str]] = frozenset,
        flush: Callable[[], object] = lambda: None,
    ) -> None:
        self._queues = queues
        self._ledger = queues.ledger
        self._worker_id = worker_id
        self._bury = bury
        self._in_hand = in_hand
        self._flush = flush
        self._stopped = threading.Event()
        self._purged_s = time.monotonic()

    def start(self) -> threading.Thread:
        """Beat once, then sweep until `stop`."""
        self._ledger.beat(self._worker_id)
        thread = threading.Thread(target=self._loop, name="sweeper", daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        """Stop sweeping, and say that this worker is gone."""
        self._stopped.set()
        with contextlib.suppress(QueueUnavailable):  # then its lease ends by itself
            self._ledger.bury_worker(self._worker_id)

    def sweep(self) -> None:
        """One turn. Raises QueueUnavailable."""
        living = self._ledger.living_workers() | {self._worker_id}
        for open_job in self._ledger.open_jobs():
            is_lost = self._is_lost(open_job, living)  # asked before the outcome: what ends in between is not lost
            if self._ledger.has_outcome(open_job.job.job_id):
                self._ledger.forget(open_job.job.job_id, open_job.next_start - 1)
            elif open_job.held is None:
                self._queue_lost(open_job)
            elif is_lost:
                self._take_from(open_job, open_job.held[0], open_job.held[1].worker_id)

    def _is_lost(self, open_job: OpenJob, living: Set[str]) -> bool:
        """Whether its last start is held by a dead worker, or by this one, which does not run it any more."""
        if open_job.held is None:
            return False
        holder = open_job.held[1].worker_id
        return holder not in living or (holder == self._worker_id and open_job.job.job_id not in self._in_hand())

    def _loop(self) -> None:
        while not self._stopped.wait(SWEEP_S):
            try:
                self._ledger.beat(self._worker_id)
                self.sweep()
                self._purge()
            except QueueUnavailable as error:
                log.warning("sweep_failed", reason=str(error))

    def _take_from(self, open_job: OpenJob, start: int, worker_id: str) -> None:
        """End the start of a dead worker: with another start, or with the job's end."""
        job, deaths = open_job.job, open_job.deaths + 1
        lost = self._why(job.job_id, worker_id, f"loss {deaths} of {MAX_DEATHS}")
        if deaths >= MAX_DEATHS:
            outcome = failed(job, start, time.time_ns(), ErrorCause.of(lost), DEAD_LETTER_WORKER_DIED)
            if self._ledger.close(outcome):
                with _told(job, start, lost):
                    self._bury(job, outcome)
        elif self._ledger.release(job.job_id, start, Release(WORKER_DIED, ErrorCause.of(lost), time.time_ns())):
            with _told(job, start, lost):
                pass
            self._flush()  # first: the job may kill this process too
            self._queues[job.queue].put(job.job_id, start + 1, job.priority)

    def _why(self, job_id: str, worker_id: str, count: str) -> StartLost:
        if worker_id == self._worker_id:
            return OutcomeLost(f"worker {worker_id} could not write how job {job_id} ended, {count}")
        return WorkerDied(f"worker {worker_id} died while it ran job {job_id}, {count}")

    def _queue_lost(self, open_job: OpenJob) -> None:
        job, start = open_job.job, open_job.next_start
        if time.time_ns() < open_job.due_unix_nano + GRACE_S * 1e9:
            return
        if (job.job_id, start) not in self._queues[job.queue].starts():
            log.warning("job_queued_again", job_id=job.job_id, queue=job.queue, attempt=start)
            self._queues[job.queue].put(job.job_id, start, job.priority)

    def _purge(self) -> None:
        if time.monotonic() - self._purged_s > PURGE_S:
            self._purged_s = time.monotonic()
            self._ledger.purge()


@contextlib.contextmanager
def _told(job: Job, start: int, lost: StartLost) -> Iterator[None]:
    """A consumer span in the dead one's stead, which never ended: it is what tells of the death."""
    with (
        contextlib.suppress(StartLost),
        bind_job_context(
            job.metadata,
            queue_name=job.queue,
            job_id=job.job_id,
            attempt=start,
            idempotency_key=job.idempotency_key,
            name=f"recover {job.queue}",
        ),
    ):
        record_truth(job.metadata, "worker")
        log.error("worker_died", job_id=job.job_id, correlation_id=job.correlation_id, reason=str(lost))
        yield
        raise lost
