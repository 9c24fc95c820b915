"""A report on an objective, field by field: what /api/v1/slos/{id}/report answers, and what a report's .json file holds.

The documents themselves are correlator.slo.report written out; a test holds these descriptions to them.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from correlator.model.objective import Budgeting, Kind, Severity
from correlator.serve.schemas.fields import TIME
from correlator.serve.schemas.slos import (
    ATTAINED,
    COVERAGE,
    EVENTS,
    EXHAUSTED_IN_S,
    ID,
    PERIOD_DAYS,
    REASON,
    REMAINING,
    TARGET,
    VERDICT,
)
from correlator.slo.coverage import Verdict

START = Field(description="Its beginning, unix nanoseconds.", examples=[TIME])
END = Field(description="Its end, excluded, unix nanoseconds.", examples=[TIME])
TITLE = Field(description="For people.", examples=["Bridge availability"])
SERVICE = Field(description="Whose promise it is.", examples=["bridge"])
GOOD = Field(description="Good events; parts, where slices of time count by their ratio.", examples=[14_394.0])
IS_PARTIAL = Field(description="Whether the range still runs.", examples=[False])
UNTIL = Field(description="Up to when this tells, unix nanoseconds: the range's end, or now.", examples=[TIME])
INCIDENT_KEY = Field(description="The incident's key.", examples=["e1-5d41402abc4b2a76-1"])


class _Document(BaseModel):
    """Nothing else is in it."""

    model_config = ConfigDict(extra="forbid")


class SloReportRange(_Document):
    """What a report is of: [start, end), UTC."""

    period: Literal["day", "week", "month", "custom"] = Field(
        description="day, week (ISO), month, or custom.", examples=["day"]
    )
    label: str = Field(description="Its name: 2026-11-20, 2026-W47, 2026-11.", examples=["2026-11-20"])
    start_unix_nano: int = START
    end_unix_nano: int = END


class SloReportCompliance(_Document):
    """What became of an objective in a time."""

    verdict: Verdict = VERDICT
    attained: float | None = ATTAINED
    good: float = GOOD
    total: float = EVENTS
    coverage: float = COVERAGE
    reason: str = REASON


class SloReportBudget(_Document):
    """The error budget of the objective's rolling period that ends with the report."""

    compliance: SloReportCompliance = Field(description="What became of the objective in the period.")
    allowed_failures: float = Field(description="Events of the period that may be bad.", examples=[14.4])
    spent: float | None = Field(
        description="Share of that which is spent: over 1 where it is more. Null without events.", examples=[0.4]
    )
    remaining: float | None = REMAINING
    exhausted_in_s: float | None = EXHAUSTED_IN_S


class SloReportSlot(_Document):
    """An hour, a day or a minute. Ratios are null where no event was: a gap is never a zero."""

    start_unix_nano: int = START
    end_unix_nano: int = END
    good: float = GOOD
    total: float = EVENTS
    attained: float | None = Field(description="Good events of all.", examples=[0.9996])
    error_ratio: float | None = Field(description="Bad events of all.", examples=[0.0004])
    burn_rate: float | None = Field(
        description="How many times too fast the budget went: 1 spends it exactly over the period.", examples=[0.4]
    )
    coverage: float = COVERAGE


class SloReportBudgetPoint(_Document):
    """What was left of the period's budget at a time."""

    at_unix_nano: int = Field(description="When, unix nanoseconds.", examples=[TIME])
    remaining: float | None = Field(
        description="Share that was left; null where nothing is known of the time since the point before.",
        examples=[0.6],
    )


class SloReportGap(_Document):
    """A time of which nothing is known."""

    start_unix_nano: int = START
    end_unix_nano: int = END


class SloReportCall(_Document):
    """A call that the objective's alerts would have made, evaluated every minute on what is known now."""

    severity: Severity = Field(description="page or ticket; while a page is on, no ticket is.", examples=["page"])
    began_unix_nano: int = Field(description="Since when; it may be before the range.", examples=[TIME])
    ended_unix_nano: int | None = Field(
        description="Until when; null where it was still on at the end.", examples=[TIME]
    )


class SloReportShare(_Document):
    """A part of what was burnt in the range."""

    bad_events: float = Field(description="Bad events; parts, where several incidents share a minute.", examples=[84.6])
    of_burnt: float | None = Field(
        description="As a share of all bad events of the range; null without any.", examples=[0.651]
    )
    of_period_budget: float | None = Field(
        description="As a share of the whole period's budget; null without events.", examples=[0.209]
    )


