"""When an alert begins and ends, minute by minute."""

import numpy as np
import pytest

from correlator.model.objective import Gate
from correlator.slo.alerting import CALM, OVER, UNDECIDED, alerts_now, alerts_over, decisions
from correlator.slo.minute_series import SeriesSums, minute_series
from tests.unit.slo.series import FIRST, after, objective, sums

FAST, SLOW, *TICKETS = objective().windows
DAY = 1_440


def first_on(failing_ratio: float, minutes: float) -> dict[str, int | None]:
    """Three good days at 100 calls a minute, then a fault: after how many minutes page and ticket began, within two days."""
    total = np.full(5 * DAY, 100.0)
    good = total.copy()
    begin = 3 * DAY
    whole = int(minutes)
    good[begin : begin + whole] -= 100 * failing_ratio
    good[begin + whole] -= 100 * failing_ratio * (minutes - whole)
    seen = SeriesSums(minute_series(FIRST, good, total))
    ends = FIRST + begin + np.arange(1, 2 * DAY + 1)
    found: dict[str, int | None] = {}
    for severity in ("page", "ticket"):
        windows = [each for each in objective().windows if each.severity == severity]
        is_on = np.any([alerts_over(seen, objective(), each, ends) for each in windows], axis=0)
        found[severity] = int(np.argmax(is_on)) + 1 if is_on.any() else None
    return found


@pytest.mark.parametrize(
    ("failing_ratio", "minutes", "page"),
    [(1.0, 60, 1), (0.05, 120, 18), (0.01, 1_400, 217), (0.002, 2_800, None), (1.0, 0.5, None)],
)
def test_a_fault_pages_as_fast_as_it_burns(failing_ratio: float, minutes: float, page: int | None) -> None:
    """A total outage at once, 5 % within the hour, 1 % within six; a slow burn and a blip of 30 s nobody."""
    assert first_on(failing_ratio, minutes)["page"] == page


def test_a_slow_burn_becomes_a_ticket_and_a_blip_nothing() -> None:
    """0.2 % is twice the budget's pace: of three days, a day and a half of it are needed, and three failures more, of which five minutes make one."""
    assert first_on(0.002, 2_800)["ticket"] == 1.5 * DAY + 13
    assert first_on(1.0, 0.5)["ticket"] is None


def test_an_alert_ends_by_the_short_window_once_the_fault_is_over() -> None:
    """Five minutes after, though the long window still burns."""
    seen = sums(*[(50.0, 100.0)] * 30, *[(100.0, 100.0)] * 10)
    is_on = alerts_over(seen, objective(), FAST, FIRST + np.arange(30, 41))
    assert is_on.tolist() == [True] * 5 + [False] * 6


def test_a_calm_long_window_ends_an_alert_without_a_short_one() -> None:
    """No event for five minutes is no reason to go on."""
    seen = sums(*[(100.0, 100.0)] * 60, *[(0.0, 0.0)] * 5)
    assert decisions(seen, objective(), FAST, FIRST + 65).tolist() == [CALM]


def test_each_window_is_frozen_by_itself() -> None:
    """One that never began is not begun by another that is frozen."""
    state = alerts_now(sums(*[None] * 400), objective(), frozenset({SLOW}), after(400))
    assert state.on == frozenset({SLOW})
    assert state.calls == "page"


def test_a_closed_gate_begins_nothing_and_ends_nothing() -> None:
    """Two failures in two events."""
    one = objective(windows=(FAST,), page_gate=Gate(5, 3))
    seen = sums(*[(0.0, 0.0)] * 58, (0.0, 1.0), (0.0, 1.0))
    assert decisions(seen, one, FAST, FIRST + 60).tolist() == [UNDECIDED]
    (state,) = alerts_now(seen, one, frozenset(), after(60)).states
    assert state.reason == "2 failures in 2 events; 3 in 5 are needed to begin an alert"
    assert alerts_now(seen, one, frozenset({FAST}), after(60)).calls == "page"


def test_half_of_a_window_must_be_known_to_call_it_calm() -> None:
    """Two of five minutes are not; a breach needs no more than events."""
    one = objective(windows=(FAST,))
    calm = sums(*[(100.0, 100.0)] * 2, *[None] * 58)
    assert decisions(calm, one, FAST, FIRST + 5).tolist() == [UNDECIDED]
    (state,) = alerts_now(calm, one, frozenset(), after(5)).states
    assert state.reason == "too little of the windows is known to call them calm"
    assert decisions(sums((50.0, 100.0)), one, FAST, FIRST + 1).tolist() == [OVER]


def test_a_workflow_that_runs_hourly_pages_within_six_hours() -> None:
    """Every run fails from hour 24 on: the third failure opens the gate, in the long window of six hours."""
    total = np.zeros(48 * 60)
    total[::60] = 1.0
    good = np.where(np.arange(len(total)) < 24 * 60, total, 0.0)
    seen = SeriesSums(minute_series(FIRST, good, total))
    ends = FIRST + 24 * 60 + np.arange(1, 12 * 60)
    is_on = np.any([alerts_over(seen, objective(0.99), each, ends) for each in (FAST, SLOW)], axis=0)
    assert int(np.argmax(is_on)) + 1 == 2 * 60 + 1
    assert is_on[2 * 60 :].all()


def test_nothing_given_is_changed_and_the_same_is_answered_twice() -> None:
    """Pure."""
    total = np.full(60, 100.0)
    good = total / 2
    seen = SeriesSums(minute_series(FIRST, good, total))
    first = alerts_now(seen, objective(), frozenset(), after(60))
    assert alerts_now(seen, objective(), frozenset(), after(60)) == first
    assert (good == 50).all()
