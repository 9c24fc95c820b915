"""The threads that record requests: what waits when one is free becomes one group, with one commit.

Groups are written side by side, but committed in the order in which they came: so the positions of one engine's requests are
in that order, too.
"""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from correlator.errors import Unavailable
from correlator.model.tables import Tables
from correlator.store.contract import Frame
from correlator.store.elasticsearch.failures import RETRY_AFTER_S
from correlator.store.waiting_requests import Group, WaitingRequests

LOG = structlog.get_logger(__name__)
GROUP_BYTES: Final = 2 * 2**20
"""Of payload: some 4,700 spans, and 6 MB as documents, the size of a bulk that Elastic suggests to begin with."""
WRITERS: Final = 2
"""While one waits for the server, the other makes documents."""
STOP_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Request:
    """One that waits; `id` is the same whenever it is fetched again from its origin."""

    id: str
    frame: Frame
    tables: Tables
    future: "Future[int]" = field(default_factory=Future)

    @property
    def nbytes(self) -> int:
        return max(1, len(self.frame.payload))


Outcome = int | Unavailable
"""A request's position, or why it is not kept."""
Failed = Mapping[str, Unavailable]
"""By request: why it could not be written."""


class Recording(Protocol):
    """What is done with a group, called from several threads."""

    def write(self, group: Sequence[Request]) -> Failed: ...

    def commit(self, group: Sequence[Request], failed: Failed) -> Sequence[Outcome]:
        """An outcome for each of the group; the groups come in order, one at a time."""
        ...


class RequestWriter:
    """Takes requests from any thread and resolves their futures."""

    def __init__(self, recording: Recording, waiting_bytes: int) -> None:
        self._recording = recording
        self._waiting: WaitingRequests[Request] = WaitingRequests(waiting_bytes, "Elasticsearch")
        self._committed = 0
        self._has_committed = threading.Condition()
        self._threads = [
            threading.Thread(target=self._run, name=f"correlator-writer-{number}", daemon=True)
            for number in range(WRITERS)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, request: Request) -> "Future[int]":
        """Never waits: a request that cannot be queued fails at once."""
        return self._waiting.submit(request)

    def close(self) -> None:
        """Record what waits, then end. What the server does not take within STOP_TIMEOUT_S is not acknowledged."""
        self._waiting.close()
        deadline = time.monotonic() + STOP_TIMEOUT_S
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _run(self) -> None:
        while (group := self._waiting.next_group(GROUP_BYTES)).requests:
            for request, outcome in zip(group.requests, self._outcomes(group), strict=True):
                _resolve(request.future, outcome)

    def _outcomes(self, group: Group[Request]) -> Sequence[Outcome]:
        requests = group.requests
        try:
            failed = self._recording.write(requests)
        except Exception as error:
            failed = dict.fromkeys((request.id for request in requests), _reason(error, len(requests)))
        with self._turn_of(group):
            try:
                return self._recording.commit(requests, failed)
            except Exception as error:
                return [_reason(error, len(requests))] * len(requests)

    @contextmanager
    def _turn_of(self, group: Group[Request]) -> Iterator[None]:
        with self._has_committed:
            self._has_committed.wait_for(lambda: self._committed == group.number)
        try:
            yield
        finally:
            with self._has_committed:
                self._committed += 1
                self._has_committed.notify_all()


def _reason(error: Exception, requests: int) -> Unavailable:
    """Why a group is not kept, for its senders; told in the log, too."""
    if isinstance(error, Unavailable):
        LOG.warning("requests_not_recorded", requests=requests, reason=str(error))
        return error
    LOG.exception("requests_not_recorded", requests=requests)
    return Unavailable(
        f"the request could not be recorded ({type(error).__name__}); send it again", retry_after_s=RETRY_AFTER_S
    )


def _resolve(future: "Future[int]", outcome: Outcome) -> None:
    if not future.set_running_or_notify_cancel():
        return
    if isinstance(outcome, Unavailable):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
