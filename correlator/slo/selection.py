"""Which objectives an event counts for, and whether it is good for them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from correlator.model.objective import Events, Failing, Objective, RecordSource
from correlator.model.outcome import Outcome
from correlator.rule_text.glob import Glob
from correlator.slo.minute_series import MINUTE_NANO

REMEMBERED: Final = 10_000
"""Kinds of event whose objectives are remembered: services times operations, or workflows."""
MISSED: Final[Failing] = "missed_run"


@dataclass(frozen=True, slots=True)
class Event:
    """One execution, answered call, job sent or attempt at a job that is over. What was canceled is none.

    `identity` is the same whoever tells of it: an instance's execution id, a trace and span id. `duration_ms` is None where
    unknown. `silent` are the ways in which it failed though it was called a success; a run that did not come is an event
    too, of those objectives only that speak of missed runs. `authority` as in Outcome.
    """

    kind: Events
    identity: str
    ended_unix_nano: int
    has_failed: bool
    duration_ms: float | None = None
    system: str = ""
    service: str = ""
    operation: str = ""
    workflow_id: str = ""
    workflow_name: str = ""
    attributes: Mapping[str, object] = field(default_factory=dict)
    silent: frozenset[Failing] = frozenset()
    authority: int = 0


class Sort(NamedTuple):
    """What filters look at, but for attributes."""

    kind: Events
    system: str
    service: str
    operation: str
    workflow_id: str
    workflow_name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """An objective that events of one sort count for, with the filters that are still to be asked for each of them."""

    objective: Objective
    source: RecordSource
    attributes: tuple[tuple[str, Glob], ...]


class Selection:
    """The objectives of our own records, asked event by event; those of one sort are matched against all globs once."""

    def __init__(self, objectives: Iterable[Objective]) -> None:
        self._objectives: Sequence[Objective] = tuple(objectives)
        self._by_sort: dict[Sort, tuple[Choice, ...]] = {}
        self.latencies_ms: Sequence[float] = sorted(
            {each.source.latency_ms for each in self._objectives
             if isinstance(each.source, RecordSource) and each.source.latency_ms is not None}
        )  # fmt: skip

    def asks_for_attributes(self, *, of_executions: bool) -> bool:
        """Whether any objective is over executions, or over anything else, with certain attributes."""
        sources = [each.source for each in self._objectives if isinstance(each.source, RecordSource)]
        return any(each.attributes for each in sources if (each.events == "executions") == of_executions)

    def objectives_of(self, event: Event) -> tuple[Objective, ...]:
        """Those that the event counts for, in their order; of one for each workflow, that of its workflow."""
        return tuple(chosen.objective for chosen in self._chosen(event) if is_counted(event, chosen.source))

    def outcomes_of(self, event: Event) -> tuple[Outcome, ...]:
        """One for each objective that the event counts for."""
        return tuple(
            Outcome(
                objective_id=chosen.objective.id,
                identity=event.identity,
                minute=event.ended_unix_nano // MINUTE_NANO,
                is_good=is_good(event, chosen.source),
                authority=event.authority,
            )
            for chosen in self._chosen(event)
            if is_counted(event, chosen.source)
        )

    def choices(self, sort: Sort) -> tuple[Choice, ...]:
        """What events of this sort may count for, in the objectives' order."""
        if sort not in self._by_sort:
            if len(self._by_sort) >= REMEMBERED:
                self._by_sort.clear()
            self._by_sort[sort] = tuple(_choices(self._objectives, sort))
        return self._by_sort[sort]

    def _chosen(self, event: Event) -> Iterable[Choice]:
        sort = Sort(event.kind, event.system, event.service, event.operation, event.workflow_id, event.workflow_name)
        return (each for each in self.choices(sort) if has_attributes(event.attributes, each.attributes))


def is_counted(event: Event, source: RecordSource) -> bool:
    """Whether the event is one of the source's at all: what did not happen, and what took no one knows how long, may not be."""
    if MISSED in event.silent and MISSED not in source.failing:
        return False
    return source.latency_ms is None or event.duration_ms is not None or event.has_failed


def is_good(event: Event, source: RecordSource) -> bool:
    """Whether it failed in none of the ways that count, and took no longer than it may."""
    if ("failed" in source.failing and event.has_failed) or not event.silent.isdisjoint(source.failing):
        return False
    return source.latency_ms is None or event.duration_ms is None or event.duration_ms <= source.latency_ms


def _choices(objectives: Iterable[Objective], sort: Sort) -> Iterable[Choice]:
    for objective in objectives:
        source = objective.source
        if not isinstance(source, RecordSource) or not _is_of(sort, source):
            continue
        concrete = objective.for_workflow(sort.workflow_id, sort.workflow_name) if source.per_workflow else objective
        yield Choice(concrete, source, tuple((key, Glob(value)) for key, value in source.attributes))


def _is_of(sort: Sort, source: RecordSource) -> bool:
    if sort.kind != source.events or (source.per_workflow and not sort.workflow_id):
        return False
    pairs = ((source.system, sort.system), (source.service, sort.service), (source.operation, sort.operation))
    workflow = Glob(source.workflow)
    is_its_workflow = workflow.matches(sort.workflow_id) or workflow.matches(sort.workflow_name)
    return is_its_workflow and all(Glob(wanted).matches(given) for wanted, given in pairs)


def has_attributes(attributes: Mapping[str, object], wanted: Iterable[tuple[str, Glob]]) -> bool:
    """Whether all wanted are there, and match."""
    return all(key in attributes and glob.matches(str(attributes[key])) for key, glob in wanted)
