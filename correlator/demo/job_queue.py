"""The queue between bridge and worker: huey on a SQLite file. huey has no types; this is the only module that imports it."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from huey import SqliteHuey
from huey.exceptions import HueyException, TaskException

from correlator.errors import CorrelatorError

QUEUE_NAME: Final = "invoices"
WORKER_THREADS: Final = 4
POLL_S: Final = 0.02
"""How often an idle worker looks for a job and a waiting bridge for a result: a demo's jobs take some milliseconds."""


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work. `metadata` carries the trace context from the bridge to the worker."""

    job_id: str
    customer_id: str
    pause_s: float = 0.0
    attempt: int = 1
    metadata: dict[str, str] = field(default_factory=dict)


class JobFailed(CorrelatorError):
    """The worker raised; the message is that of the worker's exception."""


class JobTimeout(CorrelatorError):
    """No result within the time that the caller would wait."""


class PendingJob:
    """A job on the queue, whose result is yet to come."""

    def __init__(self, job_id: str, result: Any) -> None:
        self._job_id = job_id
        self._result = result

    def wait(self, timeout_s: float) -> dict[str, Any]:
        """The worker's result. Blocks for `timeout_s` at most. Raises JobFailed, JobTimeout."""
        try:
            result: dict[str, Any] = self._result.get(blocking=True, timeout=timeout_s, backoff=1, max_delay=POLL_S)
        except TaskException as error:
            raise JobFailed(str(error)) from error
        except HueyException as error:
            raise JobTimeout(f"job {self._job_id} has no result after {timeout_s:g} s") from error
        return result


class JobQueue:
    """One queue in the SQLite file `path`. Bridge and worker open it each in their own process."""

    def __init__(self, path: Path) -> None:
        self._huey = SqliteHuey(QUEUE_NAME, filename=str(path), fsync=False)
        self._task = self._huey.task(name="run_job")(self._run)
        self._work: Callable[[Job], Mapping[str, Any]] | None = None

    def put(self, job: Job) -> PendingJob:
        return PendingJob(job.job_id, self._task(asdict(job)))

    def consume(self, work: Callable[[Job], Mapping[str, Any]]) -> None:
        """Give every job to `work`, on a few threads, until SIGTERM or SIGINT. Only from the main thread."""
        self._work = work
        logging.getLogger("huey").setLevel(logging.CRITICAL)  # it tells of a job's failure once more, outside its trace
        logging.getLogger("huey.consumer").setLevel(logging.WARNING)
        self._huey.create_consumer(
            workers=WORKER_THREADS, worker_type="thread", periodic=False, initial_delay=POLL_S, max_delay=POLL_S
        ).run()

    def _run(self, job: dict[str, Any]) -> dict[str, Any]:
        if self._work is None:
            raise RuntimeError("a job can run only in the process that consumes the queue")
        return dict(self._work(Job(**job)))
