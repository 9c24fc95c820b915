"""The one place that builds everything: settings in, a running engine out."""

import asyncio
import shutil
import signal
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.resources import files
from typing import Final

import structlog

from correlator.correlate.stitch import parse_precisions
from correlator.correlate.systems import SystemRule, system_of
from correlator.doors.callbacks.door import CallbackDoor
from correlator.doors.callbacks.read import CallbackLimits
from correlator.doors.callbacks.silence import SilenceWatch
from correlator.doors.decode_processes import DecodeProcesses
from correlator.doors.n8n_rest.client import N8nClient
from correlator.doors.n8n_rest.ledger import Ledger
from correlator.doors.n8n_rest.poller import OnExecution, Poller, Schedule
from correlator.doors.n8n_rest.translate import Instance
from correlator.doors.otlp_decode import Decoded, decode
from correlator.doors.otlp_grpc import OtlpGrpcDoor
from correlator.doors.otlp_http import OtlpHttpDoor
from correlator.errors import StoreError
from correlator.listener import AsgiApp, serve_http
from correlator.model.limits import Limits, Rejection
from correlator.model.precisions import Precisions
from correlator.model.tables import Tables
from correlator.pipeline.events import Events
from correlator.pipeline.executions import Executions
from correlator.pipeline.investigate import Investigator
from correlator.pipeline.pattern_files import PatternFiles
from correlator.pipeline.patterns import Patterns
from correlator.pipeline.propagation import PropagationGauge, PropagationReader
from correlator.pipeline.record import Recorder
from correlator.pipeline.redis_events import RedisEvents
from correlator.pipeline.story import StoryBounds
from correlator.pipeline.watch import Watch
from correlator.serve.app import make_app
from correlator.serve.health import Health, State
from correlator.serve.workflows import WorkflowApi
from correlator.settings import Settings
from correlator.store.contract import Frame, Reader, Writer
from correlator.store.segments import SegmentStore
from correlator.store.segments.disk import Disk
from correlator.store.segments.limits_in_force import read_limits, write_limits
from correlator.store.segments.meter import Observe, unobserved
from correlator.store.segments.replay import Progress, unreported
from correlator.telemetry.metrics import EngineMetrics
from correlator.workflows.status_table import TableLimits

log = structlog.get_logger()

GRACE_S: Final = 3  # for requests at hand when the engine stops; with sealing the stop stays under 10 s


def make_limits(settings: Settings) -> Limits:
    """The limits of requests and records."""
    given = settings.limits
    return Limits(
        body_bytes=given.body,
        inflated_bytes=given.inflated,
        records_per_request=given.records_per_request,
        attributes_per_record=given.attributes_per_record,
        value_bytes=given.value,
        nesting_depth=given.nesting_depth,
        future_skew_s=given.future_skew,
        past_skew_s=given.past_skew,
    )


def make_rules(settings: Settings) -> tuple[SystemRule, ...]:
    """Which resource belongs to which system."""
    return tuple(SystemRule(rule.system, rule.attribute, rule.pattern) for rule in settings.systems)


def make_decode(settings: Settings, limits: Limits | None = None) -> Callable[[Frame], Decoded]:
    """The decoder with this engine's limits and system rules: pure, and the same for doors and replay."""
    given = limits or make_limits(settings)
    return partial(decode, limits=given, system_of=partial(system_of, rules=make_rules(settings)))


def make_patterns(reader: Reader, settings: Settings, metrics: EngineMetrics) -> Patterns:
    """The rules of the shipped folder and the settings', read now; a broken file is logged and counted."""
    given = settings.patterns
    return Patterns(PatternFiles(given.folders, metrics, with_shipped=given.shipped), reader, metrics)


def make_investigator(reader: Reader, settings: Settings, patterns: Patterns) -> Investigator:
    """What explains stories, with the precisions that this version was measured at."""
    return Investigator(reader, read_precisions(), make_story_bounds(settings), patterns.told)


def make_story_bounds(settings: Settings) -> StoryBounds:
    """How far a story is looked for."""
    given = settings.stitch
    return StoryBounds(
        given.window, given.payload_window, given.max_traces, given.records_per_key, given.records_per_payload
    )


