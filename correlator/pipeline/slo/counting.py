"""Requests into the ledger, page by page: everything of a page is committed together with how far it reaches.

So a crash loses nothing and counts nothing twice: either all of a page is counted, or the next turn counts it. A call, send
or job that was told before comes with what was told (Reader.events_after): what it adds is the difference. An execution is
made anew from all that is known of it (executions.py).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from correlator.model.outcome import MinuteChange, MinuteKey, Posting, RunningCount
from correlator.model.run import Run
from correlator.model.unique_spans import unique_spans
from correlator.pipeline.slo.executions import count_executions
from correlator.pipeline.slo.failed_calls import COLUMNS as CALL_COLUMNS
from correlator.pipeline.slo.failed_calls import TraceReader, failed_calls
from correlator.pipeline.slo.n8n_spans import ToldExecution, names_of, told_in
from correlator.pipeline.slo.objectives import Objectives
from correlator.pipeline.slo.running_counts import counts_after
from correlator.slo.selection import Selection
from correlator.slo.silence import SilentFailure
from correlator.slo.span_counts import ATTRIBUTES, COLUMNS, Sums, count_spans, difference
from correlator.store.contract import EventPage, LedgerCommit, LedgerState, OutcomeLedger
from correlator.store.event_page import is_event


class EventReader(TraceReader, Protocol):
    """Gives events and traces: a Reader does."""

    def events_after(self, position: int, columns: tuple[str, ...]) -> EventPage:
        """As Reader.events_after."""
        ...


class CountedStore(EventReader, OutcomeLedger, Protocol):
    """What is counted, and where to."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What a page came to: `changes` of minutes. `is_end`: there was none."""

    changes: Mapping[MinuteKey, MinuteChange]
    failures: tuple[SilentFailure, ...]
    events: int
    is_end: bool


NOTHING: Final = Counted({}, (), 0, True)


class Counting:
    """Counts what comes into one store for the objectives that are written. From one thread."""

    def __init__(self, store: CountedStore, objectives: Objectives) -> None:
        self._store = store
        self._objectives = objectives
        self._selection = Selection(objectives.written)
        asked = ATTRIBUTES if self._selection.asks_for_attributes(of_executions=False) else ()
        self._columns = (*COLUMNS, *CALL_COLUMNS, *asked)

    def count_page(self, now_unix_nano: int, known_minutes: Collection[int]) -> Counted:
        """Count what comes next. Minutes with events are known beside those given. Raises what the store raises; then
        nothing has changed."""
        position = self._store.ledger_state().position
        page = self._store.events_after(position, self._columns)
        if page.position == position:
            return NOTHING
        told = tuple(told_in(page.n8n, with_attributes=self._selection.asks_for_attributes(of_executions=True)))
        self._name_workflows(names_of(told))
        failed = failed_calls(self._store, self._store, page.spans, told)
        executions = count_executions(self._store, self._selection, (*told, *failed.nodes), now_unix_nano)
        changes = _joined(self._span_changes(page, position), executions.posting.changes)
        self._objectives.commit(
            LedgerCommit(
                LedgerState(page.position),
                replace(executions.posting, changes=changes),
                known_minutes={*known_minutes, *(key.minute for key in changes)},
                runs=executions.runs,
                parts=(*executions.parts, *failed.marks),
                counts=self._counts(changes, now_unix_nano),
            )
        )
        return Counted(changes, executions.failures, page.spans.num_rows + len(told), is_end=False)

    def count_told(self, told: Sequence[ToldExecution], now_unix_nano: int) -> Counted:
        """Count executions that no span tells of. Raises as `count_page`."""
        self._name_workflows(names_of(told))
        executions = count_executions(self._store, self._selection, told, now_unix_nano)
        changes = executions.posting.changes
        self._objectives.commit(
            LedgerCommit(
                self._store.ledger_state(),
                executions.posting,
                known_minutes={key.minute for key in changes},
                runs=executions.runs,
                parts=executions.parts,
                counts=self._counts(changes, now_unix_nano),
            )
        )
        return Counted(changes, executions.failures, len(told), is_end=False)

    def post(self, posting: Posting, runs: Collection[Run], known_minutes: Collection[int], now_unix_nano: int) -> None:
        """Commit what follows from the clock, not from records. Raises as `count_page`."""
        self._objectives.commit(
            LedgerCommit(
                self._store.ledger_state(),
                posting,
                known_minutes=known_minutes,
                runs=runs,
                counts=self._counts(posting.changes, now_unix_nano),
            )
        )

    def _name_workflows(self, names: Mapping[str, str]) -> None:
        """First of all: an objective for each workflow is in force before its first event is counted."""
        known = self._store.workflow_names()
        new = {each: name for each, name in names.items() if known.get(each) != name and (name or each not in known)}
        if new:
            self._objectives.commit(LedgerCommit(self._store.ledger_state(), workflows=new))

    def _counts(self, changes: Mapping[MinuteKey, MinuteChange], now_unix_nano: int) -> Mapping[str, RunningCount]:
        return counts_after(self._store, self._objectives.all(), changes, now_unix_nano)

    def _span_changes(self, page: EventPage, position: int) -> Sums:
        again = page.told_again.filter(is_event(page.told_again))  # a version of another kind was none
        before = again.filter(pc.less_equal(again["position"], position))
        was, now = (self._counted(unique_spans(each)) for each in (before, again))
        return _joined(self._counted(page.spans), difference(now, was))

    def _counted(self, spans: pa.Table) -> Sums:
        return count_spans(spans, self._selection)


def _joined(one: Mapping[MinuteKey, MinuteChange], other: Mapping[MinuteKey, MinuteChange]) -> Sums:
    joined = dict(one)
    for key, change in other.items():
        before = joined.get(key, MinuteChange(0, 0))
        joined[key] = MinuteChange(before.good + change.good, before.total + change.total)
    return {key: change for key, change in joined.items() if change != MinuteChange(0, 0)}
