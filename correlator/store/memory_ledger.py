"""The reference of an OutcomeLedger: mappings under a lock."""

import threading
from collections.abc import Collection, Iterable, Mapping

from correlator.model.outcome import EventKey, MinuteChange, MinuteKey, MinuteSums, Outcome, RunningCount
from correlator.model.run import Run, RunKey, RunPart
from correlator.slo.minute_series import MINUTE_NANO
from correlator.store.contract import RUNS_KEPT, BurningWindow, LedgerCommit, LedgerState

NONE: MinuteChange = MinuteChange(0, 0)


class MemoryLedger:
    """The contract's OutcomeLedger, gone with its process."""

    def __init__(self) -> None:
        self._ledger_lock = threading.Lock()
        self._state = LedgerState()
        self._standing: dict[EventKey, Outcome] = {}
        self._sums: dict[MinuteKey, MinuteChange] = {}
        self._known: set[int] = set()
        self._runs: dict[RunKey, Run] = {}
        self._parts: dict[str, RunPart] = {}
        self._workflows: dict[str, str] = {}
        self._burning: tuple[BurningWindow, ...] = ()
        self._counts: dict[str, RunningCount] = {}

    def ledger_state(self) -> LedgerState:
        with self._ledger_lock:
            return self._state

    def commit_ledger(self, commit: LedgerCommit) -> None:
        sums = {key: _sum(self._sums.get(key, NONE), change) for key, change in commit.posting.changes.items()}
        with self._ledger_lock:
            self._state = commit.state
            self._standing |= commit.posting.standing
            for key in commit.posting.gone:
                self._standing.pop(key, None)
            self._sums = {key: each for key, each in (self._sums | sums).items() if each != NONE}
            self._known |= set(commit.known_minutes)
            self._runs |= {run.key: run for run in commit.runs}
            self._parts |= {part.ref: part for part in commit.parts}
            self._workflows |= commit.workflows
            self._burning = self._burning if commit.burning is None else commit.burning
            self._counts |= commit.counts
            if commit.forget_before_minute is not None:
                self._forget(commit.forget_before_minute)
            if commit.forget_parts_before_minute is not None:
                before_nano = commit.forget_parts_before_minute * MINUTE_NANO
                self._parts = {ref: each for ref, each in self._parts.items() if each.newest_unix_nano >= before_nano}
                self._forget_runs(before_nano)

    def standing_outcomes(self, events: Collection[EventKey]) -> Mapping[EventKey, Outcome]:
        with self._ledger_lock:
            return {key: self._standing[key] for key in events if key in self._standing}

    def outcomes_named(self, objective_id: str, prefix: str) -> tuple[Outcome, ...]:
        with self._ledger_lock:
            standing = list(self._standing.values())
        named = (each for each in standing if each.objective_id == objective_id and each.identity.startswith(prefix))
        return tuple(sorted(named, key=lambda each: each.identity))

    def minute_sums(self, objective_id: str, first_minute: int, end_minute: int) -> tuple[MinuteSums, ...]:
        return tuple(each for each in self._rows(objective_id) if first_minute <= each.minute < end_minute)

    def total_sums(self) -> Mapping[str, MinuteSums]:
        with self._ledger_lock:
            objective_ids = sorted({key.objective_id for key in self._sums})
        return {each: _total(self._rows(each)) for each in objective_ids}

    def known_minutes(self, first_minute: int, end_minute: int) -> tuple[int, ...]:
        with self._ledger_lock:
            return tuple(sorted(each for each in self._known if first_minute <= each < end_minute))

    def workflow_names(self) -> Mapping[str, str]:
        with self._ledger_lock:
            return dict(self._workflows)

    def runs_of(self, workflow_id: str, limit: int) -> tuple[Run, ...]:
        with self._ledger_lock:
            return self._last_runs(workflow_id, limit)

    def standing_runs(self, executions: Collection[RunKey]) -> Mapping[RunKey, Run]:
        with self._ledger_lock:
            return {key: self._runs[key] for key in executions if key in self._runs}

    def standing_parts(self, refs: Collection[str]) -> Mapping[str, RunPart]:
        with self._ledger_lock:
            return {ref: self._parts[ref] for ref in refs if ref in self._parts}

    def parts_in(self, trace_ids: Collection[str]) -> tuple[RunPart, ...]:
        with self._ledger_lock:
            parts = [part for ref, part in self._parts.items() if any(ref.startswith(each) for each in trace_ids)]
        return tuple(sorted(parts, key=lambda part: part.ref))

    def parts_of(self, executions: Collection[RunKey]) -> tuple[RunPart, ...]:
        wanted = set(executions)
        with self._ledger_lock:
            parts = [each for each in self._parts.values() if each.execution in wanted]
        return tuple(sorted(parts, key=lambda part: part.ref))

    def burning_windows(self) -> tuple[BurningWindow, ...]:
        with self._ledger_lock:
            return tuple(sorted(self._burning, key=lambda each: each.objective_id))

    def running_counts(self) -> Mapping[str, RunningCount]:
        with self._ledger_lock:
            return dict(self._counts)

    def _rows(self, objective_id: str) -> list[MinuteSums]:
        with self._ledger_lock:
            rows = [
                MinuteSums(key.minute, each.good, each.total)
                for key, each in self._sums.items()
                if key.objective_id == objective_id
            ]
        return sorted(rows, key=lambda row: row.minute)

    def _forget(self, before_minute: int) -> None:
        self._standing = {key: each for key, each in self._standing.items() if each.minute >= before_minute}
        self._sums = {key: each for key, each in self._sums.items() if key.minute >= before_minute}
        self._known = {each for each in self._known if each >= before_minute}
        before_nano = before_minute * MINUTE_NANO
        self._runs = {key: run for key, run in self._runs.items() if run.started_unix_nano >= before_nano}

    def _forget_runs(self, before_nano: int) -> None:
        workflows = {run.workflow_id for run in self._runs.values()}
        last = {run.key for each in workflows for run in self._last_runs(each, RUNS_KEPT)}
        self._runs = {
            key: run for key, run in self._runs.items() if run.started_unix_nano >= before_nano or key in last
        }

    def _last_runs(self, workflow_id: str, limit: int) -> tuple[Run, ...]:
        runs = [each for each in self._runs.values() if each.workflow_id == workflow_id]
        runs.sort(key=lambda run: (run.started_unix_nano, run.execution_id))
        return tuple(runs[max(0, len(runs) - limit) :])


def _sum(before: MinuteChange, change: MinuteChange) -> MinuteChange:
    return MinuteChange(before.good + change.good, before.total + change.total)


def _total(rows: Iterable[MinuteSums]) -> MinuteSums:
    each = list(rows)
    return MinuteSums(each[0].minute, sum(row.good for row in each), sum(row.total for row in each))
