"""Server-sent events as text."""

import asyncio
from collections.abc import AsyncIterator

from correlator.cli.event_lines import StreamEvent, read_events
from correlator.serve.event_stream import event_stream
from correlator.telemetry.metrics import EngineMetrics
from correlator.workflows.event_bus import EventBus
from tests.unit.serve.api import Api
from tests.unit.workflows.heard import at

BEGUN = at(0)


async def blocks(stream: AsyncIterator[bytes], count: int) -> list[StreamEvent]:
    text = "".join([(await anext(stream)).decode() for _ in range(count)])
    return list(read_events(text.split("\n")))


def test_a_reader_gets_its_place_then_events_then_heartbeats() -> None:
    """The place moves past what it did not want, too."""

    async def read() -> None:
        bus = EventBus(10, BEGUN)
        stream = event_stream(bus, "a.#", None, 0.01, EngineMetrics())
        assert await blocks(stream, 1) == [StreamEvent("", BEGUN // 1_000, None)]
        first, unwanted = bus.publish("a.b", {"n": 1}, at(1)), bus.publish("b", {}, at(2))
        told = {"id": first.id, "topic": "a.b", "time_unix_nano": at(1), "data": {"n": 1}}
        assert await blocks(stream, 2) == [StreamEvent("", first.id, told), StreamEvent("", unwanted.id, None)]
        assert bus.subscribers == 1
        await stream.aclose()  # type: ignore[attr-defined]
        assert bus.subscribers == 0

    asyncio.run(read())


def test_a_reader_who_comes_too_late_is_told_first() -> None:
    """And counted."""

    async def read() -> None:
        bus, metrics = EventBus(2, BEGUN), EngineMetrics()
        first, second, third, _ = [bus.publish("a", {}, at(1)).id for _ in range(4)]
        stream = event_stream(bus, "#", first, 0.01, metrics)
        reset, event = await blocks(stream, 2)
        assert reset == StreamEvent("reset", second, {"lost_after": first, "lost_until": second})
        assert event.id == third
        assert metrics.registry.get_sample_value("correlator_event_gaps_total") == 1.0
        await stream.aclose()  # type: ignore[attr-defined]

    asyncio.run(read())


def test_the_stream_ends_with_the_bus_at_once() -> None:
    """Whatever the heartbeat."""

    async def read() -> int:
        bus = EventBus(10, BEGUN)
        asyncio.get_running_loop().call_later(0.05, bus.close)
        return len([each async for each in event_stream(bus, "#", None, 60, EngineMetrics())])

    assert asyncio.run(asyncio.wait_for(read(), 5)) == 1


def test_over_http_it_is_an_event_stream(api: Api) -> None:
    """Read to its end, which the bus gives it."""
    bus = api.workflows.events.bus
    bus.close()
    answer = api.get("/api/v1/events?topic=workflow.*.failed")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"


def test_a_pattern_that_matches_nothing_and_an_id_that_is_none_are_refused(api: Api) -> None:
    """400, not an empty stream for ever."""
    assert api.get("/api/v1/events?topic=a..b").status_code == 400
    assert api.get("/api/v1/events", **{"Last-Event-ID": "x"}).status_code == 400
    assert api.get("/api/v1/events", **{"Last-Event-ID": "-1"}).status_code == 400
