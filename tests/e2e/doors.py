"""The OTLP doors in this process, on real sockets and an event loop of their own, so that tests may block."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread

from correlator.doors.otlp_grpc import OtlpGrpcDoor
from correlator.doors.otlp_http import OtlpHttpDoor
from correlator.listener import serve_http
from correlator.model.limits import Limits
from correlator.pipeline.record import Recorder
from correlator.telemetry.metrics import EngineMetrics


@dataclass(frozen=True, slots=True)
class Doors:
    """Addresses are host:port."""

    http: str
    grpc: str
    metrics: EngineMetrics

    def requests(self, door: str, signal: str, answer: str) -> int:
        """How many requests were counted with these labels. `door` is http or grpc."""
        labels = {"door": f"otlp_{door}", "signal": signal, "answer": answer}
        return int(self.metrics.registry.get_sample_value("correlator_otlp_requests_total", labels) or 0)

    def await_requests(self, door: str, signal: str, answer: str, at_least: int = 1, within_s: float = 30.0) -> int:
        """The count, once it is high enough: a door may count after its sender has gone. Raises AssertionError."""
        until = time.monotonic() + within_s
        while (count := self.requests(door, signal, answer)) < at_least:
            assert time.monotonic() < until, f"{count} {door} {signal} requests were {answer}, not {at_least}"
            time.sleep(0.01)
        return count


@contextmanager
def running_doors(
    recorder: Recorder,
    metrics: EngineMetrics,
    limits: Limits | None = None,
    *,
    body_timeout_s: float = 10.0,
    max_buffered_bytes: int = 128 * 2**20,
    token: str | None = None,
    max_grpc_calls: int = 1_024,
) -> Iterator[Doors]:
    """Both doors in front of `recorder`, on free ports, until the block ends; it closes the recorder."""
    limits = limits or Limits()
    http = OtlpHttpDoor(
        recorder, limits, metrics, body_timeout_s=body_timeout_s, max_buffered_bytes=max_buffered_bytes, token=token
    )
    grpc = OtlpGrpcDoor(
        recorder,
        limits,
        metrics,
        body_timeout_s=body_timeout_s,
        max_buffered_bytes=max_buffered_bytes,
        token=token,
        max_calls=max_grpc_calls,
    )
    started: Future[Doors] = Future()
    loop, stop = asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        listener = await serve_http(http, "127.0.0.1", 0, name="otlp_http", grace_s=1)
        await grpc.start("127.0.0.1", 0)
        started.set_result(Doors(listener.address, grpc.address, metrics))
        await stop.wait()
        await listener.stop()
        await grpc.stop(0.5)

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    thread = Thread(target=run, name="doors")
    thread.start()
    try:
        yield started.result(30)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        recorder.close()
