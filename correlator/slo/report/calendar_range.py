"""The day, ISO week or month that a report is of; all of them UTC."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal

from correlator.errors import InvalidInput
from correlator.slo.minute_series import MINUTE_NANO

Period = Literal["day", "week", "month"]

LONGEST_DAYS: Final = 366
"""Of a range between two times: a year. Longer ones are several reports."""
FIRST_DAY: Final = date(1970, 1, 5)
"""The first Monday that unix time has: the week of a day before begins before 0."""
LAST_DAY: Final = date(2261, 12, 31)
"""Of the last year whose nanoseconds an int64 holds."""
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_WEEK: Final = re.compile(r"(\d{4})-W(\d\d)", re.ASCII)
_MONTH: Final = re.compile(r"(\d{4})-(\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class ReportRange:
    """[start, end), whole minutes. `label` is 2026-11-20, 2026-W47 or 2026-11; `period` is day | week | month | custom."""

    period: str
    label: str
    start_unix_nano: int
    end_unix_nano: int

    @property
    def start_minute(self) -> int:
        return self.start_unix_nano // MINUTE_NANO

    @property
    def end_minute(self) -> int:
        return self.end_unix_nano // MINUTE_NANO


def range_of(period: Period, of: str | None, now_unix_nano: int) -> ReportRange:
    """The range that holds a day (2026-11-20), or is named as its label (2026-W47, 2026-11); without `of` the one that runs.

    Raises InvalidInput for what is no date, names a range of another length, has not begun, or lies where no record can.
    """
    day = _day_of(period, of) if of else day_at(now_unix_nano)
    if not FIRST_DAY <= day <= LAST_DAY:
        raise InvalidInput(f"no record is of {day}; name a day from {FIRST_DAY} to {LAST_DAY}")
    found = range_holding(period, day)
    if found.start_unix_nano > now_unix_nano:
        raise InvalidInput(f"{period} {found.label} has not begun; name one that has")
    return found


def range_holding(period: Period, day: date) -> ReportRange:
    """The calendar's range that the day lies in."""
    if period == "day":
        return _range(period, day.isoformat(), day, day + timedelta(days=1))
    if period == "week":
        year, week, weekday = day.isocalendar()
        monday = day - timedelta(days=weekday - 1)
        return _range(period, f"{year}-W{week:02}", monday, monday + timedelta(days=7))
    first = day.replace(day=1)
    return _range(period, f"{first:%Y-%m}", first, (first + timedelta(days=31)).replace(day=1))


def range_between(start_unix_nano: int, end_unix_nano: int, now_unix_nano: int) -> ReportRange:
    """Two times, to the whole minutes around them. Raises InvalidInput where nothing or too much lies between them."""
    start = start_unix_nano // MINUTE_NANO * MINUTE_NANO
    end = -(-end_unix_nano // MINUTE_NANO) * MINUTE_NANO
    if end <= start:
        raise InvalidInput("a report needs `from` before `to`; give the earlier time first")
    if end - start > LONGEST_DAYS * 1_440 * MINUTE_NANO:
        raise InvalidInput(f"a report is of {LONGEST_DAYS} days at most; ask for several")
    if start > now_unix_nano:
        raise InvalidInput("the range has not begun; give a `from` that is past")
    return ReportRange("custom", f"{_minute(start)} to {_minute(end)}", start, end)


def finished_ranges(period: Period, before_unix_nano: int, count: int) -> tuple[ReportRange, ...]:
    """The last `count` ranges that ended at or before a time, the oldest first."""
    found: list[ReportRange] = []
    current = range_holding(period, day_at(before_unix_nano))
    while len(found) < count:
        current = range_holding(period, day_at(current.start_unix_nano) - timedelta(days=1))
        found.append(current)
    return tuple(reversed(found))


def day_at(unix_nano: int) -> date:
    """The UTC day that holds a time."""
    return datetime.fromtimestamp(unix_nano // 10**9, UTC).date()


def _day_of(period: Period, text: str) -> date:
    """A day within what `text` names."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
        if period == "week" and (named := _WEEK.fullmatch(text)):
            return date.fromisocalendar(int(named[1]), int(named[2]), 1)
        if period == "month" and (named := _MONTH.fullmatch(text)):
            return date(int(named[1]), int(named[2]), 1)
    except ValueError:
        pass
    example = {"day": "2026-11-20", "week": "2026-11-20 or 2026-W47", "month": "2026-11-20 or 2026-11"}[period]
    raise InvalidInput(f"{text[:40]!r} names no {period}; write it as {example}")


def _range(period: Period, label: str, first: date, end: date) -> ReportRange:
    return ReportRange(period, label, _unix_nano(first), _unix_nano(end))


def _unix_nano(day: date) -> int:
    return (day - date(1970, 1, 1)).days * 1_440 * MINUTE_NANO


def _minute(unix_nano: int) -> str:
    return datetime.fromtimestamp(unix_nano // 10**9, UTC).strftime("%Y-%m-%d %H:%M")
