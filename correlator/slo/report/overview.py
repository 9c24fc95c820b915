"""All objectives over one range: a line for each."""

from collections.abc import Iterable
from dataclasses import dataclass

from correlator.slo.coverage import Verdict
from correlator.slo.report.calendar_range import ReportRange
from correlator.slo.report.objective_report import ObjectiveReport


@dataclass(frozen=True, slots=True)
class OverviewLine:
    """One objective. `remaining` is a share of the budget of its period; `worst_incident` the key of the one that burnt most."""

    objective_id: str
    title: str
    service: str
    target: float
    verdict: Verdict
    reason: str
    attained: float | None
    remaining: float | None
    period_days: int
    coverage: float
    total: float
    pages: int
    tickets: int
    worst_incident: str | None


@dataclass(frozen=True, slots=True)
class Unreported:
    """An objective whose events could not be had, and why."""

    objective_id: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Overview:
    """Lines by id. `reported_until_unix_nano` is the range's end, or when the report was made."""

    range: ReportRange
    is_partial: bool
    reported_until_unix_nano: int
    objectives: tuple[OverviewLine, ...]
    unreported: tuple[Unreported, ...]


def overview_of(
    report_range: ReportRange,
    until_unix_nano: int,
    lines: Iterable[OverviewLine],
    unreported: Iterable[Unreported] = (),
) -> Overview:
    """Of lines of one range, in any order."""
    return Overview(
        range=report_range,
        is_partial=until_unix_nano < report_range.end_unix_nano,
        reported_until_unix_nano=until_unix_nano,
        objectives=tuple(sorted(lines, key=lambda line: line.objective_id)),
        unreported=tuple(sorted(unreported, key=lambda each: each.objective_id)),
    )


def line_of(report: ObjectiveReport) -> OverviewLine:
    """What the overview tells of a report."""
    burning = [each for each in report.attribution.incidents if each.burnt.bad_events > 0]
    return OverviewLine(
        objective_id=report.objective_id,
        title=report.title,
        service=report.service,
        target=report.target,
        verdict=report.compliance.verdict,
        reason=report.compliance.reason,
        attained=report.compliance.attained,
        remaining=report.budget.remaining,
        period_days=report.period_days,
        coverage=report.compliance.coverage,
        total=report.compliance.total,
        pages=sum(call.severity == "page" for call in report.calls),
        tickets=sum(call.severity == "ticket" for call in report.calls),
        worst_incident=burning[0].key if burning else None,
    )
