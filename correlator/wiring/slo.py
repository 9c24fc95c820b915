"""Objectives: which are in force, where their minutes are, what counts them."""

from collections.abc import Callable

from correlator.pipeline.slo.alerts import Tell, untold
from correlator.pipeline.slo.counting import CountedStore, Counting
from correlator.pipeline.slo.ledger_job import LedgerJob, Shown, unshown
from correlator.pipeline.slo.objectives import MinuteSource, Objectives
from correlator.pipeline.slo.remembered_minutes import RememberedMinutes
from correlator.pipeline.slo.silent_runs import running_runs
from correlator.pipeline.slo.written import written_objectives
from correlator.pipeline.workflows.executions import Executions
from correlator.settings import Settings
from correlator.store.contract import OutcomeLedger
from correlator.telemetry.ledger_metrics import LedgerMetrics


def make_objectives(
    settings: Settings,
    store: OutcomeLedger,
    elsewhere: MinuteSource | None = None,
    is_ours: Callable[[], bool] = lambda: True,
) -> Objectives:
    """The objectives of the settings, counted in `store` or, those over a Prometheus, `elsewhere`.

    Minutes are remembered while `is_ours` says that nobody else counts: every commit to the ledger must go through them then.
    Raises SettingsError where a file of objectives has a mistake.
    """
    given = settings.slo
    written = written_objectives(given.folders, settings.records_kept_s, with_shipped=given.shipped)
    return Objectives(written, store, elsewhere, RememberedMinutes(store, is_exact=is_ours))


def make_ledger_job(
    store: CountedStore,
    objectives: Objectives,
    executions: Executions,
    metrics: LedgerMetrics,
    show: Shown = unshown,
    tell: Tell = untold,
) -> LedgerJob:
    """What counts events, tells silent failures and decides alerts, not running yet. `show` is called after its turns, `tell`
    when an alert begins or ends."""
    return LedgerJob(
        store,
        objectives,
        Counting(store, objectives),
        metrics,
        running=lambda workflow_id: running_runs(executions.executions_of(workflow_id)),
        ended=executions.ended,
        show=show,
        tell=tell,
    )
