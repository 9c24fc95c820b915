"""Callings beside outages."""

import pytest

from correlator.model.objective import Severity, Window
from correlator.slo.backtest import Calling, Outage, Rate, detection

SECOND = 10**9


def calling(begins_s: int, ends_s: int | None, severity: Severity = "page", objective_id: str = "a") -> Calling:
    ends = None if ends_s is None else ends_s * SECOND
    return Calling(objective_id, severity, begins_s * SECOND, ends, Window(severity, 3_600, 300, 14.4), 20.0)


def outage(begins_s: int, ends_s: int | None, *objective_ids: str, name: str = "one") -> Outage:
    ends = None if ends_s is None else ends_s * SECOND
    return Outage(name, begins_s * SECOND, ends, frozenset(objective_ids) or None)


def test_an_outage_waits_for_its_first_page() -> None:
    """In seconds since it began; the ticket by itself."""
    pages = [calling(1_120, 1_500), calling(1_600, 1_700), calling(1_060, 1_120, "ticket")]
    (found,) = detection(pages, [outage(1_000, 2_000)]).outages
    assert (found.page_wait_s, found.ticket_wait_s) == (120.0, 60.0)


def test_an_outage_that_nobody_is_called_for_waits_for_ever() -> None:
    """And counts against the recall."""
    found = detection([calling(9_000, 9_100)], [outage(1_000, 2_000), outage(8_990, None, name="two")])
    assert [each.page_wait_s for each in found.outages] == [None, 10.0]
    assert found.recall == Rate(1, 2)
    assert found.recall.ratio == 0.5


def test_a_page_without_an_outage_is_false() -> None:
    """Tickets are counted by themselves."""
    found = detection(
        [calling(1_100, 1_200), calling(5_000, 5_100), calling(6_000, 6_100, "ticket")], [outage(1_000, 1_500)]
    )
    assert [each.outage for each in found.callings] == ["one", None, None]
    assert (found.precision("page"), found.precision("ticket"), found.false_pages) == (Rate(1, 2), Rate(0, 1), 1)


@pytest.mark.parametrize(("begins_s", "is_right"), [(999, False), (1_000, True), (2_299, True), (2_300, False)])
def test_a_page_may_come_as_late_as_its_short_window_reaches(begins_s: int, is_right: bool) -> None:
    """300 s after the outage none of it is in both windows; before it began, nobody can know."""
    found = detection([calling(begins_s, 4_000)], [outage(1_000, 2_000)])
    assert (found.callings[0].outage is not None) is is_right


def test_slack_forgives_what_people_remember() -> None:
    """At both sides."""
    pages = [calling(900, 950), calling(2_350, 2_400)]
    assert detection(pages, [outage(1_000, 2_000)], slack_s=100).false_pages == 0


def test_a_page_that_was_on_before_has_noticed_at_once() -> None:
    """It is false as a page all the same: nothing was wrong when it began."""
    found = detection([calling(500, 1_500)], [outage(1_000, 2_000)])
    assert (found.outages[0].page_wait_s, found.false_pages) == (0.0, 1)


def test_pages_of_other_objectives_do_not_count() -> None:
    """Where it is known whom an outage concerns."""
    found = detection([calling(1_100, 1_500, objective_id="b")], [outage(1_000, 2_000, "a")])
    assert (found.recall, found.false_pages) == (Rate(0, 1), 1)


def test_nothing_of_nothing_has_no_ratio() -> None:
    """It is neither perfect nor bad."""
    found = detection([], [])
    assert (found.recall.ratio, found.precision("page").ratio) == (None, None)


def test_the_order_of_what_is_given_is_irrelevant() -> None:
    """What comes out is in order of time."""
    pages, outages = (
        [calling(1_100, 1_200), calling(5_000, None)],
        [outage(1_000, 1_500), outage(4_000, 4_500, name="two")],
    )
    assert detection(pages, outages) == detection(pages[::-1], outages[::-1])
