"""What other engines on the same store are told becomes known here, once, whatever the order."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from correlator.errors import Unavailable
from correlator.pipeline.alerts.heard_alerts import HeardAlerts
from correlator.pipeline.workflows.heard_elsewhere import HeardElsewhere
from correlator.store.memory import MemoryStore
from tests.unit.doors.callbacks.followed import TABLE, Followed
from tests.unit.workflows.heard import at


class SharedMemory:
    """A memory store as others' engines see it. `is_down` is a switch; `asked` are the times asked for."""

    def __init__(self, store: MemoryStore) -> None:
        self.is_down = False
        self.asked: list[tuple[int, int]] = []
        self._store = store

    def arrived_by_name(self, signal: str, prefixes: Sequence[str], start: int, end: int) -> pa.Table:
        if self.is_down:
            raise Unavailable("the store does not answer")
        self.asked.append((start, end))
        table = self._store._all().logs if signal == "logs" else self._store._all().spans
        names = table["event_name" if signal == "logs" else "name"].cast(pa.string())
        is_named = pa.array([str(name).startswith(tuple(prefixes)) for name in names.to_pylist()], pa.bool_())
        arrival = table["arrival_unix_nano"]
        return table.filter(pc.and_(is_named, pc.and_(pc.greater_equal(arrival, start), pc.less(arrival, end))))


class TwoEngines:
    """One is told, the other reads; on one clock, in seconds from T0."""

    def __init__(self) -> None:
        self.told = Followed()
        self.other = Followed()
        self.shared = SharedMemory(self.told.store)
        self.recalled: list[bool] = []
        self.heard = HeardElsewhere(
            self.shared, self.other.executions, HeardAlerts(self._now), lambda: self.recalled.append(True), self._now
        )

    def turn_at(self, now_s: float) -> dict[str, str]:
        """What the other knows after a turn then: states by execution."""
        self.told.now_s = self.other.now_s = now_s
        self.heard.turn()
        return {each.execution_id: each.state for each in self.other.executions.executions_of("w")}

    def _now(self) -> int:
        return at(self.other.now_s)


def callback(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "execution_id": "7", **more}


def test_what_another_engine_is_told_is_known_a_turn_later() -> None:
    """Started, then completed; neither is published again by who only reads it."""
    engines = TwoEngines()
    assert engines.turn_at(10) == {}
    engines.told.receive(callback("started"))
    assert engines.turn_at(14) == {"7": "started"}
    engines.told.receive(callback("completed"))
    assert engines.turn_at(18) == {"7": "completed"}
    assert engines.other.told() == []


def test_what_has_just_arrived_is_left_to_the_next_turn() -> None:
    """Whoever was told it counts it first: else its sender would hear that it was a double."""
    engines = TwoEngines()
    engines.turn_at(10)
    engines.told.receive(callback("started"))
    assert engines.turn_at(11) == {}
    assert engines.turn_at(13) == {"7": "started"}


def test_a_late_engine_knows_all_that_is_not_too_old() -> None:
    """As after a restart or a takeover; nobody is told silent before that."""
    engines = TwoEngines()
    engines.told.receive(callback("started"))
    assert engines.turn_at(20 * 3_600) == {"7": "timed_out"}
    assert engines.recalled == [True]
    engines.turn_at(20 * 3_600 + 10)
    assert engines.recalled == [True]


def test_a_timeout_that_another_recorded_is_not_told_again() -> None:
    """It is on record, wherever it was told."""
    engines = TwoEngines()
    engines.told.receive(callback("started"))
    engines.told.now_s = TABLE.timeout_s + 1
    assert engines.told.silence.turn() == 1
    engines.turn_at(TABLE.timeout_s + 10)
    assert engines.other.executions.newly_silent() == ()


def test_a_store_that_does_not_answer_costs_a_turn_and_nothing_else() -> None:
    """The next turn reads from where the last one that succeeded ended."""
    engines = TwoEngines()
    engines.turn_at(10)
    engines.told.receive(callback("started"))
    engines.shared.is_down = True
    with pytest.raises(Unavailable):
        engines.turn_at(500)
    engines.shared.is_down = False
    assert engines.turn_at(900) == {"7": "started"}


def test_a_turn_reads_a_minute_again_and_no_more() -> None:
    """Clocks differ, and a request may have waited; the whole past is read once."""
    engines = TwoEngines()
    engines.turn_at(10)
    engines.shared.asked.clear()
    engines.turn_at(20)
    assert engines.shared.asked == [(at(10 - 2 - 60), at(20 - 2))]
