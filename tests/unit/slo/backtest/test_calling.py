"""Whom alerts would have called."""

from dataclasses import replace

from correlator.model.objective import Gate, Objective, Slices, Window
from correlator.slo.backtest import Calling, callings
from tests.unit.slo.series import FIRST, after, objective, series

PAGE = Window("page", 300, 120, 3.0)
SLOW = Window("page", 600, 300, 2.0)
TICKET = Window("ticket", 1_200, 300, 1.0)
ONE = objective(0.9, windows=(PAGE, TICKET), page_gate=Gate(0, 0), ticket_gate=Gate(0, 0))
GOOD, BAD = (10.0, 10.0), (0.0, 10.0)


def called(
    *minutes: tuple[float, float] | None, one: Objective = ONE, since: int = 0
) -> list[tuple[str, int, int | None]]:
    """Severity, begin and end of each calling, in minutes after FIRST."""
    found = callings(one, series(*minutes), FIRST + since, FIRST + len(minutes))
    return [(each.severity, *_minutes(each)) for each in found]


def _minutes(calling: Calling) -> tuple[int, int | None]:
    ends = calling.ends_unix_nano
    return (calling.begins_unix_nano - after(0)) // (after(1) - after(0)), (
        None if ends is None else (ends - after(0)) // (after(1) - after(0))
    )


def test_a_calm_history_calls_nobody() -> None:
    """Nor does an empty one."""
    assert called(*[GOOD] * 60) == []
    assert called() == []


def test_an_outage_pages_and_resolves_at_the_end_of_a_minute() -> None:
    """Five good minutes, two bad ones: 2 of 5 over the long window from minute 7 on; the short one is calm at 9."""
    assert ("page", 7, 9) in called(*[GOOD] * 5, BAD, BAD, *[GOOD] * 30)


def test_the_ticket_is_silent_while_the_page_is_on() -> None:
    """It calls before and after: whoever has the page has the ticket."""
    found = called(*[GOOD] * 5, BAD, BAD, *[GOOD] * 30)
    assert found == [("ticket", 6, 7), ("page", 7, 9), ("ticket", 9, 12)]


def test_what_lasts_has_no_end() -> None:
    """And its worst burn rate is that of its windows: everything fails, ten times the budget."""
    (ticket, page) = callings(ONE, series(*[GOOD] * 5, *[BAD] * 30), FIRST, FIRST + 35)
    assert (ticket.severity, page.severity, page.ends_unix_nano) == ("ticket", "page", None)
    assert page.worst_burn_rate == 10.0


def test_the_window_is_the_one_that_began_it() -> None:
    """Here the slow one: the fast window sees 2 of 50 and never fires."""
    (page,) = callings(
        replace(ONE, windows=(PAGE, SLOW)), series(*[GOOD] * 10, *[(7.0, 10.0)] * 10, *[GOOD] * 30), FIRST, FIRST + 50
    )
    assert page.window == SLOW


def test_missing_data_freezes_a_page() -> None:
    """Until a good minute ends it, and half of the short window is known."""
    assert ("page", 7, 21) in called(*[GOOD] * 5, BAD, BAD, *[None] * 13, *[GOOD] * 9)


def test_only_what_is_on_within_the_range_is_told() -> None:
    """With its beginning, though that lies before the range."""
    minutes = (*[GOOD] * 5, *[BAD] * 5, *[GOOD] * 30)
    whole = called(*minutes)
    (page,) = (each for each in whole if each[0] == "page")
    assert page[2] is not None
    assert page in called(*minutes, since=page[2] - 2)
    assert page not in called(*minutes, since=page[2] - 1)


def test_slices_of_time_are_counted_when_they_are_over() -> None:
    """A bad slice of five minutes is not known before its last one."""
    sliced = replace(ONE, budgeting="Timeslices", slices=Slices(300, 0.5), windows=(Window("page", 600, 300, 3.0),))
    begin = -FIRST % 5
    found = called(*[GOOD] * (begin + 10), *[BAD] * 5, *[GOOD] * 30, one=sliced)
    assert found == [("page", begin + 15, begin + 20)]
