"""Settings in, an engine out."""

import os
import socket
import uuid
from contextlib import ExitStack
from functools import partial

from correlator.pipeline.leadership.held_lease import HeldLease
from correlator.pipeline.leadership.leadership import Leadership
from correlator.pipeline.leadership.term import Jobs
from correlator.pipeline.workflows.n8n_durations import N8nDurations
from correlator.settings import Settings
from correlator.store.segments.log.replay import Progress, unreported
from correlator.telemetry.metrics import EngineMetrics
from correlator.wiring.alerts import link, make_alerts
from correlator.wiring.concluding import Concluding
from correlator.wiring.engine import Engine
from correlator.wiring.engine_store import open_engine_store
from correlator.wiring.foreign import with_foreign
from correlator.wiring.kafka import make_kafka
from correlator.wiring.parts import Parts
from correlator.wiring.prometheus import make_prometheus
from correlator.wiring.recalling import recalling
from correlator.wiring.recording import decoding_once, make_decode, make_decode_processes, make_recorder
from correlator.wiring.slo import make_objectives
from correlator.wiring.stories import make_investigator, make_patterns
from correlator.wiring.workflows import make_workflows


def build(settings: Settings, on_replay: Progress = unreported) -> Engine:
    """An engine on `settings`, not listening yet. Raises StoreError, or SettingsError; close it when it is not run."""
    if settings.n8n.base_url is not None:
        settings.n8n.key()  # a key that cannot be read ends the start, before anything is open
    metrics = EngineMetrics()
    durations = N8nDurations(metrics)
    with ExitStack() as opened:  # closed again where a later part cannot be built
        parts = _parts(settings, metrics, durations, on_replay, opened)
        concluding = Concluding(parts)
        opened.pop_all()
    jobs: Jobs = {
        "n8n-durations": durations.run,
        "pattern-files": partial(parts.patterns.files.run, interval_s=settings.patterns.reload_interval),
        **parts.workflows.jobs(),
        **recalling(parts),
        **parts.kafka.jobs(),
    }
    return Engine(parts, concluding, Leadership(parts.lease, concluding.work, concluding.metrics), jobs)


def _parts(
    settings: Settings, metrics: EngineMetrics, durations: N8nDurations, on_replay: Progress, opened: ExitStack
) -> Parts:
    addresses: dict[str, str] = {}
    link_of = partial(link, settings.listen.public_url, addresses)
    stored = open_engine_store(settings, metrics, link_of, on_replay)
    store = stored.store
    opened.callback(stored.close)
    processes = make_decode_processes(settings)
    if processes is not None:
        opened.callback(processes.close)
    decode, spool = processes or make_decode(settings), stored.spool
    if spool is not None and settings.elasticsearch.export.enabled:
        decode, spool = decoding_once(decode, spool)
    recorder = make_recorder(settings, store, decode, metrics, durations.hear)
    opened.callback(recorder.close)
    lease = HeldLease(store, _holder())
    patterns = make_patterns(store, settings, metrics)
    objectives = make_objectives(settings, store, make_prometheus(settings), lambda: lease.is_held)
    return Parts(
        settings=settings,
        metrics=metrics,
        stored=stored,
        lease=lease,
        recorder=recorder,
        decode_processes=processes,
        investigator=make_investigator(with_foreign(settings, store), settings, patterns),
        patterns=patterns,
        workflows=make_workflows(settings, store, recorder, metrics),
        objectives=objectives,
        alerts=make_alerts(settings, store, recorder, objectives, metrics, addresses, spool),
        kafka=make_kafka(settings, recorder, metrics, stored.spool),
        addresses=addresses,
    )


def _holder() -> str:
    """Names this process among the replicas: for people by its host, and never another's again."""
    return f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex[:8]}"
