"""What requests were decoded to, for a while: who sends their records on at once need not decode them again."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Final

from correlator.model.tables import Tables
from correlator.store.contract import Decode, Frame

Key = tuple[int, bytes]
REQUEST_BYTES: Final = 24 * 2**10
"""What the tables of a request take beside their values: resident memory of 4,000 requests of one span each, 400 of 50."""


class RecentTables:
    """Of the last requests, up to `max_bytes` of them and of their tables; each is given once. Safe from any thread."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[Key, Tables] = OrderedDict()
        self._lock = Lock()

    def keep(self, frame: Frame, tables: Tables) -> None:
        """Until it is asked for, or newer ones take its room."""
        with self._lock:
            self._forget(_key(frame))
            self._kept[_key(frame)] = tables
            self._bytes += _bytes(frame.payload, tables)
            while self._bytes > self._max_bytes:
                self._forget(next(iter(self._kept)))

    def or_decode(self, decode: Decode) -> Callable[[Frame], Tables]:
        """What was kept for a frame; what `decode` makes of it where nothing was."""

        def tables_of(frame: Frame) -> Tables:
            with self._lock:
                kept = self._forget(_key(frame))
            return kept if kept is not None else decode(frame)

        return tables_of

    def _forget(self, key: Key) -> Tables | None:
        tables = self._kept.pop(key, None)
        if tables is not None:
            self._bytes -= _bytes(key[1], tables)
        return tables


def _key(frame: Frame) -> Key:
    return frame.arrival_unix_nano, frame.payload


def _bytes(payload: bytes, tables: Tables) -> int:
    return REQUEST_BYTES + len(payload) + int(tables.spans.nbytes + tables.logs.nbytes + tables.metrics.nbytes)
