"""Events that survive a restart: a subscriber that writes them to a Redis stream, and reads them back at start.

Redis holds up nobody: while it is down events stay in the bus's history, and are written once it is back.
"""

from collections.abc import Iterable, Mapping
from threading import Event as Signal
from typing import Any, Final

import msgspec
import structlog

from correlator.errors import SettingsError
from correlator.telemetry.metrics import EngineMetrics
from correlator.workflows.event_bus import Event, EventBus, Subscription
from correlator.workflows.topics import ANYTHING

log = structlog.get_logger()

TIMEOUT_S: Final = 1.0  # of one command, of which a save takes two: the engine's end waits for one save
RETRY_S: Final = 2.0
AT_A_TIME: Final = 1_000  # events of one command, so that it ends within its time however much is to be made up for
FIELD: Final = "event"


class RedisEvents:
    """One stream, written by one engine. Raises SettingsError where the library `redis` is not installed, or the URL is none."""

    def __init__(self, url: str, key: str, history: int, bus: EventBus, metrics: EngineMetrics) -> None:
        try:
            import redis.backoff
            import redis.retry
        except ModuleNotFoundError as missing:
            raise SettingsError(
                "events.redis_url is set, and the library redis is not installed: pip install 'correlator[redis]', or leave it out"
            ) from missing
        self._errors = (redis.RedisError, OSError)
        once = redis.retry.Retry(redis.backoff.NoBackoff(), 0)  # we try again ourselves, and hold up no end
        options: Any = {"socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S, "retry": once}
        try:
            self._redis: Any = redis.Redis.from_url(url, **options)
            self._redis.connection_pool.make_connection()  # connects to nobody, but reads the URL's options
        except (ValueError, TypeError):  # not its text, nor as a cause: it may quote a password
            raise SettingsError(
                "events.redis_url cannot be read: write redis://:password@host:6379/0, with / ? # @ in a password "
                "percent-encoded, and no options that redis-py does not know"
            ) from None
        self._key = key
        self._ended_key = f"{key}:ended"  # the newest id when an engine ended in good order, until the next begins
        self._history = history
        self._bus = bus
        self._metrics = metrics
        self._is_down = False

    def restore(self) -> int:
        """Give the bus what the stream has; how many. None of it, told once, where Redis does not answer.

        Where the engine before did not end in good order, it may have published what it could not write.
        """
        try:
            newest_first = self._redis.xrevrange(self._key, count=self._history)
            ended_at = self._redis.get(self._ended_key)
            self._redis.delete(self._ended_key)
        except self._errors as error:
            self._failed(error)
            return 0
        events = [event for _, fields in reversed(newest_first) if (event := _read(fields)) is not None]
        self._bus.restore(events, is_whole=bool(events) and ended_at == str(events[-1].id).encode())
        return len(events)

    def run(self, stop: Signal) -> None:
        """Write what is published until `stop` is set; what is published later, `close` writes."""
        published = Signal()
        with self._bus.subscribe(ANYTHING, published.set, self._bus.last_id) as subscription:
            while not stop.is_set() and not self._bus.is_closed:
                published.wait(RETRY_S)
                if published.is_set() or self._is_down:
                    published.clear()
                    self._save(subscription)
                if self._is_down:
                    stop.wait(RETRY_S)

    def close(self) -> None:
        """Once nobody publishes any more: write what is left, and that this is all, unless Redis is down."""
        if not self._is_down:
            with self._bus.subscribe(ANYTHING, lambda: None) as subscription:
                self._save(subscription)
        if not self._is_down:
            self._note_end()
        self._redis.close()

    def _note_end(self) -> None:
        try:
            self._redis.set(self._ended_key, self._newest_id())
        except self._errors as error:
            self._failed(error)

    def _save(self, subscription: Subscription) -> None:
        """Write all that the stream lacks and the bus still has; a failure is counted, and the next time makes up for it."""
        try:
            subscription.place = self._newest_id()
            events = [each for each in subscription.take() if isinstance(each, Event)]
            for first in range(0, len(events), AT_A_TIME):
                self._write(events[first : first + AT_A_TIME])
        except Exception as error:  # the thread's own loop: a dead one would keep nothing, and tell nobody
            self._failed(error)
            return
        if self._is_down:
            log.info("events_saved_again", events=len(events))
        self._is_down = False

    def _newest_id(self) -> int:
        """Of the stream: an attempt whose answer was lost may have written more than we know. 0 for an empty one."""
        newest = self._redis.xrevrange(self._key, count=1)
        return int(newest[0][0].partition(b"-")[0]) if newest else 0

    def _write(self, events: Iterable[Event]) -> None:
        with self._redis.pipeline(transaction=True) as pipeline:
            for event in events:
                told = {FIELD: msgspec.json.encode(event)}
                pipeline.xadd(self._key, told, id=f"{event.id}-0", maxlen=self._history, approximate=True)
            pipeline.execute()

    def _failed(self, error: Exception) -> None:
        """Never the error's message: it may quote the URL, and with it a password."""
        self._metrics.events_unsaved.inc()
        if not self._is_down:
            log.warning("events_not_saved", reason=type(error).__name__, remedy="events stay in memory; start Redis")
        self._is_down = True


def _read(fields: Mapping[bytes, bytes]) -> Event | None:
    """None for an entry that none of ours wrote."""
    try:
        return msgspec.json.decode(fields[FIELD.encode()], type=Event)
    except (KeyError, msgspec.MsgspecError):
        return None
