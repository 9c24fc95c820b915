"""Queues and records on SQLite (no server) or Redis, both through huey. huey has no types: only this module imports it."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from sqlite3 import Error as SqliteError
from typing import Any, Final

from huey import Huey
from huey.api import Task
from huey.constants import EmptyData
from huey.consumer import Consumer
from huey.exceptions import RetryTask
from huey.storage import BaseStorage, PriorityRedisStorage, SqliteStorage
from redis.exceptions import RedisError

from correlator.errors import CorrelatorError, SettingsError

POLL_S: Final = 0.02
"""How often an idle worker looks into SQLite for a job: a demo's jobs take some milliseconds. Redis blocks instead."""
SQLITE: Final = "sqlite://"
REDIS: Final = ("redis://", "rediss://", "unix://")

Run = Callable[[str, int], None]
"""Does start number `start` (from 1) of job `job_id`; raises RunAgain to have it queued once more, later."""


class QueueUnavailable(CorrelatorError):
    """SQLite or Redis does not answer; nothing is known of what was asked."""


class RunAgain(CorrelatorError):
    """Raised in a run: queue `(job_id, start + 1)` after `delay_s`."""

    def __init__(self, delay_s: float) -> None:
        super().__init__(f"again in {delay_s:g} s")
        self.delay_s = delay_s


@contextmanager
def _translated(url: str) -> Iterator[None]:
    try:
        yield
    except (RedisError, SqliteError, OSError) as error:
        raise QueueUnavailable(f"the queue at {_without_password(url)} does not answer: {error}") from error


class Records:
    """JSON documents by key, in a namespace of their own. Each method raises QueueUnavailable."""

    def __init__(self, url: str, namespace: str) -> None:
        self._url = url
        with _translated(url):
            self._storage = _open_storage(url, namespace)

    def put_if_absent(self, key: str, document: Mapping[str, Any]) -> bool:
        """Whether this call wrote it: of several at once, in whatever processes, one does."""
        with _translated(self._url):
            return bool(self._storage.put_if_empty(key, json.dumps(document).encode()))

    def put(self, key: str, document: Mapping[str, Any]) -> None:
        with _translated(self._url):
            self._storage.put_data(key, json.dumps(document).encode())

    def get(self, key: str) -> dict[str, Any] | None:
        with _translated(self._url):
            value = self._storage.peek_data(key)
        return None if value is EmptyData else dict(json.loads(value))

    def has(self, key: str) -> bool:
        with _translated(self._url):
            return bool(self._storage.has_data_for_key(key))

    def delete(self, key: str) -> None:
        with _translated(self._url):
            self._storage.delete_data(key)

    def all(self) -> dict[str, dict[str, Any]]:
        """Every document of the namespace, by key."""
        with _translated(self._url):
            return {key: json.loads(value) for key, value in self._storage.result_items().items()}


class StoredQueue:
    """One queue of starts `(job_id, start)`: highest priority first, then first come. Raises QueueUnavailable."""

    def __init__(self, url: str, name: str) -> None:
        self.name = name
        self._url = url
        self._run: Run | None = None
        with _translated(url):
            self._huey = Huey(name, results=False, storage_class=_storage_class(url), **_storage_options(url))
        self._task = self._huey.task(name="run_job", context=True)(self._execute)

    def put(self, job_id: str, start: int, priority: int) -> None:
        with _translated(self._url):
            self._task(job_id, start, priority=priority)

    def depth(self) -> int:
        """Starts that wait to be taken; those that wait for their time are not counted."""
        with _translated(self._url):
            return int(self._huey.pending_count())

    def starts(self) -> set[tuple[str, int]]:
        """All `(job_id, start)` on the queue, those that wait for their time too."""
        with _translated(self._url):
            tasks: list[Task] = [*self._huey.pending(), *self._huey.scheduled()]
        return {(task.args[0], task.args[1]) for task in tasks}

    def make_consumer(self, run: Run, threads: int) -> Any:
        """A huey consumer that gives every start to `run`. One a process."""
        self._run = run
        logging.getLogger("huey").setLevel(logging.CRITICAL)  # it tells of a job's failure once more, outside its trace
        logging.getLogger("huey.consumer").setLevel(logging.WARNING)
        return _SignallessConsumer(
            self._huey, workers=threads, worker_type="thread", periodic=False, initial_delay=POLL_S, max_delay=POLL_S
        )

    def _execute(self, job_id: str, start: int, task: Task) -> None:
        if self._run is None:
            raise RuntimeError("a job can run only in the process that consumes the queue")
        try:
            self._run(job_id, start)
        except RunAgain as again:
            task.args = (job_id, start + 1)
            raise RetryTask(delay=again.delay_s) from None


class _SignallessConsumer(Consumer):  # type: ignore[misc]  # huey has no types
    """Several run in one process, so none of them may take the process' signals."""

    def _set_signal_handlers(self) -> None:
        pass


def _open_storage(url: str, namespace: str) -> BaseStorage:
    return _storage_class(url)(namespace, **_storage_options(url))


def _storage_class(url: str) -> type[BaseStorage]:
    if url.startswith((SQLITE, *REDIS)):
        found: type[BaseStorage] = SqliteStorage if url.startswith(SQLITE) else PriorityRedisStorage
        return found
    raise SettingsError(f"queue {url!r} is of no known kind; give sqlite:///path/to/jobs.db or redis://host:port/0")


def _storage_options(url: str) -> dict[str, Any]:
    return {"filename": url.removeprefix(SQLITE), "fsync": False} if url.startswith(SQLITE) else {"url": url}


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
