"""How events are counted for objectives."""

from collections.abc import Collection, Mapping
from typing import Protocol

from correlator.model.outcome import EventKey, MinuteSums, Outcome, RunningCount
from correlator.model.run import Run, RunKey, RunPart
from correlator.store.contract.ledger_commit import BurningWindow, LedgerCommit, LedgerState


class OutcomeLedger(Protocol):
    """Good and total events a minute, each event counted once.

    Several processes on one store commit as the Catalog's do; `ledger_state` is what `watch_state` is there.
    """

    def ledger_state(self) -> LedgerState: ...

    def commit_ledger(self, commit: LedgerCommit) -> None:
        """All or nothing, durable. Minutes' sums grow by the posting's changes; a sum that comes to 0 may go.

        Raises as Catalog.commit_watch.
        """
        ...

    def standing_outcomes(self, events: Collection[EventKey]) -> Mapping[EventKey, Outcome]:
        """What was counted of these events; those of which nothing was are left out."""
        ...

    def outcomes_named(self, objective_id: str, prefix: str) -> tuple[Outcome, ...]:
        """What was counted of the objective's events whose identities begin so, by identity."""
        ...

    def minute_sums(self, objective_id: str, first_minute: int, end_minute: int) -> tuple[MinuteSums, ...]:
        """Of the minutes in [first, end) that had events, in order."""
        ...

    def total_sums(self) -> Mapping[str, MinuteSums]:
        """Of each objective with events: all that is kept of it, in the minute of the first."""
        ...

    def known_minutes(self, first_minute: int, end_minute: int) -> tuple[int, ...]:
        """Those of [first, end) that are known, in order."""
        ...

    def workflow_names(self) -> Mapping[str, str]:
        """Of each workflow that ran: id to name, which may be empty."""
        ...

    def runs_of(self, workflow_id: str, limit: int) -> tuple[Run, ...]:
        """The last to start, in the order of their starts."""
        ...

    def standing_runs(self, executions: Collection[RunKey]) -> Mapping[RunKey, Run]:
        """What is known of these; those of which nothing is are left out."""
        ...

    def standing_parts(self, refs: Collection[str]) -> Mapping[str, RunPart]:
        """What is known of these, by `ref`; those of which nothing is are left out."""
        ...

    def parts_in(self, trace_ids: Collection[str]) -> tuple[RunPart, ...]:
        """All whose `ref` begins with one of these, by `ref`."""
        ...

    def parts_of(self, executions: Collection[RunKey]) -> tuple[RunPart, ...]:
        """All that are known of these executions, by `ref`."""
        ...

    def burning_windows(self) -> tuple[BurningWindow, ...]:
        """Whose alerts are on, by objective."""
        ...

    def running_counts(self) -> Mapping[str, RunningCount]:
        """By objective id, as last committed."""
        ...
