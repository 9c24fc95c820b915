"""What the API answers of objectives. Made by `*_of` from correlator.pipeline.slo.status; what is not known is null, never NaN."""

from math import isnan

from pydantic import BaseModel, Field

from correlator.model.objective import Budgeting, Kind, Severity
from correlator.pipeline.slo.status import ObjectiveStatus, WindowAlert, WindowBurn
from correlator.serve.schemas.fields import NEXT_CURSOR, TIME
from correlator.slo.coverage import Verdict

TITLE = Field(description="The promise, for people.", examples=["The bridge answers"])
ID = Field(description="The objective's id: service and name.", examples=["bridge-availability"])
AT = Field(description="As of when, unix nanoseconds.", examples=[TIME])
TARGET = Field(description="The ratio of good events that is promised, over 0 and below 1.", examples=[0.999])
PERIOD_DAYS = Field(description="Over how many days.", examples=[30])
VERDICT = Field(description="met, missed, or unknown: too little is known, or nothing happened.", examples=["met"])
REASON = Field(description="The verdict in words.", examples=["0.0400% of events failed, of 0.1000% that may"])
ATTAINED = Field(description="The ratio of good events in the period; null where no event was.", examples=[0.9996])
REMAINING = Field(
    description="Share of the error budget that is left; negative where more than all is spent, null without events.",
    examples=[0.6],
)
EXHAUSTED_IN_S = Field(
    description="Seconds until nothing is left, at the last hour's pace; 0 where nothing is, null where nothing burns.",
    examples=[1_555_200.0],
)
COVERAGE = Field(description="How much of it is known, 0 to 1.", examples=[1.0])
CALLS = Field(description="Whom its alerts call now; null where nobody. A page inhibits the ticket.", examples=["page"])
EVENTS = Field(description="Events in it; slices of time, where the budget is of time.", examples=[14_400.0])
FAILURES = Field(description="Of those, the bad ones; parts, where slices count by their ratio.", examples=[6.0])
BURN_RATE = Field(
    description="How many times too fast the error budget goes: 1 spends it exactly over the period. Null without events.",
    examples=[0.4],
)
FACTOR = Field(description="The burn rate that calls, once both windows are over it.", examples=[14.4])
LONG_WINDOW_S = Field(description="The window that says it matters, seconds.", examples=[3_600])
SHORT_WINDOW_S = Field(description="The window that says it lasts, seconds.", examples=[300])


class SloAlert(BaseModel):
    """One pair of windows that calls someone."""

    severity: Severity = Field(description="page or ticket.", examples=["page"])
    factor: float = FACTOR
    long_window_s: int = LONG_WINDOW_S
    long_burn_rate: float | None = BURN_RATE
    short_window_s: int = SHORT_WINDOW_S
    short_burn_rate: float | None = BURN_RATE
    is_on: bool = Field(description="Whether it calls now.", examples=[False])


class SloAlertDetail(SloAlert):
    """One pair of windows that calls someone, and why it does or does not."""

    long_coverage: float = COVERAGE
    short_coverage: float = COVERAGE
    is_frozen: bool = Field(
        description="Nothing could be decided, for want of data or events: it is as it was.", examples=[False]
    )
    since_unix_nano: int | None = Field(description="Since when it is on; null unless it is.", examples=[None])
    reason: str = Field(
        description="Why it is on, off, or as it was.",
        examples=["the long window burns no faster than 14.4 times the budget's pace"],
    )


class Slo(BaseModel):
    """An objective and how it stands."""

    id: str = ID
    service: str = Field(description="Whose promise it is.", examples=["bridge"])
    name: str = Field(description="Its name within the service.", examples=["availability"])
    title: str = TITLE
    kind: Kind = Field(description="availability, latency or error_ratio.", examples=["availability"])
    target: float = TARGET
    period_days: int = PERIOD_DAYS
    budgeting: Budgeting = Field(
        description="What the budget is of: events, or slices of time.", examples=["Occurrences"]
    )
    at_unix_nano: int = AT
    verdict: Verdict = VERDICT
    reason: str = REASON
    attained: float | None = ATTAINED
    coverage: float = COVERAGE
    error_budget_remaining: float | None = REMAINING
    exhausted_in_s: float | None = EXHAUSTED_IN_S
    calls: Severity | None = CALLS
    alerts: tuple[SloAlert, ...] = Field(description="Its windows, in the objective's order.")


class SloPage(BaseModel):
    """Objectives by id."""

    slos: tuple[Slo, ...] = Field(description="Those in force; of one for each workflow, one for each that ran.")
    next_cursor: str | None = NEXT_CURSOR


