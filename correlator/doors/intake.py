"""Intake: what both OTLP doors do with a body once it is here, and how they count what became of it."""

import asyncio
import time
import traceback
from typing import Final

import structlog

from correlator.doors.inflate import inflate
from correlator.errors import CorrelatorError
from correlator.model.limits import Limits
from correlator.pipeline.buffered_bytes import BufferedBytes
from correlator.pipeline.record import Receipt, Recorder
from correlator.telemetry.metrics import EngineMetrics

log = structlog.get_logger()

MAX_BUFFERED_BYTES: Final = 128 * 2**20  # bodies not handed on yet, of one door: eight of the largest
_INFLATE_AT_ONCE: Final = 2  # each may hold limits.inflated_bytes


class SenderGone(Exception):
    """The sender ended the request before its body was whole: there is hardly anybody to answer."""


class Intake:
    """Inflates, records and counts the requests of one door. All calls come from one event loop."""

    def __init__(
        self,
        door: str,
        recorder: Recorder,
        limits: Limits,
        metrics: EngineMetrics,
        max_buffered_bytes: int = MAX_BUFFERED_BYTES,
    ) -> None:
        self.limits = limits
        self.buffered = BufferedBytes(max_buffered_bytes)
        self._door = door
        self._recorder = recorder
        self._metrics = metrics
        self._inflating = asyncio.Semaphore(_INFLATE_AT_ONCE)

    async def record(self, signal: str, encoding: str, body: bytes | bytearray, *, is_gzip: bool) -> Receipt:
        """Returns once the records are durable. Raises what Recorder.submit and inflate raise.

        A sender that gives up meanwhile cancels the wait, not the recording.
        """
        inflated = await self._inflate(body) if is_gzip else bytes(body)
        receipt = self._recorder.submit(inflated, signal, encoding)
        return await asyncio.shield(asyncio.wrap_future(receipt))

    async def _inflate(self, body: bytes | bytearray) -> bytes:
        async with self._inflating:
            return await asyncio.to_thread(inflate, body, self.limits.inflated_bytes)

    def count(self, signal: str, answer: str) -> None:
        """Count one request by what became of it; exactly one call a request."""
        self._metrics.requests.labels(self._door, signal, answer).inc()

    def count_body(self, signal: str, size: int) -> None:
        """Count the bytes of a body as sent."""
        self._metrics.received_bytes.labels(self._door, signal).inc(size)

    def count_seconds(self, signal: str, since: float) -> None:
        """Observe the time since `since`, by time.perf_counter: the last byte in."""
        self._metrics.request_seconds.labels(self._door, signal).observe(time.perf_counter() - since)

    def log_failure(self, signal: str, error: Exception) -> None:
        """Log the stack of an error nobody foresaw. Not its message: that may quote the payload."""
        if isinstance(error, CorrelatorError):
            return
        stack = "".join(traceback.format_tb(error.__traceback__))
        log.error("otlp_request_failed", door=self._door, signal=signal, error_type=type(error).__name__, stack=stack)