class SloReportIncident(_Document):
    """An incident that concerns the objective, and what it burnt within the range."""

    key: str = INCIDENT_KEY
    title: str = Field(description="What it is called.", examples=["invoice-worker: OperationalError"])
    cause: str = Field(description="Its cause in one sentence.", examples=["orders-db refused connections."])
    severity: str = Field(description="critical, error, warning or info.", examples=["error"])
    state: str = Field(description="open or resolved.", examples=["resolved"])
    opened_at_unix_nano: int = Field(description="Its first failure, unix nanoseconds.", examples=[TIME])
    last_seen_unix_nano: int = Field(description="Its last failure, unix nanoseconds.", examples=[TIME])
    resolved_at_unix_nano: int | None = Field(description="When it was resolved; null while open.", examples=[TIME])
    duration_s: float = Field(description="From its first failure to its last, seconds.", examples=[3_600.0])
    failures: int = Field(description="Stories that failed by it, in all.", examples=[412])
    burnt: SloReportShare = Field(description="What it burnt.")


class SloReportAttribution(_Document):
    """What burnt the budget in the range. The parts add up to all of it."""

    burnt: SloReportShare = Field(description="All of it.")
    incidents: list[SloReportIncident] = Field(description="By incident, the worst first, 50 at most.")
    further_incidents: int = Field(description="How many more there are.", examples=[0])
    further: SloReportShare = Field(description="What those burnt.")
    unexplained: SloReportShare = Field(description="What failed while no incident was on that concerns the objective.")


class SloReport(_Document):
    """One objective in a day, a week or a month. What is not known is null, never 0."""

    objective_id: str = ID
    title: str = TITLE
    description: str = Field(
        description="What is promised, in words.", examples=["Calls are answered without an error."]
    )
    service: str = SERVICE
    kind: Kind = Field(description="availability, latency or error_ratio.", examples=["availability"])
    target: float = TARGET
    error_budget: float = Field(description="1 - target: the ratio of events that may be bad.", examples=[0.001])
    budgeting: Budgeting = Field(
        description="Occurrences: of events; Timeslices, RatioTimeslices: of slices of time.", examples=["Occurrences"]
    )
    period_days: int = PERIOD_DAYS
    range: SloReportRange = Field(description="What this is of.")
    is_partial: bool = IS_PARTIAL
    reported_until_unix_nano: int = UNTIL
    compliance: SloReportCompliance = Field(description="What became of the objective in the range.")
    range_spent: float | None = Field(
        description="Share spent of the budget that the range's own events give; null without events.", examples=[0.4]
    )
    budget: SloReportBudget = Field(description="The budget of the period that ends with the report.")
    days: list[SloReportSlot] = Field(description="The range day by day.")
    hours: list[SloReportSlot] = Field(description="The range hour by hour.")
    burn_down: list[SloReportBudgetPoint] = Field(
        description="What was left of the budget over the period, day by day; hour by hour up to 7 days. Empty without events."
    )
    gaps: list[SloReportGap] = Field(description="Times of the range of which nothing is known.")
    period_gaps: list[SloReportGap] = Field(description="The same of the period.")
    worst_hours: list[SloReportSlot] = Field(description="Hours with the most bad events, 5 at most.")
    worst_minutes: list[SloReportSlot] = Field(description="Minutes with the most bad events, 5 at most.")
    calls: list[SloReportCall] = Field(description="Calls that were on in the range.")
    attribution: SloReportAttribution = Field(description="What burnt the budget.")
    attribution_note: str = Field(
        description="How that is told.", examples=["By time: what failed while an incident was on ..."]
    )


class SloReportLine(_Document):
    """One objective in the overview."""

    objective_id: str = ID
    title: str = TITLE
    service: str = SERVICE
    target: float = TARGET
    verdict: Verdict = VERDICT
    reason: str = REASON
    attained: float | None = ATTAINED
    remaining: float | None = REMAINING
    period_days: int = PERIOD_DAYS
    coverage: float = COVERAGE
    total: float = EVENTS
    pages: int = Field(description="Pages that were on in the range.", examples=[1])
    tickets: int = Field(description="Tickets that were on in the range.", examples=[2])
    worst_incident: str | None = Field(
        description="Key of the incident that burnt most; null where none did.", examples=["e1-5d41402abc4b2a76-1"]
    )


class SloUnreported(_Document):
    """An objective that could not be reported on."""

    objective_id: str = ID
    title: str = TITLE
    reason: str = Field(description="Why.", examples=["Prometheus at http://127.0.0.1:9090 does not answer"])


class SloReportOverview(_Document):
    """All objectives over one range."""

    range: SloReportRange = Field(description="What this is of.")
    is_partial: bool = IS_PARTIAL
    reported_until_unix_nano: int = UNTIL
    objectives: list[SloReportLine] = Field(description="By id.")
    unreported: list[SloUnreported] = Field(description="Those whose events could not be had.")
