"""Callings before and after a change."""

from correlator.slo.backtest import Calling, ChangedCalling, difference
from tests.unit.slo.backtest.test_detection import calling

FIRST, SECOND_ONE = calling(100, 200), calling(1_000, 1_100)


def test_without_a_change_nothing_differs() -> None:
    """Also where a calling has not ended."""
    same = [FIRST, calling(5_000, None)]
    found = difference(same, same)
    assert (found.new, found.lost, found.changed) == ((), (), ())


def test_a_calling_at_another_time_is_new_or_lost() -> None:
    """Touching is not overlapping."""
    found = difference([FIRST], [calling(200, 300)])
    assert (found.new, found.lost) == ((calling(200, 300),), (FIRST,))


def test_a_calling_that_moved_is_the_same() -> None:
    """It is told with what it was."""
    later = calling(150, 250)
    found = difference([FIRST, SECOND_ONE], [later, SECOND_ONE])
    assert found.changed == (ChangedCalling(FIRST, later),)
    assert (found.new, found.lost) == ((), ())


def test_severities_and_objectives_are_apart() -> None:
    """A page where a ticket was is a new page, and a lost ticket."""
    page, ticket, other = calling(100, 200), calling(100, 200, "ticket"), calling(100, 200, objective_id="b")
    found = difference([ticket], [page, other])
    assert (found.new_of("page"), found.lost_of("ticket"), found.lost_of("page")) == ((page, other), (ticket,), ())


def test_one_that_falls_apart_is_no_new_one() -> None:
    """Both halves are what it was."""
    halves: list[Calling] = [calling(100, 140), calling(160, 200)]
    assert difference([FIRST], halves).new == ()
