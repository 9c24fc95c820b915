"""What is said of an objective at one moment."""

import pytest

from correlator.errors import Unavailable
from correlator.model.objective import DAY_S
from correlator.pipeline.slo.status import ObjectiveStatus, StatusReader
from correlator.store.contract import BurningWindow
from correlator.store.memory import MemoryStore
from tests.unit.pipeline.slo.counted import BRIDGE, ELSEWHERE, HOUR, an_outage, count, reader_of
from tests.unit.slo.series import FIRST, after

FAST = BRIDGE.windows[0]


def of(reader: StatusReader, objective_id: str = BRIDGE.id, at: int | None = None) -> ObjectiveStatus:
    """`at` in minutes after FIRST."""
    found = reader.find(objective_id, None if at is None else after(at))
    assert found is not None
    return found


def test_a_status_tells_budget_burn_rates_and_whom_to_call() -> None:
    """Ten bad minutes of thirty days: 23 % of the budget, at a pace that cannot be kept."""
    store, end = an_outage()
    status = of(reader_of(store, BRIDGE, now=end))
    assert status.verdict == "met"
    assert status.budget.spent == pytest.approx(10 / 43.2)
    assert [each.window_s for each in status.burns] == [300, 1_800, 3_600, 7_200, 21_600, DAY_S, 3 * DAY_S, 30 * DAY_S]
    assert [round(each.burn_rate or 0, 1) for each in status.burns] == [1000, 333.3, 166.7, 83.3, 27.8, 6.9, 2.3, 0.2]
    assert status.pace.burn_rate == pytest.approx(166.67, rel=1e-4)
    assert (status.pace.events, status.pace.failures, status.pace.coverage) == (6_000, 1_000, 1.0)
    assert status.calls == "page"
    assert status.is_in("page") and status.is_in("met") and not status.is_in("ticket")


def test_without_events_nothing_is_met_and_nothing_is_a_number() -> None:
    """Silence is no success, and NaN never leaves."""
    status = of(reader_of(MemoryStore(), BRIDGE, now=100))
    assert (status.verdict, status.reason) == ("unknown", "no data")
    assert {each.burn_rate for each in status.burns} == {None}
    assert status.budget.remaining is None
    assert status.calls is None


def test_what_was_on_stays_on_where_nothing_is_known() -> None:
    """The ledger remembers what the last evaluation found, and since when."""
    store = MemoryStore()
    count(store, {0: (0, 10)}, burning=(BurningWindow(BRIDGE.id, FAST, FIRST),))
    first, *others = of(reader_of(store, BRIDGE, now=HOUR * 24)).alerts
    assert (first.state.is_on, first.state.is_frozen, first.since_unix_nano) == (True, True, after(0))
    assert not any(each.state.is_on or each.since_unix_nano for each in others)


def test_the_past_is_told_as_it_was() -> None:
    """Before, in, and after an outage: evaluations are replayed, so that a freeze is seen too."""
    store, end = an_outage(days=3)
    count(store, dict.fromkeys(range(end, end + HOUR), (100, 100)))
    reader = reader_of(store, BRIDGE, now=end + 3 * HOUR)
    assert of(reader, at=end - 10).calls is None
    burning = of(reader, at=end)
    assert burning.calls == "page"
    begin = end - 9  # with its first bad minute
    assert burning.alerts[0].since_unix_nano == after(begin - 1)
    assert of(reader, at=end + HOUR).alerts[0].state.is_on is False
    later = of(reader, at=end + 2 * HOUR + 1)  # nothing is known since an hour
    assert later.alerts[0].state.reason == "no data in the long window"


def test_a_moment_that_has_not_come_is_now() -> None:
    """What will be, nobody knows."""
    store, end = an_outage(days=1)
    reader = reader_of(store, BRIDGE, now=end)
    assert of(reader, at=end + 1_000) == of(reader)
    assert of(reader).at_unix_nano == after(end)


def test_one_that_cannot_be_asked_for_is_unknown_in_a_list_and_an_error_by_itself() -> None:
    """One Prometheus that is down takes the others' numbers from nobody."""
    store, end = an_outage(days=1)
    reader = reader_of(store, BRIDGE, ELSEWHERE, now=end)
    bridge, shop = reader.statuses(reader.objectives.all())
    assert bridge.budget.spent is not None
    assert (shop.verdict, shop.reason) == ("unknown", "http://127.0.0.1:9090 does not answer: refused; start it")
    with pytest.raises(Unavailable, match="does not answer"):
        reader.find(ELSEWHERE.id)


def test_an_objective_that_is_not_there_is_none() -> None:
    """Absence is a normal answer."""
    assert reader_of(MemoryStore(), BRIDGE, now=0).find("bridge-availabilty") is None
