"""Sends one signal's batches, counts what is lost, and says so once an outage.

The exporter is built where it is first used: a forked worker builds its own, for a connection shared with its parent
would mix their requests. Losing telemetry is never an error of the program that sends it.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from enum import Enum
from typing import Any, Final, Protocol

from correlator.telemetry.log_event import STRUCTLOG_FIELDS

_log: Final = logging.getLogger("correlator.telemetry")
_exporting: Final[ContextVar[bool]] = ContextVar("correlator_exporting", default=False)


class SignalExporter(Protocol):
    """What all of OpenTelemetry's exporters have in common."""

    def export(self, batch: Any, /) -> Enum:
        """Send a batch; the result is named SUCCESS or FAILURE."""

    def shutdown(self) -> None:
        """Close connections; a send that waits to retry gives up."""


BuildExporter = Callable[[float], SignalExporter]  # takes the longest time a batch may take, in seconds


def is_exporting() -> bool:
    """Whether this thread is sending telemetry now."""
    return _exporting.get()


class Delivery:
    """The way of one signal (traces | logs | metrics) to the engine.

    `lost` counts items that will never arrive: refused, timed out, or pushed out of a full queue.
    """

    def __init__(self, signal: str, build: BuildExporter, *, queue_size: int, timeout_s: float) -> None:
        self._signal = signal
        self._build = build
        self._queue_size = queue_size
        self._timeout_s = timeout_s
        self._deadline = float("inf")  # monotonic seconds, set when closing
        self.start_afresh()

    def start_afresh(self) -> None:
        """Forget connections and counts, as a forked process must: the ones it was born with are its parent's."""
        self._exporter: SignalExporter | None = None
        self._lock = threading.Lock()
        self._offered = 0
        self._taken = 0
        self._failed = 0
        self._is_failing = False

    @property
    def lost(self) -> int:
        """Items lost so far. Those pushed out of the queue are known for certain once it was flushed."""
        return self._failed + max(0, self._offered - self._taken - self._queue_size)

    def offer(self) -> None:
        """Note that an item was queued."""
        with self._lock:
            self._offered += 1

    def settle(self) -> None:
        """Note that the queue is empty now: what was offered and not taken was pushed out."""
        with self._lock:
            pushed_out = max(0, self._offered - self._taken)
            self._taken += pushed_out
            self._failed += pushed_out

    def send(self, batch: object, count: int) -> bool:
        """Send `count` items; return whether they arrived. Blocks at most the timeout; never raises."""
        token = _exporting.set(True)
        try:
            is_delivered = time.monotonic() < self._deadline and self._export(batch)
            self._note(is_delivered, count)
        finally:
            _exporting.reset(token)
        return is_delivered

    def hasten(self, timeout_s: float) -> None:
        """Closing: from now on no batch may start after `timeout_s`, and one that waits to retry gives up."""
        self._deadline = time.monotonic() + timeout_s
        self._timeout_s = min(self._timeout_s, timeout_s)
        waiting, self._exporter = self._exporter, None
        if waiting is not None:
            waiting.shutdown()

    def close(self) -> None:
        """Close the connection."""
        if self._exporter is not None:
            self._exporter.shutdown()

    def _export(self, batch: object) -> bool:
        try:
            if self._exporter is None:
                self._exporter = self._build(self._timeout_s)
            return self._exporter.export(batch).name == "SUCCESS"
        except Exception as error:  # the sending loop's own boundary: a lost batch is counted, the program goes on
            _log.debug("telemetry_export_raised", extra={STRUCTLOG_FIELDS: {"reason": type(error).__qualname__}})
            return False

    def _note(self, is_delivered: bool, count: int) -> None:
        with self._lock:
            self._taken += count
            self._failed += 0 if is_delivered else count
            has_changed, self._is_failing = self._is_failing is is_delivered, not is_delivered
        if has_changed:
            fields = {STRUCTLOG_FIELDS: {"signal": self._signal, "lost": self.lost}}
            if is_delivered:
                _log.info("telemetry_export_recovered", extra=fields)
            else:
                _log.warning("telemetry_export_failing", extra=fields)
