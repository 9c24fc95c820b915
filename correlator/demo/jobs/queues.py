"""Publishes jobs and waits for their outcomes: the bridge's side of the queues, and what workers share with it."""

import time
from collections.abc import Iterable
from typing import Final

from correlator.demo.jobs.job import Job, Outcome
from correlator.demo.jobs.ledger import JobLedger, KeyHolder
from correlator.demo.jobs.storage import POLL_S, StoredQueue
from correlator.errors import CorrelatorError

QUEUE_NAMES: Final = ("work", "mail", "bulk", "invoices", "stale")


class JobTimeout(CorrelatorError):
    """No outcome within the time that the caller would wait; the job goes on."""


class KeyReused(CorrelatorError):
    """An idempotency key came again with another payload."""


class JobQueues:
    """All queues at `url`, and the ledger beside them."""

    def __init__(self, url: str, names: Iterable[str] = QUEUE_NAMES) -> None:
        self.ledger = JobLedger(url, time.time_ns)
        self._queues = {name: StoredQueue(url, name) for name in names}

    def __getitem__(self, name: str) -> StoredQueue:
        return self._queues[name]

    def publish(self, job: Job, payload_hash: str = "") -> str:
        """Queue `job`, unless one with its idempotency key is known; return the id of the job that answers the key.

        Raises KeyReused, QueueUnavailable.
        """
        self.ledger.open(job)
        if job.idempotency_key:
            holder = self.ledger.claim_key(job.idempotency_key, KeyHolder(job.job_id, payload_hash))
            if holder.job_id != job.job_id:
                self.ledger.forget(job.job_id)
                return _first_job_id(job.idempotency_key, holder, payload_hash)
        self._queues[job.queue].put(job.job_id, 1, job.priority)
        return job.job_id

    def wait(self, job_id: str, timeout_s: float) -> Outcome:
        """The job's outcome. Blocks for `timeout_s` at most. Raises JobTimeout, QueueUnavailable."""
        deadline = time.monotonic() + timeout_s
        while not self.ledger.has_outcome(job_id):
            if time.monotonic() >= deadline:
                raise JobTimeout(f"job {job_id} has no result after {timeout_s:.1f} s")
            time.sleep(POLL_S)
        outcome = self.ledger.outcome(job_id)
        assert outcome is not None  # it is kept for a day
        return outcome

    def depths(self) -> dict[str, int]:
        """How many starts wait in each queue."""
        return {name: queue.depth() for name, queue in self._queues.items()}


def _first_job_id(key: str, holder: KeyHolder, payload_hash: str) -> str:
    if holder.payload_hash != payload_hash:
        raise KeyReused(f"idempotency key {key!r} was used for another payload, by job {holder.job_id}")
    return holder.job_id
