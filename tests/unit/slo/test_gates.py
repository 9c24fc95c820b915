"""Gates for low traffic, and the reckoning behind them."""

import math

import pytest

from correlator.model.objective import Gate
from correlator.slo.gates import PAGE_GATE, TICKET_GATE, is_open
from tests.unit.slo.series import FIRST, sums


@pytest.mark.parametrize(("failures", "chance"), [(1, 0.067), (2, 0.0088), (3, 0.0013)])
def test_so_many_failures_an_hour_come_by_chance(failures: int, chance: float) -> None:
    """An objective just met, at the traffic where so many are just over 14.4 times the pace: the gates' docstring."""
    expected = failures / 14.4
    fewer = sum(math.exp(-expected) * expected**count / math.factorial(count) for count in range(failures))
    assert 1 - fewer == pytest.approx(chance, rel=0.02)


def test_a_page_needs_more_than_a_ticket() -> None:
    """Sleep is dear."""
    assert PAGE_GATE.min_failures >= TICKET_GATE.min_failures
    assert PAGE_GATE.min_events > TICKET_GATE.min_events


@pytest.mark.parametrize(("allowed", "needed"), [(0.03, 3), (1, 4), (4.3, 7), (6.9, 10)])
def test_failures_that_the_budget_allows_do_not_count(allowed: float, needed: int) -> None:
    """Nine by chance where seven may fail are two too many, and so too few; three of a daily workflow's three runs are all."""
    total = round(allowed * 1_000)
    for failures, opens in ((needed - 1, False), (needed, True)):
        seen = sums((total - failures, total)).over(1, FIRST + 1)
        assert is_open(Gate(3, 3), seen, 0.001).tolist() == [opens]


@pytest.mark.parametrize(("good", "total", "opens"), [(2, 5, True), (3, 5, False), (1, 4, False), (0, 0, False)])
def test_a_gate_needs_events_and_failures(good: int, total: int, opens: bool) -> None:
    """Just enough is enough."""
    assert is_open(Gate(5, 3), sums((good, total)).over(1, FIRST + 1), 0.01).tolist() == [opens]


def test_failures_that_are_sums_of_ratios_may_be_rounded() -> None:
    """Ten slices, three tenths bad each, are three failures."""
    assert is_open(Gate(5, 3), sums(*[(0.7, 1.0)] * 10).over(10, FIRST + 10), 0.01).tolist() == [True]
