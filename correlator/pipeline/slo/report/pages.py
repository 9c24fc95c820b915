"""A report as JSON, Markdown or one HTML page that needs nothing else."""

from typing import Final, Literal

import msgspec

from correlator.pipeline.slo.report import plots
from correlator.pipeline.slo.report.links import Links
from correlator.pipeline.slo.report.templating import HTML, MARKDOWN
from correlator.slo.coverage import MET_COVERAGE, Verdict
from correlator.slo.report import ObjectiveReport, Overview, ReportRange
from correlator.slo.report.gaps import Gap

ReportFormat = Literal["json", "markdown", "html"]

MEDIA_TYPES: Final[dict[ReportFormat, str]] = {
    "json": "application/json",
    "markdown": "text/markdown; charset=utf-8; variant=GFM",
    "html": "text/html; charset=utf-8",
}
SUFFIXES: Final[dict[ReportFormat, str]] = {"json": ".json", "markdown": ".md", "html": ".html"}
SHOWN_GAPS: Final = 20
_VERDICTS: Final[dict[Verdict, str]] = {"met": "Met", "missed": "Missed", "unknown": "Unknown"}
_VERDICT_CLASSES: Final[dict[Verdict, str]] = {"met": "met", "missed": "missed-word", "unknown": "unknown"}
_HEADINGS: Final = {"day": "Daily report", "week": "Weekly report", "month": "Monthly report", "custom": "Report"}


def report_page(report: ObjectiveReport, form: ReportFormat, links: Links) -> str:
    """One objective. JSON is the report itself, field by field; the others are for people."""
    if form == "json":
        return _json(report)
    given = {
        "report": report,
        "links": links,
        "heading": _heading(report.range),
        "noun": _noun(report.range),
        "verdict_word": _VERDICTS[report.compliance.verdict],
        "verdict_class": _VERDICT_CLASSES[report.compliance.verdict],
        "unit": "events" if report.budgeting == "Occurrences" else "slices of time",
        "failures": report.attribution.burnt.bad_events,
        "burnt_of_period": report.attribution.burnt.of_period_budget,
        "shown": plots.shown_slots(report),
        "slot_noun": "hour" if plots.shown_slots(report) is report.hours else "day",
        "gaps_shown": _longest(report.gaps),
        "gaps_told": _gaps_told(report.gaps),
    }
    if form == "markdown":
        return MARKDOWN.get_template("report.md.j2").render(given)
    drawn = {
        "attained": plots.attained_plot(report),
        "burn_down": plots.burn_down_plot(report),
        "error_ratio": plots.error_ratio_plot(report),
    }
    return HTML.get_template("report.html.j2").render(given, plots=drawn)


def overview_page(overview: Overview, form: ReportFormat, links: Links) -> str:
    """A line for each objective, with a link to its report."""
    if form == "json":
        return _json(overview)
    given = {
        "overview": overview,
        "links": links,
        "heading": _heading(overview.range),
        "noun": _noun(overview.range),
        "told": _told(overview),
        "met_coverage": MET_COVERAGE,
        "verdict_classes": _VERDICT_CLASSES,
    }
    environment, suffix = (MARKDOWN, "md") if form == "markdown" else (HTML, "html")
    return environment.get_template(f"overview.{suffix}.j2").render(given)


def _json(value: ObjectiveReport | Overview) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"


def _heading(given: ReportRange) -> str:
    return f"{_HEADINGS[given.period]}, {given.label}"


def _noun(given: ReportRange) -> str:
    return "time" if given.period == "custom" else given.period


def _longest(gaps: tuple[Gap, ...]) -> tuple[Gap, ...]:
    """As many as are shown, in the order of time."""
    longest = sorted(gaps, key=lambda gap: (-gap.minutes, gap.start_unix_nano))[:SHOWN_GAPS]
    return tuple(sorted(longest, key=lambda gap: gap.start_unix_nano))


def _gaps_told(gaps: tuple[Gap, ...]) -> str:
    if not gaps:
        return "no gap in the data"
    return "1 gap in the data" if len(gaps) == 1 else f"{len(gaps)} gaps in the data"


def _told(overview: Overview) -> str:
    """How many are met, missed, and not known."""
    verdicts = [each.verdict for each in overview.objectives]
    if not verdicts:
        return "No objective is in force."
    return ", ".join(f"{verdicts.count(verdict)} {verdict}" for verdict in _VERDICTS) + "."
