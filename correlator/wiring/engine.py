"""A running engine: what listens, what turns in threads, and in which order they end."""

import asyncio
import shutil
import signal
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import structlog

from correlator.doors.decode_processes import DecodeProcesses
from correlator.doors.n8n_rest.poller import Poller
from correlator.doors.otlp_grpc import OtlpGrpcDoor
from correlator.doors.otlp_http import OtlpHttpDoor
from correlator.listener import AsgiApp, serve_http
from correlator.pipeline.patterns.patterns import Patterns
from correlator.pipeline.record import Recorder
from correlator.pipeline.slo.status import StatusReader
from correlator.pipeline.stories.investigate import Investigator
from correlator.pipeline.stories.propagation import PropagationGauge, PropagationReader
from correlator.pipeline.watch.watch import Watch
from correlator.serve.app import make_app
from correlator.serve.health import Health, State
from correlator.settings import Settings
from correlator.store.segments import SegmentStore
from correlator.telemetry.metrics import EngineMetrics
from correlator.wiring.alerts import Alerts
from correlator.wiring.recording import make_limits
from correlator.wiring.stories import make_story_bounds
from correlator.wiring.workflows import Workflows

log = structlog.get_logger()

GRACE_S: Final = 3  # for requests at hand when the engine stops; with sealing the stop stays under 10 s

Jobs = Mapping[str, Callable[[threading.Event], None]]
"""By the names of their threads: what turns until its event is set."""


