"""Which objectives are in force, and the minutes of each, wherever they are counted."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, Protocol

import numpy as np

from correlator.errors import Unavailable
from correlator.model.objective import Objective, RecordSource
from correlator.pipeline.slo.remembered_minutes import RememberedMinutes
from correlator.rule_text.glob import Glob
from correlator.slo.ledger import series_of
from correlator.slo.minute_series import MinuteSeries, SeriesSums, end_minute
from correlator.slo.time_slices import budget_sums
from correlator.slo.windows import MINUTE_S
from correlator.store.contract import LedgerCommit, OutcomeLedger


class InForce(NamedTuple):
    """An objective, and the id that it is written under: its own, or that of one for each workflow."""

    objective: Objective
    written_id: str


class MinuteSource(Protocol):
    """Counts events elsewhere: a Prometheus."""

    def series(self, objective: Objective, first_minute: int, end_minute: int) -> MinuteSeries:
        """Good and total events of the minutes in [first, end). Raises Unavailable where it cannot be asked."""
        ...


class Objectives:
    """The objectives in force. Events of our own records are in the ledger; those of a Prometheus are asked for.

    With `remembered`, what numbers of now are made from stays in memory, and every commit to the ledger must go through it.
    """

    def __init__(
        self,
        written: Iterable[Objective],
        ledger: OutcomeLedger,
        elsewhere: MinuteSource | None = None,
        remembered: RememberedMinutes | None = None,
    ) -> None:
        self.written = tuple(written)
        self._ledger = ledger
        self._elsewhere = elsewhere
        self._remembered = remembered

    def commit(self, commit: LedgerCommit) -> None:
        """Into the ledger, and what is remembered of it. Raises as the ledger does."""
        (self._remembered.commit if self._remembered else self._ledger.commit_ledger)(commit)

    def forget(self) -> None:
        """What is remembered of minutes: from now on another engine may count them."""
        if self._remembered is not None:
            self._remembered.forget()

    def all(self) -> tuple[Objective, ...]:
        """Those as written, by id; of one for each workflow, one for each that ran instead."""
        return tuple(each.objective for each in self.in_force())

    def in_force(self) -> tuple[InForce, ...]:
        """The same with the ids that they are written under."""
        return tuple(sorted(self._each(), key=lambda each: each.objective.id))

    def find(self, objective_id: str) -> Objective | None:
        found = (each.objective for each in self._each())
        return next((each for each in found if each.id == objective_id), None)

    def workflow_names(self) -> Mapping[str, str]:
        """Of each workflow that ran: id to name, which may be empty. An incident names its workflows by name."""
        return self._ledger.workflow_names()

    def series(self, objective: Objective, first_minute: int, end_minute: int) -> MinuteSeries:
        """Events, good and in all, of the minutes in [first, end): not yet what the budget is counted in.

        Raises Unavailable where they are counted by a Prometheus that does not answer, or that is not in the settings.
        """
        if not isinstance(objective.source, RecordSource):
            return self._elsewhere_of(objective).series(objective, first_minute, end_minute)
        if self._remembered is not None:
            return self._remembered.series(objective.id, first_minute, end_minute)
        known = np.zeros(end_minute - first_minute, dtype=np.bool_)
        known[np.asarray(self._ledger.known_minutes(first_minute, end_minute), dtype=np.int64) - first_minute] = True
        rows = self._ledger.minute_sums(objective.id, first_minute, end_minute)
        return series_of(rows, first_minute, end_minute - first_minute, known)

    def sums(self, objective: Objective, now_unix_nano: int) -> SeriesSums:
        """What the budget is counted in, over the period that ends now and any shorter window. Raises as `series`."""
        end = end_minute(now_unix_nano)
        first = end - kept_minutes(objective)
        if self._remembered is not None and isinstance(objective.source, RecordSource):
            self._remembered.remember(objective.id, first)
        return budget_sums(self.series(objective, first, end), objective)

    def _each(self) -> Iterator[InForce]:
        workflows = self._ledger.workflow_names()
        for objective in self.written:
            source = objective.source
            if isinstance(source, RecordSource) and source.per_workflow:
                yield from (InForce(each, objective.id) for each in _of_workflows(objective, source, workflows))
            else:
                yield InForce(objective, objective.id)

    def _elsewhere_of(self, objective: Objective) -> MinuteSource:
        if self._elsewhere is None:
            raise Unavailable(
                f"objective {objective.id} is over a Prometheus; name it with the setting slo.prometheus_url",
                retry_after_s=60,
            )
        return self._elsewhere


def kept_minutes(objective: Objective) -> int:
    """How far back its numbers reach: the period, a longer window, and the slice that has begun before either."""
    longest = max((window.long_window_s for window in objective.windows), default=0)
    slice_s = objective.slices.window_s if objective.slices else 0
    return (max(objective.period_s, longest) + slice_s) // MINUTE_S


def _of_workflows(objective: Objective, source: RecordSource, workflows: Mapping[str, str]) -> Iterator[Objective]:
    wanted = Glob(source.workflow)
    for workflow_id, name in workflows.items():
        if wanted.matches(workflow_id) or wanted.matches(name):
            yield objective.for_workflow(workflow_id, name)
