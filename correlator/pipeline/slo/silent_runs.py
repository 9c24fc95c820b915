"""Failures that show by the clock alone: a run that does not come, and one that does not end."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from correlator.model.objective import Failing, Objective, RecordSource
from correlator.model.outcome import EventKey, Outcome, Posting
from correlator.model.run import Run
from correlator.pipeline.slo.executions import EARLIER, execution_identity
from correlator.semconv import N8N_WORKFLOW_SPAN
from correlator.slo.ledger import joined, restate
from correlator.slo.minute_series import MINUTE_NANO
from correlator.slo.selection import Event, Selection, Sort
from correlator.slo.silence import SilentFailure, stuck_run
from correlator.slo.silence.scheduled import MissedRun, came_after_all, missed_by, prefix_of
from correlator.store.contract import OutcomeLedger
from correlator.workflows.status import TIMED_OUT, ExecutionStatus

MISSED: Final[Failing] = "missed_run"
SYSTEM: Final = "n8n"
SERVICE: Final = "n8n"
"""Of an execution of which nobody said more: the name that n8n gives itself."""
RUNNING: Final = frozenset({"started", "running", TIMED_OUT})
LATE_NANO: Final = 90 * 10**9
"""A run is missed once its records are late, too: n8n sends spans every few seconds, its database is asked every 15 s, and
what was lost takes another round (n8n.interval)."""

Running = Callable[[str], Iterable[Run]]
"""The runs of a workflow that have started and not ended, as far as is known."""


@dataclass(frozen=True, slots=True)
class SilentRuns:
    """What the clock says of runs: to be committed together. `failures` were not told before."""

    posting: Posting = field(default_factory=lambda: Posting({}, {}))
    runs: tuple[Run, ...] = ()
    failures: tuple[SilentFailure, ...] = ()


def running_runs(statuses: Iterable[ExecutionStatus]) -> Iterator[Run]:
    """Those that have started and not ended; one that waits may wait."""
    for each in statuses:
        if each.state in RUNNING:
            yield Run(each.workflow_id, each.execution_id, each.started_unix_nano, None, is_success=False)


class ClockFailures:
    """Looks at all workflows by the clock, one after the other. From one thread."""

    def __init__(self, ledger: OutcomeLedger, objectives: Collection[Objective], running: Running) -> None:
        self._ledger = ledger
        self._selection = Selection(objectives)
        self._running = running
        sources = [each.source for each in objectives if isinstance(each.source, RecordSource)]
        self._asks_for_missed_runs = any(MISSED in source.failing for source in sources)

    def turn(self, now_unix_nano: int) -> SilentRuns:
        """What is new of all workflows: where n8n is down, all of them miss a run in the same minute."""
        names = self._ledger.workflow_names().items()
        found = [each for workflow_id, name in names for each in self._of(workflow_id, name, now_unix_nano)]
        return SilentRuns(
            joined(each.posting for each in found),
            tuple(run for each in found for run in each.runs),
            tuple(failure for each in found for failure in each.failures),
        )

    def _of(self, workflow_id: str, name: str, now_unix_nano: int) -> Iterator[SilentRuns]:
        if runs := tuple(self._running(workflow_id)):
            stuck = stuck_runs(self._ledger, self._selection, runs, name, now_unix_nano)
            if stuck.failures:
                yield stuck
        if self._asks_for_missed_runs:
            missed = missed_scheduled_runs(self._ledger, self._selection, workflow_id, name, runs, now_unix_nano)
            if missed.posting.changes:
                yield missed


def stuck_runs(
    ledger: OutcomeLedger, selection: Selection, runs: Collection[Run], workflow_name: str, now_unix_nano: int
) -> SilentRuns:
    """Runs of one workflow that have taken too long and still run. For whom that is bad they count when they became stuck, until
    they end; for all others when they end.
    """
    known = ledger.standing_runs([run.key for run in runs])
    new = [run for run in runs if run.key not in known]
    earlier = ledger.runs_of(new[0].workflow_id, EARLIER) if new else ()
    found = [(run, failure) for run in new if (failure := stuck_run(run, earlier, now_unix_nano)) is not None]
    stuck = [replace(run, silent=(failure.kind,), service=earlier[-1].service) for run, failure in found]
    failures = tuple(failure for _, failure in found)
    events = [_stuck_event(run, each, workflow_name) for run, each in zip(stuck, failures, strict=True)]
    bad = [each for event in events for each in selection.outcomes_of(event) if not each.is_good]
    return SilentRuns(restate(bad, (), ledger.standing_outcomes({each.event for each in bad})), tuple(stuck), failures)


def _stuck_event(run: Run, failure: SilentFailure, workflow_name: str) -> Event:
    return Event(
        kind="executions",
        identity=execution_identity(run.key),
        ended_unix_nano=failure.at_unix_nano,
        has_failed=False,
        duration_ms=(failure.at_unix_nano - run.started_unix_nano) / 1e6,
        system=SYSTEM,
        service=run.service or SERVICE,
        operation=N8N_WORKFLOW_SPAN,
        workflow_id=run.workflow_id,
        workflow_name=workflow_name,
        silent=frozenset(run.silent),
    )


def missed_scheduled_runs(
    ledger: OutcomeLedger,
    selection: Selection,
    workflow_id: str,
    workflow_name: str,
    running: Sequence[Run],
    now_unix_nano: int,
) -> SilentRuns:
    """Runs of a workflow that were due and did not come, for the objectives that speak of them; and those told as missed of
    which records came after all, taken back. Nothing is missed unless every minute is known from when it was due until it was
    too late: it may have come unheard.
    """
    runs = (*ledger.runs_of(workflow_id, EARLIER), *running)
    if not runs:
        return SilentRuns()
    sort = Sort("executions", SYSTEM, runs[0].service or SERVICE, N8N_WORKFLOW_SPAN, workflow_id, workflow_name)
    told: list[Outcome] = []
    gone: list[EventKey] = []
    failures: dict[str, SilentFailure] = {}
    counted: dict[EventKey, Outcome] = {}
    for choice in selection.choices(sort):
        if MISSED not in choice.source.failing or choice.attributes:
            continue
        standing = ledger.outcomes_named(choice.objective.id, prefix_of(workflow_id))
        counted |= {each.event: each for each in standing}
        gone += [each.event for each in came_after_all(standing, runs, choice.source.run_interval_s)]
        for each in missed_by(runs, choice.source.run_interval_s, now_unix_nano - LATE_NANO):
            event = EventKey(choice.objective.id, each.identity)
            if event not in counted and _is_known(ledger, each):
                told.append(Outcome(*event, each.failure.at_unix_nano // MINUTE_NANO, is_good=False))
                failures[each.identity] = each.failure
    return SilentRuns(restate(told, gone, counted), failures=tuple(failures.values()))


def _is_known(ledger: OutcomeLedger, missed: MissedRun) -> bool:
    first, end = missed.due_unix_nano // MINUTE_NANO, missed.failure.at_unix_nano // MINUTE_NANO + 1
    return len(ledger.known_minutes(first, end)) == end - first
