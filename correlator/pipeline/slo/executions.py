"""Executions as events: every one counted once, though its spans come in any order, late, twice, or from two sources.

The parts of an execution, kept in the ledger, hold all that was told of it; whenever something new is, its run and outcomes
are made anew from them and take the place of what stood. So what is counted does not depend on the order of arrival.
What is usual for a workflow does: a silent failure is judged by the runs known when its own run was last heard of.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from correlator.model.outcome import EventKey, Outcome, Posting
from correlator.model.run import Run, RunKey, RunPart
from correlator.pipeline.slo.n8n_spans import ToldExecution, ToldNode
from correlator.semconv import N8N_WORKFLOW_SPAN
from correlator.slo.ledger import restate
from correlator.slo.run_parts import Execution, execution_of, with_node, with_telling
from correlator.slo.selection import Event, Selection
from correlator.slo.silence import SilentFailure, silent_failures
from correlator.store.contract import RUNS_KEPT, OutcomeLedger

EARLIER: Final = RUNS_KEPT
"""Runs of its workflow that a run is judged by: the detectors look at 100 of them that ended well."""


@dataclass(frozen=True, slots=True)
class CountedExecutions:
    """What tellings come to: to be committed together. `failures` were not told before."""

    parts: tuple[RunPart, ...] = ()
    runs: tuple[Run, ...] = ()
    posting: Posting = field(default_factory=lambda: Posting({}, {}))
    failures: tuple[SilentFailure, ...] = ()


def count_executions(
    ledger: OutcomeLedger,
    selection: Selection,
    told: Sequence[ToldExecution | ToldNode],
    now_unix_nano: int,
) -> CountedExecutions:
    """What these tellings change in the ledger."""
    parts = _changed_parts(ledger, told)
    changed = _executions(ledger, parts)
    executions = [each.now for each in changed]
    if not executions:
        return CountedExecutions(parts)
    before = ledger.standing_runs([each.run.key for each in executions])
    judged = tuple(_judged(ledger, executions, now_unix_nano))
    ended = [each for each in judged if each.run.stopped_unix_nano is not None]
    events = [_event(each.execution, each.run) for each in ended if not each.execution.is_canceled]
    gone = [_event(each.execution, each.run) for each in ended if each.execution.is_canceled]
    gone += [_event(each.before, each.before.run) for each in changed if each.before and each.is_for_others_now]
    return CountedExecutions(
        parts,
        tuple(each.run for each in judged if each.run != before.get(each.run.key)),
        _posted(ledger, selection, events, gone),
        tuple(_news(judged, before)),
    )


def execution_identity(key: RunKey) -> str:
    """The name of the event that an execution is."""
    return f"{key.workflow_id}/{key.execution_id}"


def _posted(ledger: OutcomeLedger, selection: Selection, events: Iterable[Event], gone: Iterable[Event]) -> Posting:
    """The events' outcomes, in place of what stood of them; of those that turned out to be no events, or others, nothing else."""
    outcomes: list[Outcome] = [outcome for event in events for outcome in selection.outcomes_of(event)]
    lost = [EventKey(each.id, event.identity) for event in gone for each in selection.objectives_of(event)]
    standing = ledger.standing_outcomes({*lost, *(outcome.event for outcome in outcomes)})
    return restate(outcomes, lost, standing)


def _changed_parts(ledger: OutcomeLedger, told: Sequence[ToldExecution | ToldNode]) -> tuple[RunPart, ...]:
    known = ledger.standing_parts({each.ref for each in told})
    parts = dict(known)
    for each in told:
        part = parts.get(each.ref) or RunPart(each.ref)
        if isinstance(each, ToldNode):
            parts[each.ref] = with_node(part, each.node)
        else:
            parts[each.ref] = with_telling(part, each.execution, each.telling)
    return tuple(part for ref, part in parts.items() if part != known.get(ref))


