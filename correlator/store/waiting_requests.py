"""Requests that wait for a thread to record them: taken in from any thread, bounded in bytes, handed on in groups."""

import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from correlator.errors import Overloaded, Unavailable


class Waits(Protocol):
    """A request: how large it is, and what its sender waits for."""

    @property
    def future(self) -> "Future[int]": ...

    @property
    def nbytes(self) -> int: ...


Request = TypeVar("Request", bound=Waits)


@dataclass(frozen=True, slots=True)
class Group(Generic[Request]):
    """Requests that were taken together, and the number of groups taken before."""

    number: int
    requests: list[Request]


class WaitingRequests(Generic[Request]):
    """In the order in which they came. While any wait, at most `limit_bytes` do; `what_for` names it to who is refused."""

    def __init__(self, limit_bytes: int, what_for: str) -> None:
        self._limit = limit_bytes
        self._what_for = what_for
        self._requests: deque[Request] = deque()
        self._bytes = 0
        self._groups = 0
        self._changed = threading.Condition()
        self._is_closed = False

    def submit(self, request: Request) -> "Future[int]":
        """Its future. Never waits: a request that cannot be queued fails at once."""
        with self._changed:
            reason = self._no_place(request)
            if reason is None:
                self._requests.append(request)
                self._bytes += request.nbytes
                self._changed.notify()
        if reason is not None:
            request.future.set_exception(reason)
        return request.future

    def next_group(self, group_bytes: int) -> Group[Request]:
        """What waits, up to `group_bytes`, one at least; waits for it. Without requests once closed and drained."""
        with self._changed:
            while not self._requests and not self._is_closed:
                self._changed.wait()
            group: list[Request] = []
            size = 0
            while self._requests and size < group_bytes:
                group.append(self._requests.popleft())
                size += group[-1].nbytes
            self._bytes -= size
            number, self._groups = self._groups, self._groups + bool(group)
            return Group(number, group)

    def close(self) -> None:
        """Take nothing more; what waits is still handed on."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _no_place(self, request: Request) -> Unavailable | None:
        if self._is_closed:
            return Unavailable("the store is closed; send the request again once it is open")
        if self._requests and self._bytes + request.nbytes > self._limit:
            return Overloaded(
                f"{self._bytes} bytes already wait for {self._what_for}, {self._limit} may; send it again"
            )
        return None
