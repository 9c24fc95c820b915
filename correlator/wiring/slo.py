"""Objectives: which are in force, where their minutes are, what counts and shows them."""

from correlator.pipeline.slo.alerts import Tell, untold
from correlator.pipeline.slo.board import ObjectiveBoard
from correlator.pipeline.slo.counting import Counting
from correlator.pipeline.slo.ledger_job import LedgerJob, Shown, unshown
from correlator.pipeline.slo.objectives import MinuteSource, Objectives
from correlator.pipeline.slo.remembered_minutes import RememberedMinutes
from correlator.pipeline.slo.silent_runs import running_runs
from correlator.pipeline.slo.status import StatusReader
from correlator.pipeline.slo.written import written_objectives
from correlator.pipeline.workflows.executions import Executions
from correlator.settings import Settings
from correlator.store.contract import OutcomeLedger
from correlator.store.segments import SegmentStore
from correlator.telemetry.ledger_metrics import LedgerMetrics
from correlator.telemetry.metrics import EngineMetrics
from correlator.telemetry.objective_metrics import ObjectiveMetrics


def make_objectives(settings: Settings, store: OutcomeLedger, elsewhere: MinuteSource | None = None) -> Objectives:
    """The objectives of the settings, counted in `store` or, those over a Prometheus, `elsewhere`.

    Minutes are remembered: every commit to the ledger must go through them. Raises SettingsError where a file of objectives
    has a mistake.
    """
    given, retention_s = settings.slo, settings.store.retention_age
    written = written_objectives(
        given.folders, None if retention_s is None else int(retention_s), with_shipped=given.shipped
    )
    return Objectives(written, store, elsewhere, RememberedMinutes(store))


def make_objective_board(
    settings: Settings, statuses: StatusReader, store: OutcomeLedger, metrics: EngineMetrics
) -> ObjectiveBoard:
    """What shows objectives on /metrics, at first none."""
    shown = ObjectiveMetrics()
    metrics.registry.register(shown)
    return ObjectiveBoard(statuses, store, shown, settings.slo.first_scrape)


def make_ledger_job(
    store: SegmentStore,
    objectives: Objectives,
    executions: Executions,
    metrics: EngineMetrics,
    show: Shown = unshown,
    tell: Tell = untold,
) -> LedgerJob:
    """What counts events, tells silent failures and decides alerts, not running yet. `show` is called after its turns, `tell`
    when an alert begins or ends."""
    return LedgerJob(
        store,
        objectives,
        Counting(store, objectives),
        LedgerMetrics(metrics),
        running=lambda workflow_id: running_runs(executions.executions_of(workflow_id)),
        ended=executions.ended,
        show=show,
        tell=tell,
    )