class WindowBurnRate(BaseModel):
    """One window that ends at that time."""

    window_s: int = Field(description="Its length, seconds.", examples=[3_600])
    burn_rate: float | None = BURN_RATE
    events: float = EVENTS
    failures: float = FAILURES
    coverage: float = COVERAGE


class SloBurnRates(BaseModel):
    """How fast the error budget of one objective goes."""

    id: str = ID
    at_unix_nano: int = AT
    calls: Severity | None = CALLS
    reason: str = REASON
    windows: tuple[WindowBurnRate, ...] = Field(
        description="5m, 30m, 1h, 2h, 6h, 1d, 3d, those of its alerts and the period, by length."
    )
    alerts: tuple[SloAlertDetail, ...] = Field(description="Its windows, in the objective's order.")


class SloBudget(BaseModel):
    """The error budget of one objective over the period that ends at that time."""

    id: str = ID
    title: str = TITLE
    at_unix_nano: int = AT
    target: float = TARGET
    period_days: int = PERIOD_DAYS
    verdict: Verdict = VERDICT
    reason: str = REASON
    attained: float | None = ATTAINED
    coverage: float = COVERAGE
    events: float = EVENTS
    failures: float = FAILURES
    allowed_failures: float = Field(description="How many of the events may be bad.", examples=[14.4])
    error_budget_spent: float | None = Field(
        description="Share of the error budget that is gone, over 1 where more than all is; null without events.",
        examples=[0.4],
    )
    error_budget_remaining: float | None = REMAINING
    exhausted_in_s: float | None = EXHAUSTED_IN_S
    pace: float | None = Field(description="The burn rate of the last hour. Null without events.", examples=[1.0])


def slo_of(status: ObjectiveStatus) -> Slo:
    """An objective in a list."""
    objective, spent = status.objective, status.budget
    return Slo(
        id=objective.id,
        service=objective.service,
        name=objective.name,
        title=objective.title,
        kind=objective.kind,
        target=objective.target,
        period_days=objective.period_days,
        budgeting=objective.budgeting,
        at_unix_nano=status.at_unix_nano,
        verdict=status.verdict,
        reason=status.reason,
        attained=spent.compliance.attained,
        coverage=spent.compliance.coverage,
        error_budget_remaining=spent.remaining,
        exhausted_in_s=spent.exhausted_in_s,
        calls=status.calls,
        alerts=tuple(_alert_of(each) for each in status.alerts),
    )


def burn_rates_of(status: ObjectiveStatus) -> SloBurnRates:
    """Every window of one objective."""
    return SloBurnRates(
        id=status.objective.id,
        at_unix_nano=status.at_unix_nano,
        calls=status.calls,
        reason=status.reason,
        windows=tuple(_window_of(each) for each in status.burns),
        alerts=tuple(_alert_detail_of(each) for each in status.alerts),
    )


def budget_of(status: ObjectiveStatus) -> SloBudget:
    """The budget of one objective."""
    spent, period = status.budget, status.budget.compliance
    return SloBudget(
        id=status.objective.id,
        title=status.objective.title,
        at_unix_nano=status.at_unix_nano,
        target=status.objective.target,
        period_days=status.objective.period_days,
        verdict=status.verdict,
        reason=status.reason,
        attained=period.attained,
        coverage=period.coverage,
        events=period.total,
        failures=max(0.0, period.total - period.good),
        allowed_failures=spent.allowed_failures,
        error_budget_spent=spent.spent,
        error_budget_remaining=spent.remaining,
        exhausted_in_s=spent.exhausted_in_s,
        pace=status.pace.burn_rate,
    )


def _window_of(burn: WindowBurn) -> WindowBurnRate:
    return WindowBurnRate(
        window_s=burn.window_s,
        burn_rate=burn.burn_rate,
        events=burn.events,
        failures=burn.failures,
        coverage=burn.coverage,
    )


def _alert_of(alert: WindowAlert) -> SloAlert:
    state = alert.state
    return SloAlert(
        severity=state.window.severity,
        factor=state.window.factor,
        long_window_s=state.window.long_window_s,
        long_burn_rate=_known(state.long_burn_rate),
        short_window_s=state.window.short_window_s,
        short_burn_rate=_known(state.short_burn_rate),
        is_on=state.is_on,
    )


def _alert_detail_of(alert: WindowAlert) -> SloAlertDetail:
    state = alert.state
    return SloAlertDetail(
        **_alert_of(alert).model_dump(),
        long_coverage=state.long_coverage,
        short_coverage=state.short_coverage,
        is_frozen=state.is_frozen,
        since_unix_nano=alert.since_unix_nano,
        reason=state.reason,
    )


def _known(rate: float) -> float | None:
    return None if isnan(rate) else rate