def read_precisions() -> Precisions:
    """The precisions that are installed with the stitcher. Raises SettingsError where the file is damaged."""
    return parse_precisions(
        files("correlator.correlate.stitch").joinpath("precisions.json").read_text(encoding="utf-8")
    )


def open_store(settings: Settings, on_replay: Progress = unreported, observe: Observe = unobserved) -> SegmentStore:
    """The embedded store of `data_dir`, what a crash left unsealed replayed. `on_replay` is told bytes done and in all.

    The log is replayed under the limits it was written under; where the settings name others, it is sealed first, so that
    no log is ever under two. Raises StoreError where the folder is in use, damaged or of a newer format.
    """
    limits = make_limits(settings)
    limits_of_log = read_limits(settings.data_dir) or limits
    decode_logged = make_decode(settings, limits_of_log)
    given = settings.store
    store = SegmentStore(
        settings.data_dir,
        lambda frame: decode_logged(frame).tables,
        seal_rows=given.seal_rows,
        seal_age_s=given.seal_age,
        retention_age_s=given.retention_age,
        retention_bytes=given.retention_size,
        min_free_bytes=given.min_free,
        on_replay=on_replay,
        observe=observe,
    )
    try:
        if limits_of_log != limits:
            store.seal()
        write_limits(settings.data_dir, limits, Disk())
    except OSError as error:
        store.close()
        raise StoreError(f"data folder {settings.data_dir} takes no more ({error.strerror}); free some room") from error
    return store


@dataclass(slots=True)
class Engine:
    """Everything a running engine is made of. `addresses` (otlp_http, otlp_grpc, api) is filled once it listens."""

    settings: Settings
    metrics: EngineMetrics
    store: SegmentStore
    recorder: Recorder
    investigator: Investigator
    watch: Watch
    decode_processes: DecodeProcesses | None
    workflows: "Workflows"
    patterns: Patterns
    n8n: Poller | None
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
        watching.start()
        gauging.start()
        polling = self._poll_n8n(stopping)
        try:
            await self._open_doors(watching, stops)
            yield
        finally:
            stopping.set()
            self.workflows.events.bus.close()
            ending = (asyncio.to_thread(each.join) for each in (watching, gauging, *following))
            polled = (asyncio.to_thread(each.join, GRACE_S) for each in polling)  # it may be waiting for n8n's answer
            await asyncio.gather(*(stop() for stop in stops), *ending, *polled)

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


def build(settings: Settings, on_replay: Progress = unreported) -> Engine:
    """An engine on `settings`, not listening yet. Raises StoreError, or SettingsError; close it when it is not run."""
    if settings.n8n.base_url is not None:
        settings.n8n.key()  # a key that cannot be read ends the start, before anything is open
    metrics = EngineMetrics()
    store = open_store(settings, on_replay, metrics.observe_store)
    count = settings.record.decode_processes
    try:
        processes = DecodeProcesses(count, make_limits(settings), make_rules(settings)) if count else None
    except OSError:
        store.close()
        raise
    decode_frame = processes or make_decode(settings)
    recorder = make_recorder(settings, store, decode_frame, metrics)
    metrics.read_store(partial(_store_gauges, store))
    metrics.stage_lag.labels("seal").set_function(lambda: store.stats().unsealed_age_s)
    patterns = make_patterns(store, settings, metrics)
    investigator = make_investigator(store, settings, patterns)
    workflows = make_workflows(settings, store, recorder, metrics)
    given = settings.incidents
    watch = Watch(
        store,
        investigator,
        metrics,
        threshold=given.threshold,
        window_s=given.window,
        quiet_s=given.quiet,
        settle_s=given.settle,
        max_traces_per_turn=given.traces_per_turn,
        backlog=given.backlog,
        tell=workflows.events.publish_incident,
        hear=patterns.hear,
    )
    n8n = make_n8n_poller(settings, store, recorder, metrics, workflows.executions.observe_execution)
    return Engine(settings, metrics, store, recorder, investigator, watch, processes, workflows, patterns, n8n)


def make_n8n_client(settings: Settings, metrics: EngineMetrics) -> N8nClient:
    """Asks the n8n of `n8n.base_url`, which must be set."""
    given = settings.n8n
    return N8nClient(
        given.base_url or "",
        given.key,
        timeout_s=given.timeout,
        requests_per_second=given.requests_per_second,
        max_bytes=given.max_document,
        count=lambda answer: metrics.n8n_requests.labels(answer).inc(),
    )


