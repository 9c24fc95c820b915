"""Objectives: which are in force, where their minutes are, and what counts them."""

from correlator.pipeline.executions import Executions
from correlator.pipeline.slo.counting import Counting
from correlator.pipeline.slo.ledger_job import LedgerJob, Shown, unshown
from correlator.pipeline.slo.objectives import MinuteSource, Objectives
from correlator.pipeline.slo.silent_runs import running_runs
from correlator.pipeline.slo.written import written_objectives
from correlator.settings import Settings
from correlator.store.contract import OutcomeLedger
from correlator.store.segments import SegmentStore
from correlator.telemetry.ledger_metrics import LedgerMetrics
from correlator.telemetry.metrics import EngineMetrics


def make_objectives(settings: Settings, store: OutcomeLedger, elsewhere: MinuteSource | None = None) -> Objectives:
    """The objectives of the settings, counted in `store` or, those over a Prometheus, `elsewhere`.

    Raises SettingsError where a file of objectives has a mistake.
    """
    given, retention_s = settings.slo, settings.store.retention_age
    written = written_objectives(
        given.folders, None if retention_s is None else int(retention_s), with_shipped=given.shipped
    )
    return Objectives(written, store, elsewhere)


def make_ledger_job(
    store: SegmentStore, objectives: Objectives, executions: Executions, metrics: EngineMetrics, show: Shown = unshown
) -> LedgerJob:
    """What counts events, tells silent failures and decides alerts, not running yet. `show` is called after its turns."""
    return LedgerJob(
        store,
        objectives,
        Counting(store, objectives),
        LedgerMetrics(metrics),
        running=lambda workflow_id: running_runs(executions.executions_of(workflow_id)),
        show=show,
    )
