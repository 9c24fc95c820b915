"""Record: a request's bytes become durable records, and the sender gets an honest answer."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from threading import Lock

from correlator.errors import Overloaded, Unavailable
from correlator.model.limits import Rejection
from correlator.model.tables import Tables
from correlator.store.contract import Frame, Writer
from correlator.telemetry.metrics import EngineMetrics


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one request's records. `accepted` are durable and can be read."""

    accepted: int
    rejections: tuple[Rejection, ...] = ()

    @property
    def rejected(self) -> int:
        return sum(rejection.count for rejection in self.rejections)

    @property
    def message(self) -> str:
        """For the sender: each reason with its count and the first record's error; empty when all was accepted."""
        return "; ".join(f"{each.count} {each.reason}: {each.message}" for each in self.rejections)


class Recorder:
    """Decodes off the event loop, bounds the bytes in flight, and answers once the store has them.

    `decode` gives the tables of a frame and what it rejected; it is pure and runs in `threads` threads at once. `hear` is told
    what has become durable; it is quick, and raises nothing.
    """

    def __init__(
        self,
        writer: Writer,
        decode: "Callable[[Frame], tuple[Tables, tuple[Rejection, ...]]]",
        metrics: EngineMetrics,
        *,
        max_bytes_in_flight: int,
        threads: int = 1,
        hear: Callable[[Tables], None] = lambda recorded: None,
        clock_unix_nano: Callable[[], int] = time.time_ns,
    ) -> None:
        self._writer = writer
        self._decode = decode
        self._hear = hear
        self._metrics = metrics
        self._clock = clock_unix_nano
        self._in_flight = BytesInFlight(max_bytes_in_flight)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="decode")
        metrics.bytes_in_flight.set_function(lambda: self._in_flight.bytes)
        metrics.queue_depth.labels("record").set_function(lambda: self._in_flight.requests)
        metrics.stage_lag.labels("record").set_function(self._in_flight.oldest_age_s)

    def submit(self, body: bytes, signal: str, encoding: str, origin: str = "") -> "Future[Receipt]":
        """Start recording one decompressed OTLP request; resolves once it is durable. `origin` is that of its frame.

        Raises Overloaded at once when too many bytes are in flight. The future fails with InvalidInput for what is no OTLP
        request, with Unavailable when the store cannot take it now; then none of its records is kept.
        """
        ticket = self._in_flight.enter(len(body))
        receipt: Future[Receipt] = Future()
        receipt.add_done_callback(lambda _: self._in_flight.leave(ticket))
        frame = Frame(signal, encoding, self._clock(), body, origin)
        try:
            self._threads.submit(self._decode_and_append, frame, receipt)
        except RuntimeError:
            receipt.set_exception(Unavailable("the engine is stopping; send again to its successor", retry_after_s=5))
        return receipt

    def close(self) -> None:
        """Finish what was submitted; later submissions are refused."""
        self._threads.shutdown(wait=True)

    def _decode_and_append(self, frame: Frame, receipt: "Future[Receipt]") -> None:
        try:
            tables, rejections = self._decode(frame)
            answer = Receipt(tables.num_rows, rejections)
            if tables.num_rows == 0:
                self._answer(frame, receipt, answer)
                return
            stored = self._writer.append(frame, tables)
        except BaseException as error:
            receipt.set_exception(error)
            return
        stored.add_done_callback(lambda position: self._stored(frame, tables, position, receipt, answer))

    def _stored(
        self, frame: Frame, tables: Tables, position: "Future[int]", receipt: "Future[Receipt]", answer: Receipt
    ) -> None:
        error = position.exception()
        if error is not None:
            receipt.set_exception(error)
            return
        self._metrics.stored.labels(frame.signal).inc(answer.accepted)
        self._hear(tables)
        self._answer(frame, receipt, answer)

    def _answer(self, frame: Frame, receipt: "Future[Receipt]", answer: Receipt) -> None:
        self._metrics.accepted.labels(frame.signal).inc(answer.accepted)
        for rejection in answer.rejections:
            self._metrics.rejected.labels(frame.signal, rejection.reason).inc(rejection.count)
        receipt.set_result(answer)


class BytesInFlight:
    """Counts the bytes of requests that are not answered yet, and refuses more than `limit`."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.bytes = 0
        self._lock = Lock()
        self._tickets = count()
        self._waiting: dict[int, tuple[int, float]] = {}  # ticket: bytes and time.monotonic, oldest first

    @property
    def requests(self) -> int:
        return len(self._waiting)

    def enter(self, size: int) -> int:
        """Count a request in; its ticket. A single request is always let in when nothing else is in flight."""
        with self._lock:
            if self.bytes and self.bytes + size > self.limit:
                raise Overloaded(
                    f"{self.bytes} bytes in flight and {size} more exceed the limit of {self.limit}; send again later"
                )
            ticket = next(self._tickets)
            self._waiting[ticket] = size, time.monotonic()
            self.bytes += size
            return ticket

    def leave(self, ticket: int) -> None:
        with self._lock:
            self.bytes -= self._waiting.pop(ticket)[0]

    def oldest_age_s(self) -> float:
        """How long the request that waits longest has waited; 0 when none does."""
        with self._lock:
            since = next((entered for _, entered in self._waiting.values()), None)
        return 0.0 if since is None else time.monotonic() - since
