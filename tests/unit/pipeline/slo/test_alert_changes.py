"""When a page or a ticket begins and ends: decided turn by turn, told once each, and published."""

from dataclasses import replace

from correlator.errors import Unavailable
from correlator.model.objective import Objective, Window
from correlator.pipeline.slo.alerts import AlertChange, Alerts
from correlator.pipeline.slo.objectives import Objectives
from correlator.pipeline.workflows.events import Events
from correlator.slo.minute_series import MinuteSeries
from correlator.store.contract import BurningWindow
from correlator.store.memory import MemoryStore
from correlator.telemetry.metrics import EngineMetrics
from correlator.workflows.event_bus import Event
from tests.unit.pipeline.slo.counted import BRIDGE, ELSEWHERE, HOUR, count
from tests.unit.slo.series import FIRST, after

GONE = Window("ticket", 7_200, 600, 2.0)  # of an objective before it was written anew


class Followed:
    """A ledger whose alerts are decided at each turn, and what was told of them."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.told: list[AlertChange] = []
        self.alerts = Alerts(self.store, Objectives([BRIDGE], self.store), self.told.append)

    def turn(self, now: int, **minutes: tuple[int, int]) -> list[tuple[str, str, bool]]:
        """Now, and minutes (m0, m7, ...), after FIRST; what was told in it."""
        count(self.store, {int(name[1:]): sums for name, sums in minutes.items()})
        self.told.clear()
        self.alerts.turn(after(now), {BRIDGE.id} if minutes else ())
        return [(each.kind, each.severity, each.is_inhibited) for each in self.told]


def test_an_outage_begins_both_and_the_ticket_is_inhibited() -> None:
    """The page calls; the ticket is there, and calls nobody."""
    followed = Followed()
    assert followed.turn(1, m0=(10, 10)) == []
    assert followed.turn(2, m1=(0, 10)) == [("began", "page", False), ("began", "ticket", True)]
    assert followed.told[0].reason == "both windows burn faster than 14.4 times the budget's pace"
    assert followed.turn(2) == []
    assert followed.turn(3, m2=(0, 10)) == []


def test_each_ends_by_itself_once_its_windows_are_calm() -> None:
    """The page's are shorter."""
    followed = Followed()
    followed.turn(2, m0=(10, 10), m1=(0, 10))
    first, then = ({f"m{each}": (1_000, 1_000) for each in range(*span)} for span in ((2, 40), (40, 200)))
    assert followed.turn(40, **first) == [("ended", "page", False)]
    assert followed.told[0].reason == "the long window burns no faster than 14.4 times the budget's pace"
    assert followed.turn(200, **then) == [("ended", "ticket", False)]  # half of its six hours is known


def test_a_freeze_tells_nothing() -> None:
    """Nobody knows that it is over."""
    followed = Followed()
    followed.turn(2, m0=(10, 10), m1=(0, 10))
    assert followed.turn(3 * HOUR) == []


def test_a_window_that_is_no_longer_the_objectives_ends() -> None:
    """Its alert is not on for ever."""
    followed = Followed()
    count(followed.store, {0: (10, 10)}, burning=(BurningWindow(BRIDGE.id, GONE, FIRST),))
    assert followed.turn(1) == [("ended", "ticket", False)]


def test_a_change_is_published_as_an_event() -> None:
    """`correlator events --topic 'slo.#'` shows it."""
    events = Events(10, EngineMetrics(), lambda: after(0))
    with events.bus.subscribe("slo.*.began", lambda: None) as subscription:
        events.publish_alert(AlertChange("began", BRIDGE, "page", False, "both windows burn"))
        (event,) = (each for each in subscription.take() if isinstance(each, Event))
    assert event.topic == "slo.bridge-availability.began"
    assert event.data == {
        "objective_id": "bridge-availability",
        "service": "bridge",
        "title": "Bridge availability",
        "severity": "page",
        "is_inhibited": False,
        "message": "page began: both windows burn",
    }


class SlowPrometheus:
    """Takes 15 s for each answer, by a clock that it moves itself."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.asked: list[str] = []

    def clock(self) -> float:
        return self.now_s

    def series(self, objective: Objective, first_minute: int, end_minute: int) -> MinuteSeries:
        self.asked.append(objective.id)
        self.now_s += 15.0
        raise Unavailable("still being read")


def test_a_slow_prometheus_keeps_no_alerts_of_ours_waiting() -> None:
    """Two of its objectives a turn, all of them in turn; ours come first, each time."""
    store, slow, told = MemoryStore(), SlowPrometheus(), list[AlertChange]()
    theirs = [replace(ELSEWHERE, id=f"a-{number}") for number in range(5)]
    alerts = Alerts(store, Objectives([*theirs, BRIDGE], store, slow), told.append, slow.clock)
    count(store, {0: (10, 10), 1: (0, 10)})
    for minute in (2, 3, 4):
        alerts.turn(after(minute), ())
    assert slow.asked == ["a-0", "a-1", "a-2", "a-3", "a-4", "a-0"]
    assert [each.severity for each in told] == ["page", "ticket"]
