"""Events in a real Redis: what is kept, and what is said of a URL that is none."""

from collections.abc import Iterator
from threading import Event as Signal

import pytest

from correlator.errors import SettingsError
from correlator.pipeline.workflows import redis_events
from correlator.pipeline.workflows.redis_events import RedisEvents
from correlator.telemetry.metrics import EngineMetrics
from correlator.workflows.event_bus import Event, EventBus
from tests.e2e.redis_process import redis_process

BEGUN = 1_795_234_000 * 10**9


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A redis-server for all tests here."""
    with redis_process(tmp_path_factory.mktemp("redis")) as address:
        yield address


def kept(url: str, key: str) -> list[str]:
    """Topics that the next engine is given."""
    bus = EventBus(100, BEGUN + 10**9)
    successor = RedisEvents(url, key, 100, bus, EngineMetrics())
    successor.restore()
    successor.close()
    with bus.subscribe("#", lambda: None, 0) as subscription:
        return [each.topic for each in subscription.take() if isinstance(each, Event)]


def test_what_is_published_while_the_engine_ends_is_kept(url: str) -> None:
    """The watch finishes its turn and the doors their requests: an incident opened then is told to nobody else."""
    bus = EventBus(100, BEGUN)
    events = RedisEvents(url, "ends", 100, bus, EngineMetrics())
    stopping = Signal()
    stopping.set()
    bus.close()
    events.run(stopping)
    bus.publish("incident.k.opened", {}, BEGUN)
    events.close()
    assert kept(url, "ends") == ["incident.k.opened"]


def test_an_engine_that_was_killed_may_have_told_what_is_not_kept(url: str) -> None:
    """Its successor's subscribers hear of that; not after an end in good order."""

    def successor_of(engine: RedisEvents, *, ends: bool) -> list[str]:
        if ends:
            engine.close()
        bus = EventBus(100, BEGUN + 10**9)
        successor = RedisEvents(url, "killed", 100, bus, EngineMetrics())
        successor.restore()
        with bus.subscribe("workflow.#", lambda: None, 0) as subscription:
            _, *told = subscription.take()  # first of all: what was before anything that is kept
        successor.close()
        return [type(each).__name__ for each in told]

    bus = EventBus(100, BEGUN)
    bus.publish("workflow.w.started", {}, BEGUN)
    assert successor_of(RedisEvents(url, "killed", 100, bus, EngineMetrics()), ends=True) == ["Event"]
    killed = RedisEvents(url, "killed", 100, EventBus(100, BEGUN), EngineMetrics())
    killed.restore()
    assert successor_of(killed, ends=False) == ["Event", "Missed"]


def test_much_that_is_to_be_made_up_for_is_written_bit_by_bit(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In order, all of it, each once."""
    monkeypatch.setattr(redis_events, "AT_A_TIME", 3)
    bus = EventBus(100, BEGUN)
    events = RedisEvents(url, "much", 100, bus, EngineMetrics())
    topics = [f"workflow.w.{number}" for number in range(10)]
    for topic in topics:
        bus.publish(topic, {}, BEGUN)
    events.close()
    assert kept(url, "much") == topics


@pytest.mark.parametrize(
    "bad",
    [
        "redis://:s3/cret@host:1/0",
        "redis://:s3cret@host:port/0",
        "redis://:s3[cret@host/0",
        "redis://host/0?socket_timeout=s3cret",
        "redis://host/0?s3cret=1",
    ],
)
def test_a_url_that_is_none_ends_the_start_without_being_shown(bad: str) -> None:
    """Libraries quote the part that they stumble over, which may be of the password."""
    with pytest.raises(SettingsError, match=r"events\.redis_url cannot be read") as refusal:
        RedisEvents(bad, "k", 10, EventBus(10, BEGUN), EngineMetrics())
    assert "s3" not in str(refusal.value)
    assert refusal.value.__suppress_context__
