"""Batches to durable records: each is tried until it is recorded, or refused for good."""

import time
import traceback
from collections.abc import Callable, Collection
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Final

import structlog

from correlator.doors.kafka.batch import Batch
from correlator.doors.kafka.recorded import RecordedBatches
from correlator.errors import CorrelatorError, InvalidInput, Unavailable
from correlator.pipeline.record import Receipt
from correlator.telemetry.kafka_metrics import KafkaMetrics

log = structlog.get_logger()

FAILED_RETRY_S: Final = 5.0  # after an error nobody foresaw, as the other doors tell their senders

Submit = Callable[[bytes, str, str, str], "Future[Receipt]"]
"""Recorder.submit: body, signal, encoding, origin."""
Refuse = Callable[[Batch, str], None]
"""Told of a batch of one message that can never be recorded, and why. Raises Unavailable where it cannot keep it now."""


@dataclass(frozen=True, slots=True)
class _Request:
    """What is submitted as one request: a batch, or one message of it."""

    batch: Batch
    whole: Batch
    payload: bytes
    origin: str


class Recording:
    """Hands batches to the recorder. All calls come from one thread; the recorder answers from any.

    `bytes` are those of batches that are not done. One request that cannot be taken now makes all wait.
    """

    def __init__(
        self, submit: Submit, recorded: RecordedBatches, refuse: Refuse, metrics: KafkaMetrics, max_bytes: int
    ) -> None:
        self.bytes = 0
        self._submit = submit
        self._recorded = recorded
        self._refuse = refuse
        self._metrics = metrics
        self._max_bytes = max_bytes
        self._answers: SimpleQueue[tuple[_Request, Future[Receipt]]] = SimpleQueue()
        self._postponed: list[_Request] = []
        self._retry_at_s = 0.0  # time.monotonic
        self._left: dict[int, int] = {}  # requests of a batch that are not done, by its identity

    def is_full(self, waiting_bytes: int) -> bool:
        """Whether no more should be read: too much is in flight or waits for that, or the engine takes nothing now."""
        return self.bytes + waiting_bytes >= self._max_bytes or bool(self._postponed)

    def has_room(self, waiting_bytes: int) -> bool:
        """Whether reading may go on: half of the bound is free, so that reading does not stop and go with every batch."""
        return (self.bytes + waiting_bytes) * 2 <= self._max_bytes and not self._postponed

    def record(self, batch: Batch) -> None:
        """Begin with a batch; `is_done` tells when."""
        if batch.is_done:
            return
        self.bytes += batch.size
        self._begin(batch, [batch] if batch.is_one_request else batch.alone())

    def turn(self, wait_s: float = 0.0) -> None:
        """Deal with the answers that are there, waiting for the first for `wait_s`; try again what is due."""
        try:
            while True:
                request, answer = self._answers.get(timeout=wait_s) if wait_s else self._answers.get_nowait()
                self._answered(request, answer)
                wait_s = 0.0
        except Empty:
            pass
        if self._postponed and time.monotonic() >= self._retry_at_s:
            self._try_again()

    def wait(self, batches: Collection[Batch], within_s: float, *, is_patient: bool = True) -> bool:
        """Turn until all these are done; whether they are. Without patience it ends when only such requests are left that the
        engine did not take."""
        until_s = time.monotonic() + within_s
        while not all(batch.is_done for batch in batches):
            is_stuck = len(self._postponed) == sum(self._left.values())
            if time.monotonic() > until_s or (is_stuck and not is_patient):
                return False
            self.turn(0.05)
        return True

    def _begin(self, whole: Batch, parts: list[Batch]) -> None:
        self._left[id(whole)] = self._left.get(id(whole), 0) + len(parts)
        for part in parts:
            payload = part.payload
            self._start(_Request(part, whole, payload, part.origin(payload)))

    def _start(self, request: _Request) -> None:
        if request.origin in self._recorded:
            self._finish(request, "known")
            return
        signal = request.batch.source.signal
        try:
            answer = self._submit(request.payload, signal, request.batch.encoding, request.origin)
        except Unavailable as error:
            self._postpone(request, error)
            return
        answer.add_done_callback(lambda done: self._answers.put((request, done)))

    def _answered(self, request: _Request, answer: "Future[Receipt]") -> None:
        error = answer.exception()
        if error is None:
            self._recorded.add(request.origin)
            self._finish(request, "recorded")
        elif not isinstance(error, InvalidInput):
            self._postpone(request, error)
        elif len(request.batch.messages) > 1:  # one of them spoils it
            self._begin(request.whole, request.batch.alone())
            self._finish(request)
        else:
            self._give_up(request, error)

    def _give_up(self, request: _Request, reason: InvalidInput) -> None:
        try:
            self._refuse(request.batch, str(reason))
        except Unavailable as error:
            self._postpone(request, error)
            return
        self._finish(request, "refused")

    def _postpone(self, request: _Request, error: BaseException) -> None:
        self._metrics.retries.labels(type(error).__name__).inc()
        retry_after_s = float(error.retry_after_s) if isinstance(error, Unavailable) else FAILED_RETRY_S
        if not isinstance(error, CorrelatorError):
            _log_failure(request.batch, error)
        self._postponed.append(request)
        self._retry_at_s = max(self._retry_at_s, time.monotonic() + retry_after_s)

    def _try_again(self) -> None:
        """In the order of offsets, until one cannot be taken."""
        due, self._postponed = sorted(self._postponed, key=lambda each: each.batch.start), []
        for number, request in enumerate(due):
            if request.whole.is_given_up:
                self._finish(request)
                continue
            self._start(request)
            if self._postponed:
                self._postponed += due[number + 1 :]
                return

    def _finish(self, request: _Request, outcome: str = "") -> None:
        """Nothing is left to do of this request. With an outcome its messages are counted."""
        if outcome:
            topic = request.batch.source.topic
            self._metrics.messages.labels(topic, outcome).inc(len(request.batch.messages))
            self._metrics.received_bytes.labels(topic).inc(request.batch.size)
        whole = request.whole
        self._left[id(whole)] -= 1
        if not self._left[id(whole)]:
            del self._left[id(whole)]
            self.bytes -= whole.size
            whole.is_done = not whole.is_given_up


def _log_failure(batch: Batch, error: BaseException) -> None:
    """The stack of an error nobody foresaw. Not its message: that may quote the payload."""
    stack = "".join(traceback.format_tb(error.__traceback__))
    place = batch.source.topic, batch.source.partition
    log.error(
        "kafka_batch_failed",
        topic=place[0],
        partition=place[1],
        start=batch.start,
        end=batch.end,
        error_type=type(error).__name__,
        stack=stack,
    )
