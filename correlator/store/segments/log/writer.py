"""The one thread that writes the log: what waits when it is free becomes one group with one fdatasync."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final

import structlog

from correlator.errors import StorageFull, Unavailable
from correlator.model.tables import Tables
from correlator.store.contract import Frame
from correlator.store.segments.disk import is_no_room
from correlator.store.segments.log.frame import frame_bytes
from correlator.store.segments.log.raw_log import RawLog
from correlator.store.segments.meter import Observe
from correlator.store.waiting_requests import WaitingRequests

LOG = structlog.get_logger(__name__)
GROUP_BYTES: Final = 16 * 2**20
"""A group this large is written at once: a larger one saves no fdatasync worth its latency."""
STOP_TIMEOUT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class _Request:
    frame: Frame
    tables: Tables
    future: "Future[int]" = field(default_factory=Future)

    @property
    def nbytes(self) -> int:
        return frame_bytes(self.frame)


class LogWriter:
    """Takes requests from any thread, writes them in their order, hands them on, and only then resolves their futures.

    `refusal` gives the reason why nothing can be taken now, or None. `accept` gets (position, tables) of each durable
    request and makes it readable; `end` is the log position behind it.
    """

    def __init__(
        self,
        log: RawLog,
        refusal: Callable[[], Unavailable | None],
        accept: Callable[[Frame, Tables, int], None],
        waiting_bytes: int,
        observe: Observe,
    ) -> None:
        self._log = log
        self._refusal = refusal
        self._accept = accept
        self._observe = observe
        self._waiting: WaitingRequests[_Request] = WaitingRequests(waiting_bytes, "the log")
        self._thread = threading.Thread(target=self._run, name="correlator-log-writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def submit(self, frame: Frame, tables: Tables) -> "Future[int]":
        """Never waits: a request that cannot be queued fails at once."""
        return self._waiting.submit(_Request(frame, tables))

    def close(self) -> None:
        """Write what waits, then end."""
        self._waiting.close()
        if self._thread.is_alive():
            self._thread.join(STOP_TIMEOUT_S)

    def _run(self) -> None:
        while group := self._waiting.next_group(GROUP_BYTES).requests:
            try:
                self._write(group)
            except Exception as error:
                self._observe("background_errors", 1)
                LOG.exception("log_writer_failed")
                _fail(group, Unavailable(f"the log could not take the request ({error}); send it again"))

    def _write(self, group: list[_Request]) -> None:
        if (reason := self._refusal()) is not None:
            _fail(group, reason)
            return
        started = time.perf_counter()
        try:
            positions = self._log.append([request.frame for request in group])
        except OSError as error:
            self._observe("log_write_errors", 1)
            LOG.warning("log_write_failed", errno=error.errno, requests=len(group))
            _fail(group, _unavailable(error))
            return
        self._observe("commit_seconds", time.perf_counter() - started)
        readable = self._made_readable(group, positions)
        for request, position in zip(group[:readable], positions, strict=False):
            _resolve(request.future, position)
        _fail(group[readable:], Unavailable("the request could not be made readable; send it again"))

    def _made_readable(self, group: list[_Request], positions: list[int]) -> int:
        """How many requests of the group, from its first on, can be read; the others are out of the log again."""
        for index, (request, position) in enumerate(zip(group, positions, strict=True)):
            try:
                self._accept(request.frame, request.tables, position)
            except Exception:
                self._observe("background_errors", 1)
                LOG.exception("request_not_readable", signal=request.frame.signal)
                self._log.cut(position)
                return index
        return len(group)


def _unavailable(error: OSError) -> Unavailable:
    if is_no_room(error):
        return StorageFull(
            f"the disk of the data folder takes no more ({error.strerror}); free some room", retry_after_s=5
        )
    return Unavailable(f"the log could not be written ({error.strerror}); check the disk", retry_after_s=5)


def _fail(group: list[_Request], reason: Unavailable) -> None:
    for request in group:
        if not request.future.done() and request.future.set_running_or_notify_cancel():
            request.future.set_exception(reason)


def _resolve(future: "Future[int]", position: int) -> None:
    if future.set_running_or_notify_cancel():
        future.set_result(position)
