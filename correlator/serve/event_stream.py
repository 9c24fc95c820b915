"""Server-sent events: one subscriber's events as text, until it leaves or the bus ends.

Source: HTML Standard, "Server-sent events". An id without data moves the reader's Last-Event-ID and is no event: so it
stands at the beginning and with each heartbeat, and a reader who reconnects is spared what it did not want anyway.

Not sse-starlette: it puts its own hand on uvicorn's signals and leaves a task in the loop, for whatever engine is in the process.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, Final

import msgspec

from correlator.telemetry.metrics import EngineMetrics
from correlator.workflows.event_bus import Event, EventBus, Missed

MEDIA_TYPE: Final = "text/event-stream"
RESET: Final = "reset"
HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # proxies hand on each event at once


async def event_stream(
    bus: EventBus, pattern: str, after_id: int | None, heartbeat_s: float, metrics: EngineMetrics
) -> AsyncIterator[bytes]:
    """Blocks of text, each one event or one sign of life."""
    loop, woken = asyncio.get_running_loop(), asyncio.Event()

    def wake() -> None:
        with suppress(RuntimeError):  # the loop has ended, and its reader with it
            loop.call_soon_threadsafe(woken.set)

    with bus.subscribe(pattern, wake, after_id) as subscription:
        while not bus.is_closed:
            woken.clear()
            news = subscription.take()
            for taken in news:
                metrics.event_gaps.inc(isinstance(taken, Missed))
                yield _block(taken)
            if not news:
                yield f": heartbeat\nid: {subscription.place}\n\n".encode()
            with suppress(TimeoutError):
                async with asyncio.timeout(heartbeat_s):
                    await woken.wait()


def _block(taken: "Event | Missed") -> bytes:
    if isinstance(taken, Missed):
        return _text(RESET, taken.until, {"lost_after": taken.after, "lost_until": taken.until})
    told = {"id": taken.id, "topic": taken.topic, "time_unix_nano": taken.time_unix_nano, "data": taken.data}
    return _text("", taken.id, told)


def _text(name: str, event_id: int, told: dict[str, Any]) -> bytes:
    """JSON has no line breaks of its own, so one data line holds it."""
    head = f"event: {name}\n" if name else ""
    return f"{head}id: {event_id}\ndata: ".encode() + msgspec.json.encode(told) + b"\n\n"
