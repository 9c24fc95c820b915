"""Days, weeks and months, UTC."""

from datetime import UTC, date, datetime

import pytest

from correlator.errors import InvalidInput
from correlator.slo.report.calendar_range import Period, finished_ranges, range_between, range_holding, range_of

NOW = int(datetime(2026, 11, 21, 19, 46, tzinfo=UTC).timestamp()) * 10**9


def told(unix_nano: int) -> str:
    return datetime.fromtimestamp(unix_nano // 10**9, UTC).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("period", "of", "label", "start", "end"),
    [
        ("day", "2026-11-20", "2026-11-20", "2026-11-20 00:00", "2026-11-21 00:00"),
        ("day", None, "2026-11-21", "2026-11-21 00:00", "2026-11-22 00:00"),
        ("week", "2026-11-20", "2026-W47", "2026-11-16 00:00", "2026-11-23 00:00"),
        ("week", "2026-W47", "2026-W47", "2026-11-16 00:00", "2026-11-23 00:00"),
        ("week", "2025-12-31", "2026-W01", "2025-12-29 00:00", "2026-01-05 00:00"),
        ("month", "2026-02", "2026-02", "2026-02-01 00:00", "2026-03-01 00:00"),
        ("month", "2025-12-31", "2025-12", "2025-12-01 00:00", "2026-01-01 00:00"),
    ],
)
def test_a_range_is_named_by_a_day_in_it_or_by_its_label(
    period: Period, of: str | None, label: str, start: str, end: str
) -> None:
    """ISO weeks begin on Monday, and may lie in two years."""
    found = range_of(period, of, NOW)
    assert (found.label, told(found.start_unix_nano), told(found.end_unix_nano)) == (label, start, end)


@pytest.mark.parametrize(
    ("period", "of", "remedy"),
    [
        ("day", "2026-W47", "write it as 2026-11-20"),
        ("day", "2026-02-30", "write it as 2026-11-20"),
        ("week", "2026-W54", "or 2026-W47"),
        ("month", "2026-13", "or 2026-11"),
        ("day", "2026-11-22", "has not begun"),
        ("day", "9999-12-31", "name a day from 1970-01-05 to 2261-12-31"),
        ("week", "9999-W52", "name a day from"),
        ("month", "9999-12", "name a day from"),
        ("week", "1970-01-01", "name a day from"),
        ("month", "0001-01", "name a day from"),
    ],
)
def test_what_names_no_range_is_refused(period: Period, of: str, remedy: str) -> None:
    """With what to write instead."""
    with pytest.raises(InvalidInput, match=remedy):
        range_of(period, of, NOW)


def test_finished_ranges_end_before_now() -> None:
    """The oldest first; one that ends at this instant is finished."""
    assert [each.label for each in finished_ranges("month", NOW, 2)] == ["2026-09", "2026-10"]
    midnight = range_holding("day", date(2026, 11, 21)).start_unix_nano
    assert [each.label for each in finished_ranges("day", midnight, 2)] == ["2026-11-19", "2026-11-20"]
    assert [each.label for each in finished_ranges("day", midnight - 1, 1)] == ["2026-11-19"]


def test_two_times_are_taken_to_whole_minutes() -> None:
    """Around them, so that nothing asked for is left out."""
    found = range_between(NOW - 90 * 10**9, NOW - 1, NOW)
    assert (told(found.start_unix_nano), told(found.end_unix_nano)) == ("2026-11-21 19:44", "2026-11-21 19:46")
    assert found.period == "custom"


@pytest.mark.parametrize(
    ("start", "end", "problem"),
    [(NOW, NOW, "before"), (0, NOW, "366 days"), (NOW + 10**12, NOW + 2 * 10**12, "has not begun")],
)
def test_two_times_must_hold_a_range(start: int, end: int, problem: str) -> None:
    """Not empty, not endless, not to come."""
    with pytest.raises(InvalidInput, match=problem):
        range_between(start, end, NOW)
