"""Which jobs are open, who started them, and how each ended.

Idea: a job's document is written before the job is queued, and the queue only holds `(job id, start number)`. Whoever
takes that claims the start; a start ends with a release or with the job's outcome. All of these are records that the
first of several writers wins, so that a job queued twice is still run once, and whoever repairs may do so twice.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from correlator.demo.jobs.job import ErrorCause, Job, Outcome
from correlator.demo.jobs.storage import Records

RETRY: Final = "retry"  # why a start was released: its error may pass,
WORKER_DIED: Final = "worker_died"  # its worker is gone
LEASE_S: Final = 5.0
"""A worker silent for longer is dead: five missed beats. Its jobs may then run twice, should it only have been slow."""
KEEP_S: Final = 24 * 3600.0
"""How long outcomes and idempotency keys are known."""
_SECOND: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Claim:
    """One start of a job, by one worker."""

    worker_id: str
    time_unix_nano: int


@dataclass(frozen=True, slots=True)
class Release:
    """The end of a start that was not the job's end. `not_before_unix_nano`: when the next start is due."""

    reason: str
    cause: ErrorCause
    not_before_unix_nano: int


@dataclass(slots=True)
class OpenJob:
    """A job without an outcome yet; claims and releases by start number, from 1."""

    job: Job
    claims: dict[int, Claim] = field(default_factory=dict)
    releases: dict[int, Release] = field(default_factory=dict)

    @property
    def next_start(self) -> int:
        return max(self.claims, default=0) + 1

    @property
    def deaths(self) -> int:
        """How many workers died of it, or while they had it."""
        return sum(release.reason == WORKER_DIED for release in self.releases.values())

    @property
    def due_unix_nano(self) -> int:
        """When the next start was, or is, to be on the queue."""
        last = self.releases.get(max(self.claims, default=0))
        return self.job.published_unix_nano if last is None else last.not_before_unix_nano

    @property
    def held(self) -> tuple[int, Claim] | None:
        """The last start, where it has not ended."""
        last = max(self.claims, default=0)
        return (last, self.claims[last]) if last and last not in self.releases else None


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """The job that an idempotency key belongs to, and the hash of the payload it came with."""

    job_id: str
    payload_hash: str


