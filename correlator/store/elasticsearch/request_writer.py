"""The threads that record requests: what waits when one is free becomes one group, with one commit.

Groups are written side by side, but committed in the order in which they came: so the positions of one engine's requests are
in that order, too.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from correlator.errors import Overloaded, Unavailable
from correlator.model.tables import Tables
from correlator.store.contract import Frame
from correlator.store.elasticsearch.failures import RETRY_AFTER_S

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


@dataclass(frozen=True, slots=True)
class _Group:
    number: int  # from 0
    requests: Sequence[Request]


class RequestWriter:
    """Takes requests from any thread and resolves their futures."""

    def __init__(self, recording: Recording, waiting_bytes: int) -> None:
        self._recording = recording
        self._limit = waiting_bytes
        self._waiting: deque[Request] = deque()
        self._waiting_bytes = 0
        self._changed = threading.Condition()
        self._is_closed = False
        self._taken = 0  # groups
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
        with self._changed:
            reason = self._no_place(request)
            if reason is None:
                self._waiting.append(request)
                self._waiting_bytes += _size(request)
                self._changed.notify()
        if reason is not None:
            request.future.set_exception(reason)
        return request.future

    def close(self) -> None:
        """Record what waits, then end. What the server does not take within STOP_TIMEOUT_S is not acknowledged."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        deadline = time.monotonic() + STOP_TIMEOUT_S
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _no_place(self, request: Request) -> Unavailable | None:
        if self._is_closed:
            return Unavailable("the store is closed; send the request again once it is open")
        if self._waiting and self._waiting_bytes + _size(request) > self._limit:
            return Overloaded(
                f"{self._waiting_bytes} bytes already wait for Elasticsearch, {self._limit} may; send it again"
            )
        return None

    def _run(self) -> None:
        while (group := self._next_group()).requests:
            for request, outcome in zip(group.requests, self._outcomes(group), strict=True):
                _resolve(request.future, outcome)

    def _outcomes(self, group: _Group) -> Sequence[Outcome]:
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
    def _turn_of(self, group: _Group) -> Iterator[None]:
        with self._has_committed:
            self._has_committed.wait_for(lambda: self._committed == group.number)
        try:
            yield
        finally:
            with self._has_committed:
                self._committed += 1
                self._has_committed.notify_all()

    def _next_group(self) -> _Group:
        """What waits, up to GROUP_BYTES; empty once closed and drained."""
        with self._changed:
            while not self._waiting and not self._is_closed:
                self._changed.wait()
            requests: list[Request] = []
            size = 0
            while self._waiting and size < GROUP_BYTES:
                requests.append(self._waiting.popleft())
                size += _size(requests[-1])
            self._waiting_bytes -= size
            number, self._taken = self._taken, self._taken + bool(requests)
            return _Group(number, requests)


def _size(request: Request) -> int:
    return max(1, len(request.frame.payload))


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
