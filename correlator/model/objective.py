"""A service level objective: what is promised, of which events, over which period, and when to call someone.

Names are OpenSLO's and the SRE workbook's. Ratios are 0..1, windows in seconds.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal

Budgeting = Literal["Occurrences", "Timeslices", "RatioTimeslices"]
Kind = Literal["availability", "latency", "error_ratio"]
Severity = Literal["page", "ticket"]
Events = Literal["executions", "server_calls", "sends", "jobs"]
"""n8n's executions; calls that a service answered; jobs put into a queue; attempts at a job taken from one."""
Failing = Literal["failed", "missed_run", "empty_success", "stuck", "continued_on_error"]
"""What an execution did wrong. All but the first are failures that n8n calls a success, or does not speak of."""

SEVERITIES: Final[tuple[Severity, ...]] = ("page", "ticket")
DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class Window:
    """Alert when the burn rate is over `factor` in both windows: the long one says it matters, the short one that it lasts."""

    severity: Severity
    long_window_s: int
    short_window_s: int
    factor: float


@dataclass(frozen=True, slots=True)
class Gate:
    """What the long window must hold before an alert may begin: one failure in six runs is no outage.

    `min_failures` are beside those that the budget allows of its events, rounded: next to none where little happens.
    """

    min_events: int
    min_failures: int


@dataclass(frozen=True, slots=True)
class Slices:
    """Time cut into pieces that are judged one by one. `target` is the ratio of good events that makes a slice good; None
    where each counts with the ratio it has (RatioTimeslices)."""

    window_s: int
    target: float | None


@dataclass(frozen=True, slots=True)
class RecordSource:
    """Events among our own records. Filters are globs, any case; `*` is any.

    A workflow is meant by its id or its name. `attributes` are of the record or its sender, all of them needed. With
    `latency_ms` an event is good when it did not fail and took no longer. `per_workflow`: one objective for each workflow.
    `run_interval_s` states how often a run is due, where missed runs count; None is to be learned.
    """

    events: Events
    system: str = "*"
    service: str = "*"
    operation: str = "*"
    workflow: str = "*"
    attributes: tuple[tuple[str, str], ...] = ()
    failing: tuple[Failing, ...] = ("failed",)
    latency_ms: float | None = None
    per_workflow: bool = False
    run_interval_s: int | None = None


@dataclass(frozen=True, slots=True)
class PrometheusCounts:
    """Queries for events: `total`, and of those the good or the bad. With `is_counter` they grow; else each sample counts."""

    total: str
    good_or_bad: str
    is_bad: bool
    is_counter: bool = True


@dataclass(frozen=True, slots=True)
class PrometheusRatio:
    """A query for a ratio that somebody else computed. It tells no number of events: time is what can be counted of it."""

    query: str
    is_bad: bool


Source = RecordSource | PrometheusCounts | PrometheusRatio


@dataclass(frozen=True, slots=True)
class Objective:
    """One objective. `id` is `service-name`, as Sloth makes it; `title` is for people. `target` is over 0 and below 1."""

    id: str
    service: str
    name: str
    title: str
    kind: Kind
    target: float
    period_days: int
    source: Source
    windows: tuple[Window, ...]
    page_gate: Gate
    ticket_gate: Gate
    budgeting: Budgeting = "Occurrences"
    slices: Slices | None = None
    description: str = ""
    labels: tuple[tuple[str, str], ...] = ()

    @property
    def error_budget(self) -> float:
        """The share of events that may fail. Rounded to 1e-12, so that of 0.999 it is 0.001."""
        return round(1.0 - self.target, 12)

    @property
    def period_s(self) -> int:
        return self.period_days * DAY_S

    def gate(self, severity: Severity) -> Gate:
        return self.page_gate if severity == "page" else self.ticket_gate

    def for_workflow(self, workflow_id: str, workflow_name: str) -> "Objective":
        """The objective of one workflow, where this is one for each. The id in its name keeps apart those named alike."""
        assert isinstance(self.source, RecordSource)
        name = f"{self.name}-{workflow_id}"
        source = replace(self.source, workflow=workflow_id, per_workflow=False)
        title = f"{self.title}: {workflow_name or workflow_id}"
        return replace(self, id=f"{self.service}-{name}", name=name, title=title, source=source)