def make_n8n_poller(
    settings: Settings, store: Reader, recorder: Recorder, metrics: EngineMetrics, on_execution: OnExecution
) -> Poller | None:
    """What reads n8n's executions through its API, not running yet; None where `n8n.base_url` is not set."""
    given = settings.n8n
    if given.base_url is None:
        return None
    if given.is_exposed:
        log.warning("n8n_key_exposed", base_url=given.base_url, remedy="let n8n.base_url begin with https://")
    return Poller(
        make_n8n_client(settings, metrics),
        store,
        recorder.submit,
        Ledger(settings.data_dir / "n8n_rest.json"),
        metrics,
        Instance(given.base_url, given.service_name, given.max_nodes),
        Schedule(given.interval, given.lookback, given.grace),
        on_execution=on_execution,
    )


@dataclass(frozen=True, slots=True)
class Workflows:
    """What follows workflows: callbacks and silences, statuses, events."""

    executions: Executions
    events: Events
    callbacks: CallbackDoor
    silence: SilenceWatch
    redis: RedisEvents | None

    def start(self, stopping: threading.Event) -> list[threading.Thread]:
        """The threads, running until `stopping` is set. What Redis kept is with the bus before anything is published."""
        work = [("silence", self.silence.run)]
        if self.redis is not None:
            self.redis.restore()
            work.append(("redis-events", self.redis.run))
        threads = [threading.Thread(target=run, args=(stopping,), name=name, daemon=True) for name, run in work]
        for thread in threads:
            thread.start()
        return threads

    def api(self, settings: Settings) -> WorkflowApi:
        """What its routes stand on."""
        heartbeat_s, body_timeout_s = settings.events.heartbeat, settings.listen.body_timeout
        return WorkflowApi(self.callbacks, self.executions, self.events.bus, heartbeat_s, body_timeout_s)


def make_recorder(
    settings: Settings, writer: Writer, decode_frame: Callable[[Frame], Decoded], metrics: EngineMetrics
) -> Recorder:
    """The recorder, as many threads as there are processes to decode in."""

    def decode_for_recorder(frame: Frame) -> tuple[Tables, tuple[Rejection, ...]]:
        decoded = decode_frame(frame)
        return decoded.tables, decoded.rejections

    given = settings.record
    threads = max(1, given.decode_processes)
    return Recorder(writer, decode_for_recorder, metrics, max_bytes_in_flight=given.bytes_in_flight, threads=threads)


def make_workflows(settings: Settings, store: Reader, recorder: Recorder, metrics: EngineMetrics) -> Workflows:
    """What follows workflows, not running yet. Raises SettingsError where Redis is asked for and its library is missing."""
    given, limits = settings.callbacks, settings.limits
    events = Events(settings.events.history, metrics)
    table = TableLimits(given.timeout, given.status_ttl, given.workflows, given.executions)
    executions = Executions(table, events.publish, metrics)
    bounds = CallbackLimits(given.body, given.nesting_depth, limits.future_skew, limits.past_skew)
    door = CallbackDoor(recorder, executions, bounds, metrics)
    silence = SilenceWatch(store, recorder, executions, asks_n8n=settings.n8n.base_url is not None)
    return Workflows(executions, events, door, silence, _redis_events(settings, events, metrics))


def _redis_events(settings: Settings, events: Events, metrics: EngineMetrics) -> RedisEvents | None:
    given = settings.events
    if given.redis_url is None:
        return None
    return RedisEvents(given.redis_url.get_secret_value(), given.redis_key, given.history, events.bus, metrics)


def _store_gauges(store: SegmentStore) -> Mapping[str, float]:
    stats = store.stats()
    return {
        "store_spans": stats.spans,
        "store_logs": stats.logs,
        "store_metrics": stats.metrics,
        "store_head_rows": stats.head_rows,
        "store_segments": stats.segments,
        "store_segment_bytes": stats.segment_bytes,
        "store_log_bytes": stats.log_bytes,
        "store_unsealed_age_seconds": stats.unsealed_age_s,
    }


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
