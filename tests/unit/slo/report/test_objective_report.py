"""What a report says of a day."""

import pytest

from correlator.model.objective import Slices
from correlator.slo.budget import budget
from correlator.slo.minute_series import MINUTE_NANO
from correlator.slo.report import first_minute_of, range_of
from correlator.slo.report.gaps import Gap
from correlator.slo.time_slices import budget_sums
from tests.unit.slo.report.reported import DAY, END, HOUR, START, history, incident, report
from tests.unit.slo.series import objective

OUTAGE = {START + 10 * HOUR + minute: 5.0 for minute in range(30)}  # 150 bad events from 10:00 on
DARK = range(START + 2 * HOUR, START + 4 * HOUR)


def test_the_budget_is_that_of_the_period_that_ends_with_the_range() -> None:
    """The same numbers as the budget itself tells at that time."""
    one = objective()
    events = history(first_minute_of(one, DAY, END * MINUTE_NANO), END, bad=OUTAGE)
    assert report(bad=OUTAGE).budget == budget(budget_sums(events, one), one, END * MINUTE_NANO)


def test_the_range_has_an_attainment_of_its_own() -> None:
    """150 of 14,400 events is ten times the day's own budget of 14.4, and a third of the period's 432."""
    made = report(bad=OUTAGE)
    assert made.compliance.verdict == "missed"
    assert made.compliance.attained == pytest.approx(1 - 150 / 14_400)
    assert made.range_spent == pytest.approx(150 / 14.4)
    assert made.budget.remaining == pytest.approx(1 - 150 / 432)
    assert made.attribution.burnt.of_period_budget == pytest.approx(150 / 432)


def test_a_gap_is_a_gap_and_never_a_zero() -> None:
    """Neither in hours, nor in what was left of the budget, nor in coverage."""
    made = report(unknown=DARK)
    assert made.gaps == (Gap(DARK[0] * MINUTE_NANO, (DARK[-1] + 1) * MINUTE_NANO),)
    dark_hours = made.hours[2:4]
    assert [(each.attained, each.error_ratio, each.burn_rate, each.coverage) for each in dark_hours] == [
        (None, None, None, 0.0)
    ] * 2
    assert made.compliance.coverage == pytest.approx(22 / 24)


def test_a_day_that_is_all_dark_interrupts_the_burn_down() -> None:
    """The line goes on after it with what is known."""
    made = report(unknown=range(START - 1_440, START), bad=OUTAGE)
    assert [point.remaining is None for point in made.burn_down[-3:]] == [False, True, False]
    assert made.burn_down[0].remaining == 1.0
    assert made.burn_down[-1].remaining == pytest.approx(made.budget.remaining)


def test_without_events_nothing_is_said() -> None:
    """No budget, no line, no verdict."""
    made = report(a_minute=0.0)
    assert made.burn_down == ()
    assert (made.budget.remaining, made.range_spent, made.compliance.attained) == (None, None, None)
    assert made.compliance.verdict == "unknown"
    assert made.worst_hours == made.worst_minutes == ()


def test_the_worst_hours_and_minutes_are_named() -> None:
    """Most failures first; where alike, the earlier."""
    made = report(bad=OUTAGE | {START + 1: 1.0})
    assert [(each.start_unix_nano // MINUTE_NANO - START, each.failures) for each in made.worst_hours] == [
        (600, 150.0),
        (0, 1.0),
    ]
    assert [each.start_unix_nano // MINUTE_NANO - START for each in made.worst_minutes] == [600, 601, 602, 603, 604]


def test_calls_are_those_that_alerts_would_have_made() -> None:
    """A page while it burns; the ticket of the longer windows once the page is over."""
    made = report(bad=OUTAGE)
    page, *others = made.calls
    assert page.severity == "page"
    assert START + 600 < page.began_unix_nano // MINUTE_NANO < START + 640
    assert {call.severity for call in others} == {"ticket"}


def test_a_call_that_began_before_the_range_is_told() -> None:
    """With the time at which it began."""
    before = {START - 20 + minute: 10.0 for minute in range(40)}
    first = report(bad=before).calls[0]
    assert first.began_unix_nano < DAY.start_unix_nano
    assert first.ended_unix_nano is not None


def test_a_running_range_is_partial() -> None:
    """It ends with the minute that runs, and claims no coverage of what is to come."""
    made = report(now_minute=START + 6 * HOUR)
    assert made.is_partial
    assert made.reported_until_unix_nano == (START + 6 * HOUR) * MINUTE_NANO
    assert len(made.hours) == 6
    assert made.compliance.coverage == 1.0
    assert not report().is_partial


def test_slices_of_time_are_the_events_of_an_objective_that_is_budgeted_by_them() -> None:
    """An incident takes the whole slice that it began in."""
    sliced = objective(budgeting="Timeslices", slices=Slices(300, 0.9))
    made = report(incident("e1-a-1", START + 601, START + 603), of=sliced, bad={START + 601: 10.0, START + 602: 10.0})
    assert made.compliance.total == 288
    assert made.attribution.burnt.bad_events == 1
    assert made.attribution.incidents[0].burnt.bad_events == 1


def test_days_of_a_week_are_days() -> None:
    """Seven, and 168 hours."""
    week = range_of("week", "2026-W46", END * MINUTE_NANO)
    made = report(report_range=week, now_minute=week.end_minute)
    assert (len(made.days), len(made.hours)) == (7, 168)
