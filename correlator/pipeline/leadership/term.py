"""A term: what turns in threads while this process leads."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from threading import Event, Thread
from typing import Final, Literal

import structlog

from correlator.errors import Superseded

log = structlog.get_logger()

ANSWER_S: Final = 3.0
"""A job that asks a server elsewhere may still wait for its answer: its end is awaited no longer."""

LATE_S: Final = 30.0
"""A job ends within a call of the store, which may take so long (elasticsearch.timeout); one that takes longer is told of."""

Job = Callable[[Event], None]
"""Turns until the event is set."""
Jobs = Mapping[str, Job]
"""By the names of their threads."""
EndedBy = Literal["lost", "superseded", "failed", "stopped"]
"""Why a term ended: another holds the lease, another concluded meanwhile, a job broke, the engine ends."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is done in a term, with the memory that it needs. `take_back` is called once all has ended: what a term showed is
    another's to show. The end of the `asking` is awaited for ANSWER_S only.
    """

    jobs: Jobs
    take_back: Callable[[], None]
    asking: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Broken:
    """A job ended by an error: Superseded, or one of its own that it should have caught."""

    job: str
    error: BaseException

    @property
    def ended_by(self) -> EndedBy:
        return "superseded" if isinstance(self.error, Superseded) else "failed"


class Term:
    """Begins once and ends once, both from one thread. `broken` is the first job that ended by an error; the others go on."""

    def __init__(self, work: Work) -> None:
        self.broken: Broken | None = None
        self._work = work
        self._stop = Event()
        self._threads = [
            Thread(target=self._run, args=(name, job), name=name, daemon=True) for name, job in work.jobs.items()
        ]

    def begin(self) -> None:
        """Start all jobs."""
        for thread in self._threads:
            thread.start()

    def end(self, late: Callable[[str], None]) -> None:
        """Tell all jobs to stop, wait for them, take back what they showed. `late` is told of a job that does not end.

        It is awaited all the same: with another term beside it, its work would be done twice. Another replica may lead.
        """
        self._stop.set()
        for thread in self._threads:
            is_asking = thread.name in self._work.asking
            thread.join(ANSWER_S if is_asking else LATE_S)
            if thread.is_alive() and not is_asking:
                late(thread.name)
                thread.join()
        self._work.take_back()

    def _run(self, name: str, job: Job) -> None:
        try:
            job(self._stop)
        except BaseException as error:
            if not isinstance(error, Superseded):
                log.exception("job_failed", job=name)
            self.broken = self.broken or Broken(name, error)
