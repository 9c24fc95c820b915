"""What a reader sees: the segments and heads of one moment. Files stay until nobody reads them any more."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pyarrow as pa

from correlator.model.tables import NONE_OF, Tables
from correlator.store.segments.files.segment import Segment
from correlator.store.segments.head import Head, HeadView


@dataclass(frozen=True, slots=True)
class View:
    """Holds each durable record exactly once, but for spans that were sent again. Both by log position."""

    segments: tuple[Segment, ...]
    heads: tuple[HeadView, ...]
    sealed_position: int  # everything before it is in segments

    @property
    def unsealed_bytes(self) -> int:
        """In memory."""
        return sum(head.size for head in self.heads)

    def of_signal(self, signal: str) -> list[Segment]:
        return [segment for segment in self.segments if segment.bounds.signal == signal]

    def within(self, signal: str, start_unix_nano: int, end_unix_nano: int) -> "View":
        """The same without the segments of the signal whose records all lie outside of [start, end)."""
        inside = (
            segment
            for segment in self.segments
            if segment.bounds.signal != signal
            or (segment.bounds.oldest_time < end_unix_nano and segment.bounds.newest_time >= start_unix_nano)
        )
        return replace(self, segments=tuple(inside))

    def head_records(self, signal: str) -> pa.Table:
        tables = [head.of_signal(signal) for head in self.heads]
        return pa.concat_tables(tables) if tables else NONE_OF[signal]


@dataclass(frozen=True, slots=True)
class FrozenHead:
    """A head that grows no more; `start` is the log position of its first request."""

    view: HeadView
    start: int


class Shelf:
    """The current segments and heads, changed in one step under a lock; counts who reads what.

    The last head is the one that grows. `remove` unlinks the files of a segment that is neither current nor being read.
    """

    def __init__(self, segments: Sequence[Segment], start: int, remove: Callable[[Segment], None]) -> None:
        self._growing = threading.Lock()  # held while the last head grows; taken before the other
        self._lock = threading.Lock()
        self._segments = tuple(segments)
        self._heads = [Head(start)]
        self._starts = [start]
        self._readers: Counter[Segment] = Counter()
        self._retired: set[Segment] = set()
        self._remove = remove

    def append(self, tables: Tables, position: int, end: int, arrival_unix_nano: int) -> HeadView:
        """Make the records of a durable request readable; gives the head as it is then."""
        with self._growing:
            head = self._heads[-1]
            head.append(tables, position, end, arrival_unix_nano)
            return head.view

    @contextmanager
    def view(self) -> Iterator[View]:
        """Segments and heads as they are now, readable until the end of the block."""
        view = self.glance(pin=True)
        try:
            yield view
        finally:
            self._release(view.segments)

    def glance(self, *, pin: bool = False) -> View:
        """The same, only to look at bounds and counts: files may vanish."""
        with self._lock:
            if pin:
                self._readers.update(self._segments)
            return View(self._segments, tuple(head.view for head in self._heads), self._starts[0])

    def freeze(self) -> None:
        """Start a new head, unless the growing one is empty; it grows no more then."""
        with self._growing, self._lock:
            view = self._heads[-1].view
            if view.requests:
                self._heads.append(Head(view.end))
                self._starts.append(view.end)

    def oldest_frozen(self) -> FrozenHead | None:
        """The head to seal next; None when only the growing one is left."""
        with self._lock:
            return FrozenHead(self._heads[0].view, self._starts[0]) if len(self._heads) > 1 else None

    def put_sealed(self, segments: Sequence[Segment]) -> None:
        """The oldest head's records are in `segments` now."""
        with self._lock:
            self._segments += tuple(segments)
            del self._heads[0], self._starts[0]

    def replace(self, old: Sequence[Segment], new: Sequence[Segment]) -> None:
        """`new` holds the records of `old`; without `new`, they are gone."""
        gone = set(old)
        with self._lock:
            kept = [segment for segment in self._segments if segment not in gone]
            self._segments = tuple(
                sorted([*kept, *new], key=lambda one: (one.bounds.first_position, one.bounds.signal))
            )
            self._retired |= gone
        self._release(())

    def _release(self, segments: Sequence[Segment]) -> None:
        with self._lock:
            self._readers.subtract(segments)
            self._readers = +self._readers  # forgets those that nobody reads
            unread = [segment for segment in self._retired if segment not in self._readers]
            self._retired.difference_update(unread)
        for segment in unread:
            self._remove(segment)
