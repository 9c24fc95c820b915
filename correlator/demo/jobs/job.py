"""A job and its outcome, as values and as JSON."""

from dataclasses import asdict, dataclass, field
from typing import Any, Final

SCHEMA: Final = 2
"""Version of the job's document. 1 had no correlation id; a worker that knows only 1 refuses 2."""
PRIORITIES: Final = {"low": 1, "normal": 5, "high": 9}

COMPLETED: Final = "completed"
PARTIAL: Final = "partial"  # some items failed
FAILED: Final = "failed"

PERMANENT_ERROR: Final = "permanent_error"  # reasons of a dead letter: another attempt would fail alike,
RETRIES_EXHAUSTED: Final = "retries_exhausted"  # each attempt failed,
WORKER_DIED: Final = "worker_died"  # each worker that took it died


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work. `metadata` carries the trace context from the bridge to the worker.

    `input` is a JSON value. `timeout_s` is how long the caller waits. `fault` names what is to go wrong, for a demo.
    """

    job_id: str
    queue: str
    processing_type: str
    input: Any
    published_unix_nano: int
    timeout_s: float
    workflow_id: str = ""
    execution_id: str = ""
    correlation_id: str = ""
    callback_url: str = ""
    idempotency_key: str = ""
    priority: int = PRIORITIES["normal"]
    max_attempts: int = 3
    schema: int = SCHEMA
    fault: str = ""
    metadata: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ErrorCause:
    """What a worker raised: the exception's class, without module, and its message."""

    type: str
    message: str

    @classmethod
    def of(cls, error: BaseException) -> "ErrorCause":
        return cls(type(error).__qualname__, str(error))


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended: completed | partial | failed. A failed one has a cause and a dead letter's reason."""

    job_id: str
    status: str
    attempts: int
    finished_unix_nano: int
    queue: str
    processing_type: str
    workflow_id: str
    execution_id: str
    correlation_id: str
    result: dict[str, Any] | None = None
    cause: ErrorCause | None = None
    dead_letter_reason: str = ""

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "Outcome":
        cause = document["cause"]
        return cls(**{**document, "cause": None if cause is None else ErrorCause(**cause)})

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def completed(job: Job, attempts: int, now_unix_nano: int, result: dict[str, Any]) -> Outcome:
    """The outcome of a job that gave `result`; partial where some of its items failed."""
    return _outcome(job, attempts, now_unix_nano, PARTIAL if result.get("failed") else COMPLETED, result=result)


def failed(job: Job, attempts: int, now_unix_nano: int, cause: ErrorCause, reason: str) -> Outcome:
    """The outcome of a job that will not be tried again."""
    return _outcome(job, attempts, now_unix_nano, FAILED, cause=cause, dead_letter_reason=reason)


def _outcome(
    job: Job,
    attempts: int,
    now_unix_nano: int,
    status: str,
    *,
    result: dict[str, Any] | None = None,
    cause: ErrorCause | None = None,
    dead_letter_reason: str = "",
) -> Outcome:
    return Outcome(
        job.job_id,
        status,
        attempts,
        now_unix_nano,
        job.queue,
        job.processing_type,
        job.workflow_id,
        job.execution_id,
        job.correlation_id,
        result,
        cause,
        dead_letter_reason,
    )
