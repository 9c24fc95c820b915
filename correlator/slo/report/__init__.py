"""What became of an objective in a day, a week, a month. Pure: series and incidents in, one value out, and nothing invented.

calendar_range    which day, ISO week or month, UTC
slots             days and hours of it, each with its numbers or None; gaps: the minutes that nobody knows
burn_down         what was left of the period's budget, day by day
calls             whom alerts would have called, and how long
attribution       which incident burnt how much
objective_report  all of it for one objective; overview: a line for each
"""

from correlator.slo.report.calendar_range import ReportRange, range_between, range_of
from correlator.slo.report.objective_report import ObjectiveReport, first_minute_of, make_report
from correlator.slo.report.overview import Overview, OverviewLine, Unreported, line_of, overview_of

__all__ = [
    "ObjectiveReport",
    "Overview",
    "OverviewLine",
    "ReportRange",
    "Unreported",
    "first_minute_of",
    "line_of",
    "make_report",
    "overview_of",
    "range_between",
    "range_of",
]
