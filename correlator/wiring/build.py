"""Settings in, an engine out."""

from contextlib import ExitStack
from functools import partial

from correlator.pipeline.patterns.patterns import Patterns
from correlator.pipeline.slo.status import StatusReader
from correlator.pipeline.stories.investigate import Investigator
from correlator.pipeline.watch.watch import Watch
from correlator.pipeline.workflows.n8n_durations import N8nDurations
from correlator.settings import Settings
from correlator.store.segments import SegmentStore
from correlator.store.segments.replay import Progress, unreported
from correlator.telemetry.metrics import EngineMetrics
from correlator.wiring.alerts import make_alerts
from correlator.wiring.engine import Engine, Jobs
from correlator.wiring.n8n import make_n8n_poller
from correlator.wiring.prometheus import make_prometheus
from correlator.wiring.recording import make_decode, make_decode_processes, make_recorder
from correlator.wiring.reports import make_report_schedule
from correlator.wiring.slo import make_ledger_job, make_objective_board, make_objectives
from correlator.wiring.store import make_spool, open_store, store_gauges
from correlator.wiring.stories import make_investigator, make_patterns
from correlator.wiring.workflows import Workflows, make_workflows


def build(settings: Settings, on_replay: Progress = unreported) -> Engine:
    """An engine on `settings`, not listening yet. Raises StoreError, or SettingsError; close it when it is not run."""
    if settings.n8n.base_url is not None:
        settings.n8n.key()  # a key that cannot be read ends the start, before anything is open
    metrics = EngineMetrics()
    with ExitStack() as opened:  # closed again where a later part cannot be built
        store = open_store(settings, on_replay, metrics.observe_store)
        opened.callback(store.close)
        processes = make_decode_processes(settings)
        if processes is not None:
            opened.callback(processes.close)
        durations = N8nDurations(metrics)
        recorder = make_recorder(settings, store, processes or make_decode(settings), metrics, durations.hear)
        opened.callback(recorder.close)
        metrics.read_store(partial(store_gauges, store))
        metrics.stage_lag.labels("seal").set_function(lambda: store.stats().unsealed_age_s)
        patterns = make_patterns(store, settings, metrics)
        investigator = make_investigator(store, settings, patterns)
        workflows = make_workflows(settings, store, recorder, metrics)
        watch = make_watch(settings, store, investigator, metrics, workflows, patterns)
        n8n = make_n8n_poller(settings, store, recorder, metrics, workflows.executions.observe_execution)
        objectives = make_objectives(settings, store, make_prometheus(settings))
        statuses = StatusReader(objectives, store)
        board = make_objective_board(settings, statuses, store, metrics)
        tell = workflows.events.publish_alert
        ledger = make_ledger_job(store, objectives, workflows.executions, metrics, board.turn, tell)
        reports = make_report_schedule(settings, objectives, store, metrics)
        addresses: dict[str, str] = {}
        alerts = make_alerts(settings, store, recorder, objectives, metrics, addresses, make_spool(settings, store))
        opened.pop_all()
    jobs: Jobs = {
        "n8n-durations": durations.run,
        "slo": partial(ledger.run, interval_s=settings.slo.interval),
        "slo-reports": reports.run,
        **alerts.jobs(),
    }
    return Engine(
        settings,
        metrics,
        store,
        recorder,
        investigator,
        watch,
        processes,
        workflows,
        patterns,
        statuses,
        n8n,
        alerts,
        jobs,
        addresses,
    )


def make_watch(
    settings: Settings,
    store: SegmentStore,
    investigator: Investigator,
    metrics: EngineMetrics,
    workflows: Workflows,
    patterns: Patterns,
) -> Watch:
    """What investigates failing traces as they come, not running yet; it tells of incidents as events."""
    given = settings.incidents
    return Watch(
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