class _Changed(NamedTuple):
    """An execution, and what held of it before."""

    now: Execution
    before: Execution | None

    @property
    def is_for_others_now(self) -> bool:
        """Whether other objectives may be meant than before: main and worker, spans and database name different things."""
        return self.before is not None and _filtered(self.before) != _filtered(self.now)


def _filtered(execution: Execution) -> tuple[object, ...]:
    """What filters look at."""
    told = execution.told
    return told.system, told.service, told.workflow_name, execution.attributes


def _executions(ledger: OutcomeLedger, changed: Iterable[RunPart]) -> list[_Changed]:
    """Those that the changed parts are of, by when they ended."""
    here = {part.ref: part for part in changed if part.execution is not None}
    keys = {part.execution for part in here.values() if part.execution is not None}
    known = {part.ref: part for part in ledger.parts_of(keys)}
    before, now = _by_execution(known.values()), _by_execution((known | here).values())
    found = (_Changed(now[key], before.get(key)) for key in keys if key in now)
    return sorted(found, key=lambda each: (_end(each.now.run), each.now.run.key))


def _by_execution(parts: Iterable[RunPart]) -> Mapping[RunKey, Execution]:
    grouped: defaultdict[RunKey | None, list[RunPart]] = defaultdict(list)
    for part in parts:
        grouped[part.execution].append(part)
    found = (execution_of(each) for each in grouped.values())
    return {each.run.key: each for each in found if each is not None}


class _Judged(NamedTuple):
    """An execution, its run with what is silently wrong with it, and what that is."""

    execution: Execution
    run: Run
    failures: tuple[SilentFailure, ...]


def _judged(ledger: OutcomeLedger, executions: Sequence[Execution], now_unix_nano: int) -> Iterator[_Judged]:
    histories = _histories(ledger, executions)
    for execution in executions:
        failures: tuple[SilentFailure, ...] = ()
        if execution.run.is_success:
            earlier = _before(histories[execution.run.workflow_id], execution.run)
            failures = silent_failures(execution.run, earlier, now_unix_nano)
        run = replace(execution.run, silent=tuple(each.kind for each in failures))
        yield _Judged(execution, run, failures)


def _histories(ledger: OutcomeLedger, executions: Iterable[Execution]) -> Mapping[str, Sequence[Run]]:
    """The runs of each workflow by when they ended: the last known ones, and those here."""
    of_workflow: defaultdict[str, dict[RunKey, Run]] = defaultdict(dict)
    for execution in executions:
        of_workflow[execution.run.workflow_id][execution.run.key] = execution.run
    return {
        workflow_id: sorted(
            ({run.key: run for run in ledger.runs_of(workflow_id, EARLIER)} | here).values(), key=_end_and_id
        )
        for workflow_id, here in of_workflow.items()
    }


def _before(history: Sequence[Run], run: Run) -> Sequence[Run]:
    place = bisect_left(history, _end_and_id(run), key=_end_and_id)
    return history[max(0, place - EARLIER) : place]


def _event(execution: Execution, run: Run) -> Event:
    """What an execution that has ended is to objectives."""
    told, end = execution.told, _end(run)
    return Event(
        kind="executions",
        identity=execution_identity(run.key),
        ended_unix_nano=end,
        has_failed=execution.has_failed,
        duration_ms=(end - run.started_unix_nano) / 1e6,
        system=told.system,
        service=told.service,
        operation=N8N_WORKFLOW_SPAN,
        workflow_id=run.workflow_id,
        workflow_name=told.workflow_name,
        attributes=execution.attributes,
        silent=frozenset(run.silent),
        authority=told.authority,
    )


def _news(judged: Iterable[_Judged], before: Mapping[RunKey, Run]) -> Iterator[SilentFailure]:
    for _, run, failures in judged:
        told = before[run.key].silent if run.key in before else ()
        yield from (each for each in failures if each.kind not in told)


def _end_and_id(run: Run) -> tuple[int, str]:
    return _end(run), run.execution_id


def _end(run: Run) -> int:
    return run.started_unix_nano if run.stopped_unix_nano is None else run.stopped_unix_nano
