"""Publish and subscribe, and what those miss who come late or are slow."""

from threading import Thread

import pytest

from correlator.workflows.event_bus import Event, EventBus, Missed, Subscription
from tests.unit.workflows.heard import at

BEGUN = at(0)


def bus_of(history: int = 100) -> EventBus:
    return EventBus(history, BEGUN)


def publish(bus: EventBus, *topics: str) -> list[int]:
    return [bus.publish(topic, {}, at(1)).id for topic in topics]


def taken(subscription: Subscription) -> list[object]:
    """Topics, and what was missed."""
    return [each.topic if isinstance(each, Event) else each for each in subscription.take()]


def unheard() -> None:
    """For those who ask by themselves."""


def test_a_subscriber_gets_what_matches_from_now_on_in_order() -> None:
    """Each once."""
    bus = bus_of()
    publish(bus, "workflow.0.failed")
    with bus.subscribe("workflow.*.failed", unheard) as subscription:
        publish(bus, "workflow.1.failed", "workflow.1.started", "workflow.2.failed")
        assert taken(subscription) == ["workflow.1.failed", "workflow.2.failed"]
        assert taken(subscription) == []


def test_ids_grow_also_over_restarts_and_where_the_clock_stands() -> None:
    """Microseconds of unix time, so that a new bus begins above the old one's."""
    bus = bus_of()
    ids = publish(bus, "a", "b", "c")
    assert ids == [ids[0], ids[0] + 1, ids[0] + 2]
    assert ids[0] == at(1) // 1_000
    assert EventBus(10, at(2)).last_id > ids[-1]


def test_who_comes_back_is_given_what_came_after() -> None:
    """By the last id that it read."""
    bus = bus_of()
    first, *_ = publish(bus, "a", "b", "c")
    with bus.subscribe("#", unheard, first) as subscription:
        assert taken(subscription) == ["b", "c"]


def test_who_comes_too_late_is_told_between_which_ids_events_are_gone() -> None:
    """And then given what is left."""
    bus = bus_of(history=2)
    first, second, *_ = publish(bus, "a", "b", "c", "d")
    with bus.subscribe("#", unheard, first) as subscription:
        assert taken(subscription) == [Missed(first, second), "c", "d"]
    with bus.subscribe("#", unheard, second) as subscription:
        assert taken(subscription) == ["c", "d"]


def test_an_id_from_before_a_restart_or_from_nowhere_is_answered_with_what_is_unknown() -> None:
    """Without a store of its own a bus knows nothing of the one before."""
    bus = bus_of()
    for stranger in (BEGUN // 1_000 - 5, at(99) // 1_000):
        with bus.subscribe("#", unheard, stranger) as subscription:
            assert taken(subscription) == [Missed(stranger, BEGUN // 1_000)]
            assert taken(subscription) == []


def test_a_slow_subscriber_holds_up_nobody_and_is_told() -> None:
    """What it missed lies between two ids."""
    bus = bus_of(history=3)
    with bus.subscribe("#", unheard) as slow, bus.subscribe("#", unheard) as quick:
        place = slow.place
        for _ in range(10):
            publish(bus, "a")
            assert taken(quick) == ["a"]
        missed, *rest = slow.take()
        assert isinstance(missed, Missed)
        assert missed.after == place
        assert len(rest) == 3


def test_only_those_who_want_an_event_are_woken() -> None:
    """And all when it is over."""
    bus, woken = bus_of(), []
    bus.subscribe("a.*", lambda: woken.append("a"))
    left = bus.subscribe("#", lambda: woken.append("left"))
    with left:
        pass
    publish(bus, "a.1", "b.1")
    assert woken == ["a"]
    bus.close()
    assert woken == ["a", "a"]
    assert bus.is_closed
    assert bus.subscribers == 1


def test_what_an_earlier_bus_kept_goes_on_being_its_history() -> None:
    """Who knew it misses nothing."""
    old = bus_of()
    first, *_ = publish(old, "a", "b")
    with old.subscribe("#", unheard, first - 1) as subscription:
        kept = [each for each in subscription.take() if isinstance(each, Event)]
    new = EventBus(100, at(50))
    new.restore(kept, is_whole=True)
    publish(new, "c")
    with new.subscribe("#", unheard, first) as subscription:
        assert taken(subscription) == ["b", "c"]


@pytest.mark.parametrize("begun_s", [50.0, -50.0])
def test_what_an_earlier_bus_may_have_told_beyond_what_was_kept_counts_as_missed(begun_s: float) -> None:
    """In its place between the two, whatever the pattern, and though the clock was set back."""
    old = bus_of()
    first, second = publish(old, "a", "b")
    with old.subscribe("#", unheard, first - 1) as subscription:
        kept = [each for each in subscription.take() if isinstance(each, Event)]
    new = EventBus(100, at(begun_s))
    new.restore(kept, is_whole=False)
    (third,) = publish(new, "c")
    with new.subscribe("c", unheard, first) as subscription:
        missed, event = subscription.take()
    assert isinstance(missed, Missed) and (missed.after, event.id) == (second, third)
    assert second < missed.until < third
    with new.subscribe("#", unheard, missed.until) as subscription:
        assert taken(subscription) == ["c"]


def test_many_threads_publish_and_none_is_lost() -> None:
    """Ids are all different."""
    bus = bus_of(history=10_000)
    with bus.subscribe("#", unheard) as subscription:
        threads = [Thread(target=publish, args=(bus, *["a"] * 500)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({each.id for each in subscription.take() if isinstance(each, Event)}) == 4_000
