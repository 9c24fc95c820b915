"""One objective over one range: what was attained, what is left, who was called, and which incidents burnt how much."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from correlator.model.incident import Incident
from correlator.model.objective import DAY_S, Budgeting, Kind, Objective
from correlator.slo.budget import Budget, budget, share_spent
from correlator.slo.coverage import Compliance, compliance
from correlator.slo.minute_series import MINUTE_NANO, MinuteSeries, SeriesSums, end_minute
from correlator.slo.report.attribution import Attribution, attribute
from correlator.slo.report.burn_down import BudgetPoint, burn_down
from correlator.slo.report.calendar_range import ReportRange
from correlator.slo.report.calls import Call, calls_over
from correlator.slo.report.gaps import Gap, gaps_of
from correlator.slo.report.slots import Slot, edges_of, slots, worst, worst_minutes
from correlator.slo.time_slices import budgeted
from correlator.slo.windows import HOUR_S, MINUTE_S

WORST: Final = 5
"""Hours and minutes that are named; an outage longer than that shows in the plots."""
ATTRIBUTION_NOTE: Final = (
    "By time: what failed while an incident was on, from its first failure until it was resolved, is counted as burnt by it; "
    "between incidents that were on together it is divided as each failed more or less often a minute."
)


@dataclass(frozen=True, slots=True)
class ObjectiveReport:
    """Ratios are 0..1; what is not known is None, never 0. `range` is [start, end), reported up to `reported_until_unix_nano`.

    `compliance` and `range_spent` (a share of the range's own budget) are of the range; `budget` is of the objective's rolling
    period that ends with the report, and so is `burn_down`. `gaps` are the range's, `period_gaps` the period's. `days` and
    `hours` cover the range. With slices, events are slices of time.
    """

    objective_id: str
    title: str
    description: str
    service: str
    kind: Kind
    target: float
    error_budget: float
    budgeting: Budgeting
    period_days: int
    range: ReportRange
    is_partial: bool
    reported_until_unix_nano: int
    compliance: Compliance
    range_spent: float | None
    budget: Budget
    days: tuple[Slot, ...]
    hours: tuple[Slot, ...]
    burn_down: tuple[BudgetPoint, ...]
    gaps: tuple[Gap, ...]
    period_gaps: tuple[Gap, ...]
    worst_hours: tuple[Slot, ...]
    worst_minutes: tuple[Slot, ...]
    calls: tuple[Call, ...]
    attribution: Attribution
    attribution_note: str = ATTRIBUTION_NOTE

    @property
    def period_start_unix_nano(self) -> int:
        return self.reported_until_unix_nano - self.period_days * DAY_S * 10**9


def reported_until(report_range: ReportRange, now_unix_nano: int) -> int:
    """Unix minute up to which a report made now goes: the range's end, or the end of the minute that runs."""
    return min(report_range.end_minute, max(report_range.start_minute + 1, end_minute(now_unix_nano)))


def first_minute_of(objective: Objective, report_range: ReportRange, now_unix_nano: int) -> int:
    """Where the series that a report is made of must begin: with the range or the period, and a long window before either."""
    until = reported_until(report_range, now_unix_nano)
    longest_s = max((window.long_window_s for window in objective.windows), default=0)
    before_s = longest_s + (objective.slices.window_s if objective.slices else 0)
    return min(report_range.start_minute, until - objective.period_s // MINUTE_S) - before_s // MINUTE_S


def make_report(
    events: MinuteSeries,
    objective: Objective,
    report_range: ReportRange,
    incidents: Iterable[Incident],
    now_unix_nano: int,
) -> ObjectiveReport:
    """The report as of now. `events` reach from `first_minute_of` to the report's end; `incidents` are those that concern
    the objective, in any order. A range that still runs is partial."""
    start, until = report_range.start_minute, reported_until(report_range, now_unix_nano)
    series = budgeted(events, objective)
    sums, as_of = SeriesSums(series), until * MINUTE_NANO
    of_range = compliance(sums, objective, (until - start) * MINUTE_S, as_of)
    of_period = budget(sums, objective, as_of)
    hours = slots(sums, objective, edges_of(start, until, HOUR_S // MINUTE_S))
    return ObjectiveReport(
        objective_id=objective.id,
        title=objective.title,
        description=objective.description,
        service=objective.service,
        kind=objective.kind,
        target=objective.target,
        error_budget=objective.error_budget,
        budgeting=objective.budgeting,
        period_days=objective.period_days,
        range=report_range,
        is_partial=until < report_range.end_minute,
        reported_until_unix_nano=as_of,
        compliance=of_range,
        range_spent=share_spent(max(0.0, of_range.total - of_range.good), of_range.total, objective),
        budget=of_period,
        days=slots(sums, objective, edges_of(start, until, DAY_S // MINUTE_S)),
        hours=hours,
        burn_down=burn_down(sums, objective, until),
        gaps=gaps_of(series, start, until),
        period_gaps=gaps_of(series, until - objective.period_s // MINUTE_S, until),
        worst_hours=worst(hours, WORST),
        worst_minutes=worst_minutes(sums, objective, start, until, WORST),
        calls=calls_over(sums, objective, series.first_minute, start, until),
        attribution=attribute(series, objective, incidents, start, until, of_period.allowed_failures),
    )
