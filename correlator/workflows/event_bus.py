"""Publish and subscribe: numbered events, the history that late subscribers catch up from, and what they missed.

Every subscriber reads from the one history, at its own place in it. So a slow one costs nothing, holds up nobody, and is
told so when the history has moved on past its place.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from threading import Lock
from types import TracebackType
from typing import Any, Final, Self

from correlator.workflows.topics import matches

NANOS_A_MICRO: Final = 1_000


@dataclass(frozen=True, slots=True)
class Event:
    """`id` grows with every event, also over restarts: microseconds of unix time, or one more than the last."""

    id: int
    topic: str
    time_unix_nano: int
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Missed:
    """Events after id `after` and up to id `until` that may have been of this subscriber's are gone."""

    after: int
    until: int

    @property
    def id(self) -> int:
        """Its place among events."""
        return self.until


class EventBus:
    """Keeps the last `history` events. Safe from any thread; nothing here waits.

    `begun_unix_nano` is when this bus began: its ids start there, so that none of an earlier bus comes again. Of what was
    before it nothing is known, but for the events it is given to `restore`.
    """

    def __init__(self, history: int, begun_unix_nano: int) -> None:
        self._lock = Lock()
        self._events: deque[Event | Missed] = deque(maxlen=history)
        self._last_id = self._horizon = begun_unix_nano // NANOS_A_MICRO
        self._subscriptions: dict[Subscription, Callable[[], None]] = {}
        self._is_closed = False

    @property
    def last_id(self) -> int:
        """Of the newest event; where there is none, that from which they will be counted."""
        return self._last_id

    @property
    def subscribers(self) -> int:
        return len(self._subscriptions)

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    def restore(self, events: Sequence[Event], *, is_whole: bool) -> None:
        """Put what an earlier bus kept, oldest first, before all that this one was told. Call it before `publish`.

        Unless that is the whole of it, what came after the newest of them counts as missed.
        """
        if not events:
            return
        with self._lock:
            self._events.extend(events)
            newest = events[-1].id
            self._last_id = max(self._last_id, newest if is_whole else newest + 1)
            if not is_whole:
                self._events.append(Missed(newest, self._last_id))
            self._horizon = self._events[0].id - 1

    def publish(self, topic: str, data: Mapping[str, Any], now_unix_nano: int) -> Event:
        """Number the event, keep it, wake its subscribers."""
        with self._lock:
            self._last_id = max(self._last_id + 1, now_unix_nano // NANOS_A_MICRO)
            event = Event(self._last_id, topic, now_unix_nano, data)
            if len(self._events) == self._events.maxlen:
                self._horizon = self._events[0].id
            self._events.append(event)
            wakes = [wake for subscription, wake in self._subscriptions.items() if subscription.wants(event)]
        for wake in wakes:
            wake()
        return event

    def subscribe(self, pattern: str, wake: Callable[[], None], after_id: int | None = None) -> "Subscription":
        """Events that match and come after `after_id`, from now on where that is None.

        `wake` is called, from any thread, when there may be something to take; it must return at once.
        """
        with self._lock:
            subscription = Subscription(self, pattern, self._last_id if after_id is None else after_id)
            self._subscriptions[subscription] = wake
        return subscription

    def close(self) -> None:
        """Take no more subscribers' time: wake them all to see that it is over. Idempotent."""
        with self._lock:
            self._is_closed = True
            wakes = list(self._subscriptions.values())
        for wake in wakes:
            wake()

    def _leave(self, subscription: "Subscription") -> None:
        with self._lock:
            self._subscriptions.pop(subscription, None)

    def _after(self, place: int) -> "tuple[list[Event | Missed], Missed | None, int]":
        """All events after that id, oldest first; what of them is gone; the place after them."""
        with self._lock:
            newest_first = takewhile(lambda event: event.id > place, reversed(self._events))
            events = list(newest_first)[::-1]
            is_foreign = (
                place > self._last_id
            )  # an id that this bus never gave: of a clock that was set back, or made up
            is_behind = place < self._horizon
            until = self._last_id if is_foreign else self._horizon
            return events, Missed(place, until) if is_foreign or is_behind else None, self._last_id


class Subscription:
    """One reader's place in the history. To be left at its end, as a context manager does."""

    def __init__(self, bus: EventBus, pattern: str, place: int) -> None:
        self._bus = bus
        self._pattern = pattern
        self.place = place  # id up to which all was taken

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bus._leave(self)

    def wants(self, event: "Event | Missed") -> bool:
        return isinstance(event, Missed) or matches(self._pattern, event.topic)

    def take(self) -> "list[Event | Missed]":
        """What came since the last time, in order, and what was missed, where it was."""
        events, missed, self.place = self._bus._after(self.place)
        wanted = [event for event in events if self.wants(event)]
        return [missed, *wanted] if missed is not None else wanted
