"""A running engine: what listens, what turns in threads, and in which order they end."""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog

from correlator.doors.otlp_grpc import OtlpGrpcDoor
from correlator.doors.otlp_http import OtlpHttpDoor
from correlator.listener import AsgiApp, serve_http
from correlator.pipeline.leadership.leadership import Leadership
from correlator.pipeline.leadership.term import Jobs
from correlator.pipeline.slo.status import StatusReader
from correlator.serve.app import make_app
from correlator.serve.health import Health
from correlator.wiring.concluding import Concluding
from correlator.wiring.health import make_health
from correlator.wiring.parts import Parts
from correlator.wiring.recording import make_limits

log = structlog.get_logger()

GRACE_S: Final = 3  # for requests at hand when the engine stops; with sealing the stop stays under 10 s


@dataclass(frozen=True, slots=True)
class Engine:
    """Everything a running engine is made of.

    `jobs` turn in threads of their names from start to end; what concludes turns while the engine leads.
    """

    parts: Parts
    concluding: Concluding
    leadership: Leadership
    jobs: Jobs

    async def run(self, ready: Callable[[], None], stop: asyncio.Event | None = None) -> None:
        """Listen, call `ready`, and end in good order on SIGTERM, SIGINT or `stop`.

        Doors finish what is at hand, the recorder answers, the watch ends its turn, the store seals. Raises SettingsError
        where an address cannot be listened on.
        """
        stop = stop or asyncio.Event()
        try:
            async with self._listening(), _signals(stop):
                ready()
                log.info("engine_ready", data_dir=str(self.parts.settings.data_dir), **self.parts.addresses)
                await stop.wait()
                log.info("engine_stopping")
        finally:
            await asyncio.to_thread(self.close)

    def close(self) -> None:
        """Answer what was submitted, end the decoders, seal, release the folder. Idempotent."""
        self.parts.recorder.close()
        if self.parts.decode_processes is not None:
            self.parts.decode_processes.close()
        self.parts.stored.close()

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[None]:
        """All doors open for the block; at its end they close at once, side by side, each within its grace."""
        stops: list[Callable[[], Awaitable[None]]] = []
        stopping = threading.Event()
        workflows = self.parts.workflows
        await asyncio.to_thread(workflows.restore)
        leading = _thread("leadership", self.leadership.run, stopping)
        threads = [leading, *(_thread(name, run, stopping) for name, run in self.jobs.items())]
        for thread in threads:
            thread.start()
        try:
            await self._open_doors(make_health(self.parts, self.leadership, leading, self.concluding), stops)
            yield
        finally:
            stopping.set()
            workflows.events.bus.close()
            try:
                await asyncio.gather(*(stop() for stop in stops), asyncio.to_thread(_join, threads))
            finally:
                await asyncio.to_thread(workflows.close)  # last: doors and threads publish until they end

    async def _open_doors(self, health: Health, stops: list[Callable[[], Awaitable[None]]]) -> None:
        parts = self.parts
        listen, limits = parts.settings.listen, make_limits(parts.settings)
        token = listen.bearer_token()
        door = OtlpHttpDoor(parts.recorder, limits, parts.metrics, body_timeout_s=listen.body_timeout, token=token)
        app = make_app(
            parts.stored.store,
            parts.investigator,
            parts.metrics,
            health,
            parts.workflows.api(parts.settings),
            patterns=parts.patterns,
            slos=StatusReader(parts.objectives, parts.stored.store),
            alerts=parts.alerts.api(parts.settings),
            public_url=listen.public_url or "",
            bearer_token=token,
        )
        served: dict[str, AsgiApp] = {"otlp_http": door, "api": app}
        for name, application in served.items():
            host, port = _host_and_port(listen.addresses()[name])
            listener = await serve_http(application, host, port, name=_option(name), grace_s=GRACE_S)
            stops.append(listener.stop)
            parts.addresses[name] = listener.address
        grpc_door = OtlpGrpcDoor(parts.recorder, limits, parts.metrics, body_timeout_s=listen.body_timeout, token=token)
        await grpc_door.start(*_host_and_port(listen.otlp_grpc), name=_option("otlp_grpc"))
        stops.append(partial(grpc_door.stop, GRACE_S))
        parts.addresses["otlp_grpc"] = grpc_door.address


def _thread(name: str, run: Callable[[threading.Event], None], stopping: threading.Event) -> threading.Thread:
    return threading.Thread(target=run, args=(stopping,), name=name, daemon=True)


def _join(threads: Iterable[threading.Thread]) -> None:
    """Wait for all, in one thread: requests need the others."""
    for each in threads:
        each.join()


@asynccontextmanager
async def _signals(stop: asyncio.Event) -> AsyncIterator[None]:
    """SIGTERM and SIGINT set `stop` for the block; only where this is the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    try:
        yield
    finally:
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(each)


def _option(name: str) -> str:
    """How the command line and the settings call the address of a door."""
    return f"--{name.replace('_', '-')} (listen.{name})"


def _host_and_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)
