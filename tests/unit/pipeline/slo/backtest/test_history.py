"""Objectives over stored minutes."""

from correlator.pipeline.slo.backtest.history import all_callings, replay
from correlator.pipeline.slo.objectives import Objectives
from correlator.slo.backtest import callings
from correlator.store.memory import MemoryStore
from tests.unit.pipeline.slo.counted import BRIDGE, ELSEWHERE, QUEUE, NobodyAnswers, an_outage, count
from tests.unit.slo.series import FIRST, after


def test_every_objective_is_judged_by_its_own_minutes() -> None:
    """The bridge has an outage of ten minutes, the queue none; by id."""
    store, end = an_outage(10, days=2)
    count(store, dict.fromkeys(range(end), (5, 5)), objective_id=QUEUE.id)
    bridge, queue = replay(Objectives([QUEUE, BRIDGE], store), FIRST + end - 60, FIRST + end)
    (page,) = bridge.callings
    assert (page.begins_unix_nano - after(end - 10), page.ends_unix_nano) == (after(1) - after(0), None)
    assert (bridge.events, bridge.failures, bridge.coverage) == (6_000, 1_000, 1.0)
    assert (queue.events, queue.callings) == (300, ())


def test_what_happened_before_the_range_is_known_in_it() -> None:
    """A calling that was on is still on, with its true beginning."""
    store, end = an_outage(60, days=2)
    objectives = Objectives([BRIDGE], store)
    whole = replay(objectives, FIRST, FIRST + end)
    assert all_callings(replay(objectives, FIRST + end - 5, FIRST + end)) == all_callings(whole)
    series = objectives.series(BRIDGE, FIRST, FIRST + end)
    assert all_callings(whole) == callings(BRIDGE, series, FIRST, FIRST + end)


def test_one_that_cannot_be_asked_is_told_with_the_reason() -> None:
    """The others are judged all the same."""
    store, end = an_outage(10, days=1)
    bridge, shop = replay(Objectives([BRIDGE, ELSEWHERE], store, NobodyAnswers()), FIRST, FIRST + end)
    assert (len(bridge.callings), shop.callings) == (1, ())
    assert "does not answer" in shop.unavailable


def test_progress_is_told() -> None:
    """Up to the last."""
    heard: list[tuple[int, int]] = []
    replay(Objectives([QUEUE, BRIDGE], MemoryStore()), FIRST, FIRST + 9, lambda done, of: heard.append((done, of)))
    assert heard == [(1, 2), (2, 2)]


def test_missing_minutes_show_as_coverage() -> None:
    """Nothing is known, nobody is called."""
    (bridge,) = replay(Objectives([BRIDGE], MemoryStore()), FIRST, FIRST + 60)
    assert (bridge.events, bridge.coverage, bridge.callings) == (0, 0, ())