class JobLedger:
    """The records of all jobs at `url`. Bridge and workers open it each in their own process.

    Each method raises QueueUnavailable. `now` gives unix nanoseconds.
    """

    def __init__(self, url: str, now: Callable[[], int]) -> None:
        self._now = now
        self._open = Records(url, "jobsopen")
        self._closed = Records(url, "jobsclosed")
        self._keys = Records(url, "jobskeys")
        self._workers = Records(url, "jobsworkers")

    def open(self, job: Job) -> None:
        """Write the job's document; from here on it is not lost."""
        self._open.put(f"job:{job.job_id}", job.as_json())

    def forget(self, job_id: str, starts: int = 0) -> None:
        """Drop an open job that is not to run, or not again; `starts` is how many were claimed."""
        self._delete_open(job_id, starts)

    def job(self, job_id: str) -> Job | None:
        """The job while it is open, with the metadata that its last start left."""
        document = self._open.get(f"job:{job_id}")
        if document is None:
            return None
        kept = self._open.get(f"metadata:{job_id}")
        return Job(**document) if kept is None else Job(**{**document, "metadata": kept})

    def claim(self, job_id: str, start: int, worker_id: str) -> bool:
        """Whether the start is this worker's: a second claim of it, or one of a closed job, is refused."""
        if self._closed.has(job_id):
            return False
        return self._open.put_if_absent(
            f"claim:{job_id}:{start}", {"worker_id": worker_id, "time_unix_nano": self._now()}
        )

    def keep_metadata(self, job_id: str, metadata: dict[str, str]) -> None:
        """Keep what this start left in the metadata for the next one."""
        self._open.put(f"metadata:{job_id}", metadata)

    def release(self, job_id: str, start: int, release: Release) -> bool:
        """End a start for another to come; whether it was this call that did."""
        return self._open.put_if_absent(
            f"release:{job_id}:{start}",
            {
                "reason": release.reason,
                "cause": {"type": release.cause.type, "message": release.cause.message},
                "not_before_unix_nano": release.not_before_unix_nano,
            },
        )

    def close(self, outcome: Outcome) -> bool:
        """Write how the job ended; whether it was this call that did: the first outcome stays."""
        is_first = self._closed.put_if_absent(outcome.job_id, outcome.as_json())
        self._delete_open(outcome.job_id, outcome.attempts)
        return is_first

    def has_outcome(self, job_id: str) -> bool:
        return self._closed.has(job_id)

    def outcome(self, job_id: str) -> Outcome | None:
        document = self._closed.get(job_id)
        return None if document is None else Outcome.from_json(document)

    def outcomes(self) -> list[Outcome]:
        """All that are kept, latest first."""
        outcomes = [Outcome.from_json(document) for document in self._closed.all().values()]
        return sorted(outcomes, key=lambda outcome: (-outcome.finished_unix_nano, outcome.job_id))

    def open_jobs(self) -> list[OpenJob]:
        """All jobs without an outcome, first published first; their metadata as published."""
        records = self._open.all()
        jobs = {key.partition(":")[2]: OpenJob(Job(**records[key])) for key in records if key.startswith("job:")}
        for key, record in records.items():
            kind, job_id, start = (*key.split(":"), "", "")[:3]
            if job_id not in jobs:
                continue
            if kind == "claim":
                jobs[job_id].claims[int(start)] = Claim(**record)
            elif kind == "release":
                jobs[job_id].releases[int(start)] = _read_release(record)
        return sorted(jobs.values(), key=lambda open_job: (open_job.job.published_unix_nano, open_job.job.job_id))

    def claim_key(self, key: str, holder: KeyHolder) -> KeyHolder:
        """Whom the idempotency key belongs to: `holder`, unless another was first."""
        record = {"job_id": holder.job_id, "payload_hash": holder.payload_hash, "time_unix_nano": self._now()}
        if self._keys.put_if_absent(key, record):
            return holder
        first = self._keys.get(key)
        return holder if first is None else KeyHolder(first["job_id"], first["payload_hash"])

    def beat(self, worker_id: str) -> None:
        """Say that the worker lives."""
        self._workers.put(worker_id, {"time_unix_nano": self._now()})

    def bury_worker(self, worker_id: str) -> None:
        """Say that the worker is dead, before its lease ends."""
        self._workers.delete(worker_id)

    def living_workers(self) -> frozenset[str]:
        """Workers that said within LEASE_S that they live."""
        since = self._now() - int(LEASE_S * _SECOND)
        return frozenset(worker for worker, beat in self._workers.all().items() if beat["time_unix_nano"] >= since)

    def purge(self) -> int:
        """Drop outcomes and idempotency keys older than KEEP_S and beats of dead workers; return how many outcomes."""
        before = self._now() - int(KEEP_S * _SECOND)
        old = [key for key, outcome in self._closed.all().items() if outcome["finished_unix_nano"] < before]
        for job_id in old:
            self._closed.delete(job_id)
        for records in (self._keys, self._workers):
            self._delete_older(records, before)
        return len(old)

    def _delete_open(self, job_id: str, starts: int) -> None:
        """The job's document last: until then, a repair can find what is left."""
        for start in range(1, starts + 1):
            self._open.delete(f"claim:{job_id}:{start}")
            self._open.delete(f"release:{job_id}:{start}")
        self._open.delete(f"metadata:{job_id}")
        self._open.delete(f"job:{job_id}")

    @staticmethod
    def _delete_older(records: Records, before: int) -> None:
        for key, record in records.all().items():
            if record["time_unix_nano"] < before:
                records.delete(key)


def _read_release(record: dict[str, Any]) -> Release:
    return Release(record["reason"], ErrorCause(**record["cause"]), record["not_before_unix_nano"])