@dataclass(slots=True)
class Engine:
    """Everything a running engine is made of. `addresses` (otlp_http, otlp_grpc, api) is filled once it listens.

    `jobs` turn in threads of their names until told to stop; they need none of the requests at hand to end.
    """

    settings: Settings
    metrics: EngineMetrics
    store: SegmentStore
    recorder: Recorder
    investigator: Investigator
    watch: Watch
    decode_processes: DecodeProcesses | None
    workflows: Workflows
    patterns: Patterns
    statuses: StatusReader
    n8n: Poller | None
    alerts: Alerts
    jobs: Jobs = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)

    async def run(self, ready: Callable[[], None], stop: asyncio.Event | None = None) -> None:
        """Listen, call `ready`, and end in good order on SIGTERM, SIGINT or `stop`.

        Doors finish what is at hand, the recorder answers, the watch ends its turn, the store seals. Raises SettingsError
        where an address cannot be listened on.
        """
        stop = stop or asyncio.Event()
        try:
            async with self._listening(), _signals(stop):
                ready()
                log.info("engine_ready", data_dir=str(self.settings.data_dir), **self.addresses)
                await stop.wait()
                log.info("engine_stopping")
        finally:
            await asyncio.to_thread(self.close)

    def close(self) -> None:
        """Answer what was submitted, end the decoders, seal, release the folder. Idempotent."""
        self.recorder.close()
        if self.decode_processes is not None:
            self.decode_processes.close()
        self.store.close()

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[None]:
        """All doors open for the block; at its end they close at once, side by side, each within its grace."""
        stops: list[Callable[[], Awaitable[None]]] = []
        stopping = threading.Event()
        watching = threading.Thread(
            target=self.watch.run, args=(stopping, self.settings.incidents.interval), name="watch", daemon=True
        )
        reader = PropagationReader(self.store, make_story_bounds(self.settings))
        gauge = PropagationGauge(reader, self.metrics, time.time_ns)
        gauging = threading.Thread(target=gauge.run, args=(stopping,), name="propagation", daemon=True)
        following = await asyncio.to_thread(self.workflows.start, stopping)
        following.append(self._follow_pattern_files(stopping))
        following += self._start_jobs(stopping)
        watching.start()
        gauging.start()
        polling = self._poll_n8n(stopping)
        try:
            await self._open_doors(watching, stops)
            yield
        finally:
            stopping.set()
            self.workflows.events.bus.close()
            threads = (watching, gauging, *following)
            try:
                await asyncio.gather(*(stop() for stop in stops), asyncio.to_thread(_join, threads, polling))
            finally:
                await asyncio.to_thread(self.workflows.close)  # last: doors and threads publish until they end

    def _poll_n8n(self, stopping: threading.Event) -> list[threading.Thread]:
        if self.n8n is None:
            return []
        polling = threading.Thread(target=self.n8n.run, args=(stopping,), name="n8n", daemon=True)
        polling.start()
        return [polling]

    def _follow_pattern_files(self, stopping: threading.Event) -> threading.Thread:
        arguments = stopping, self.settings.patterns.reload_interval
        thread = threading.Thread(target=self.patterns.files.run, args=arguments, name="pattern-files", daemon=True)
        thread.start()
        return thread

    def _start_jobs(self, stopping: threading.Event) -> list[threading.Thread]:
        threads = [
            threading.Thread(target=run, args=(stopping,), name=name, daemon=True) for name, run in self.jobs.items()
        ]
        for thread in threads:
            thread.start()
        return threads

    async def _open_doors(self, watching: threading.Thread, stops: list[Callable[[], Awaitable[None]]]) -> None:
        listen, limits = self.settings.listen, make_limits(self.settings)
        token = listen.bearer_token()
        door = OtlpHttpDoor(self.recorder, limits, self.metrics, body_timeout_s=listen.body_timeout, token=token)
        workflows = self.workflows.api(self.settings)
        app = make_app(
            self.store,
            self.investigator,
            self.metrics,
            self._health(watching),
            workflows,
            patterns=self.patterns,
            slos=self.statuses,
            alerts=self.alerts.api(self.settings),
            public_url=self.settings.listen.public_url or "",
            bearer_token=token,
        )
        served: dict[str, AsgiApp] = {"otlp_http": door, "api": app}
        for name, application in served.items():
            host, port = _host_and_port(listen.addresses()[name])
            listener = await serve_http(application, host, port, name=_option(name), grace_s=GRACE_S)
            stops.append(listener.stop)
            self.addresses[name] = listener.address
        grpc_door = OtlpGrpcDoor(self.recorder, limits, self.metrics, body_timeout_s=listen.body_timeout, token=token)
        await grpc_door.start(*_host_and_port(listen.otlp_grpc), name=_option("otlp_grpc"))
        stops.append(partial(grpc_door.stop, GRACE_S))
        self.addresses["otlp_grpc"] = grpc_door.address

    def _health(self, watching: threading.Thread) -> Health:
        def doors() -> State:
            missing = [name for name in self.settings.listen.addresses() if name not in self.addresses]
            return State(not missing, f"not listening yet: {', '.join(missing)}" if missing else "listening")

        def watch() -> State:
            return State(watching.is_alive(), "turning" if watching.is_alive() else "its thread has ended")

        def patterns() -> State:
            return State(True, self.patterns.files.describe())  # a broken file keeps the rules before it: still ready

        checks = {"store": self._store_state, "doors": doors, "watch": watch, "patterns": patterns}
        checks |= self.alerts.checks()
        if self.n8n is not None:
            poller = self.n8n
            checks["n8n"] = lambda: State(
                True, poller.describe()
            )  # an n8n that is down is no reason to refuse telemetry
        return Health(checks)

    def _store_state(self) -> State:
        """Whether there is room for what comes: below `min_free` the doors answer 503."""
        free, needed = shutil.disk_usage(self.settings.data_dir).free, self.settings.store.min_free
        return State(free >= needed, f"{free // 2**20} MiB free, {needed // 2**20} MiB needed")


def _join(threads: Iterable[threading.Thread], polling: Iterable[threading.Thread]) -> None:
    """Wait for all, but not long for those that may be waiting for n8n's answer. In one thread: requests need the others."""
    for each in polling:
        each.join(GRACE_S)
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
