"""The known mistakes of SLO tools, one test each that they are not made here."""

import math

import numpy as np
import pytest

from correlator.model.objective import Gate
from correlator.slo.alerting import alerts_now, alerts_over
from correlator.slo.budget import budget
from correlator.slo.burn_rate import burn_rate
from correlator.slo.coverage import compliance
from tests.unit.slo.series import FIRST, after, objective, sums

HOUR = 3_600
NO_GATE = Gate(0, 0)
FAST = objective().windows[0]


def test_sums_events_and_never_averages_ratios() -> None:
    """One failure in a quiet minute weighs one event, not one minute: 1 of 1,001 and not 50 %."""
    seen = sums((1_000, 1_000), (0, 1))
    assert burn_rate(seen, objective(0.99), 120, after(2)) == pytest.approx(1 / 1_001 / 0.01)


def test_one_missing_minute_does_not_spoil_the_period() -> None:
    """NaN is a gap; the rest still counts, and the gap shows in the coverage."""
    seen = sums((99, 100), (math.nan, 100), (100, 100))
    assert burn_rate(seen, objective(0.99), 180, after(3)) == pytest.approx(0.5)
    assert compliance(seen, objective(0.99), 180, after(3)).coverage == pytest.approx(2 / 3)


@pytest.mark.parametrize(("target", "events"), [(0.99, 6), (0.999, 69)])
def test_one_failure_at_low_traffic_does_not_page(target: float, events: int) -> None:
    """Without a gate it does, up to so many events an hour."""
    last_failed = sums((events - 1.0, events - 1.0), *[(0.0, 0.0)] * 58, (0.0, 1.0))
    gated = objective(target, windows=(FAST,))
    ungated = objective(target, windows=(FAST,), page_gate=NO_GATE)
    assert alerts_now(last_failed, ungated, frozenset(), after(60)).calls == "page"
    assert alerts_now(last_failed, gated, frozenset(), after(60)).calls is None


def test_one_failure_in_six_runs_pages_nobody() -> None:
    """Nor opens a ticket."""
    six = sums(*[(1.0, 1.0)] * 5, (0.0, 1.0), *[(0.0, 0.0)] * 54)
    assert alerts_now(six, objective(), frozenset(), after(60)).calls is None


def test_an_alert_freezes_when_data_ends() -> None:
    """It does not resolve; once good events come, it does."""
    one = objective(windows=(FAST,))
    outage = [(50.0, 100.0)] * 60
    during = alerts_now(sums(*outage), one, frozenset(), after(60))
    assert during.calls == "page"
    dark = alerts_now(sums(*outage, *[None] * 60), one, during.on, after(120))
    assert dark.calls == "page"
    assert [(each.is_frozen, each.reason) for each in dark.states] == [(True, "no data in the long window")]
    recovered = sums(*outage, *[None] * 60, *[(100.0, 100.0)] * 5)
    assert alerts_now(recovered, one, dark.on, after(125)).calls is None


def test_an_alert_freezes_when_traffic_ends() -> None:
    """Silence is no recovery: whoever called may have given up."""
    one = objective(windows=(FAST,))
    seen = sums(*[(50.0, 100.0)] * 60, *[(0.0, 0.0)] * 120)
    assert alerts_over(seen, one, FAST, np.arange(FIRST + 60, FIRST + 181)).all()


def test_missing_data_begins_no_alert() -> None:
    """Frozen at quiet."""
    state = alerts_now(sums(*[None] * 60), objective(), frozenset(), after(60))
    assert state.calls is None
    assert all(each.is_frozen for each in state.states)


@pytest.mark.parametrize("minutes", [[], [(0.0, 0.0)] * 60, [None] * 60])
def test_zero_traffic_is_never_met(minutes: list[tuple[float, float] | None]) -> None:
    """Nor is any budget left or spent."""
    seen, now = sums(*minutes), after(60)
    assert compliance(seen, objective(), HOUR, now).verdict == "unknown"
    assert compliance(seen, objective(), HOUR, now).attained is None
    left = budget(seen, objective(), now)
    assert (left.spent, left.remaining, left.exhausted_in_s) == (None, None, None)


def test_little_coverage_is_never_met_but_may_be_missed() -> None:
    """What is known to have failed has failed."""
    known = [(100.0, 100.0)] * 30
    assert compliance(sums(*known, *[None] * 30), objective(), HOUR, after(60)).verdict == "unknown"
    assert compliance(sums(*known, *[(100.0, 100.0)] * 30), objective(), HOUR, after(60)).verdict == "met"
    assert compliance(sums((50.0, 100.0), *[None] * 59), objective(), HOUR, after(60)).verdict == "missed"


def test_the_ticket_is_inhibited_while_the_page_fires() -> None:
    """Both burn; one calls."""
    state = alerts_now(sums(*[(50.0, 100.0)] * 4_320), objective(), frozenset(), after(4_320))
    assert state.is_on("page")
    assert state.is_on("ticket")
    assert state.calls == "page"


def test_a_slow_burn_is_a_ticket() -> None:
    """At twice the budget's pace nobody has to wake up."""
    state = alerts_now(sums(*[(998.0, 1_000.0)] * 4_320), objective(), frozenset(), after(4_320))
    assert state.calls == "ticket"


def test_a_tie_does_not_fire() -> None:
    """14.4 times the pace exactly, though 0.0144 / 0.001 is a little more in floating point."""
    one = objective(windows=(FAST,), page_gate=NO_GATE)
    tied, over = (sums(*[(10_000.0 - failures, 10_000.0)] * 60) for failures in (144, 145))
    assert alerts_now(tied, one, frozenset(), after(60)).calls is None
    assert alerts_now(over, one, frozenset(), after(60)).calls == "page"


def test_totals_stand_beside_errors_so_that_a_budget_can_be_split() -> None:
    """Two causes' shares add up to what was spent."""
    seen = sums((90.0, 100.0), (95.0, 100.0))
    left = budget(seen, objective(0.9), after(2))
    assert left.allowed_failures == pytest.approx(20)
    assert left.spent == pytest.approx(10 / 20 + 5 / 20)
