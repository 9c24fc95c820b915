"""What was spent of a budget, and how long the rest lasts."""

import math

import pytest

from correlator.slo.budget import budget, exhausted_in_s, share_spent
from tests.unit.slo.series import after, objective, sums

DAY_S = 86_400


def test_half_of_the_allowed_failures_is_half_of_the_budget() -> None:
    """Of 1,000 events at 99 % ten may fail."""
    left = budget(sums((995, 1_000)), objective(0.99), after(1))
    assert left.allowed_failures == pytest.approx(10)
    assert left.spent == pytest.approx(0.5)
    assert left.remaining == pytest.approx(0.5)
    assert left.exhausted_in_s == pytest.approx(30 * DAY_S)


def test_an_overspent_budget_is_negative_and_gone() -> None:
    """Nothing lasts no time."""
    left = budget(sums((980, 1_000)), objective(0.99), after(1))
    assert left.remaining == pytest.approx(-1)
    assert left.exhausted_in_s == 0
    assert left.compliance.verdict == "missed"


def test_a_whole_budget_lasts_the_period_at_a_burn_rate_of_one() -> None:
    """And 14.4 times less long at 14.4."""
    assert exhausted_in_s(objective(), 1.0, 1.0) == 30 * DAY_S
    assert exhausted_in_s(objective(), 1.0, 14.4) == pytest.approx(50 * 3_600)


@pytest.mark.parametrize("pace", [0.0, math.nan])
def test_what_does_not_burn_lasts(pace: float) -> None:
    """No number is made up."""
    assert exhausted_in_s(objective(), 0.5, pace) is None


def test_an_incident_takes_its_share() -> None:
    """Of the period's events."""
    assert share_spent(5, 1_000, objective(0.99)) == pytest.approx(0.5)
    assert share_spent(0, 0, objective(0.99)) is None


def test_an_objective_that_is_just_reached_is_met() -> None:
    """At 90 % coverage, which is enough."""
    minutes = [(990.0, 1_000.0)] * 38_880
    assert budget(sums(*minutes, *[None] * 4_320), objective(0.99), after(43_200)).compliance.verdict == "met"
