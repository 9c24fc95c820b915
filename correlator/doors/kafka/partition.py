"""What is known of one partition that this engine reads: batches in the making, batches at hand, and how far all is done."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from correlator.doors.kafka.batch import Batch, Message, Source, can_be_joined

AT_HAND: Final = 128
"""Batches of a partition that are not committed, before reading rests."""
PLAN_BYTES: Final = 4_000
"""A broker takes 4,096 bytes beside an offset (offset.metadata.max.bytes) unless it was told otherwise."""
_SHORTEST_PLAN_BYTES: Final = 32  # always room for one end
PLANNED_BYTES: Final = 16 * 2**20
"""What the settings let a batch be: a plan that wants more of several messages is none of ours."""
_VERSION: Final = "b1:"


@dataclass(frozen=True, slots=True)
class Commit:
    """What Kafka keeps of a partition: all below `offset` is done, `plan` says how what follows is to be batched."""

    offset: int
    plan: str


def written_plan(ends: Iterable[int], offset: int, max_bytes: int = PLAN_BYTES) -> str:
    """The ends of batches, each as its distance from the one before: as many as there is room for."""
    lengths: list[str] = []
    room = max_bytes - len(_VERSION)
    for end in ends:
        length = str(end - offset)
        room -= len(length) + 1
        if room < 0:
            break
        lengths.append(length)
        offset = end
    return _VERSION + ",".join(lengths) if lengths else ""


def read_plan(plan: str | None, offset: int) -> list[int]:
    """The ends of the batches from `offset` on. Empty where there is no plan, or it is another program's."""
    if plan is None or not plan.startswith(_VERSION):
        return []
    lengths = plan.removeprefix(_VERSION).split(",")
    if not all(length.isascii() and length.isdigit() and int(length) > 0 for length in lengths):
        return []
    ends = []
    for length in lengths:
        offset += int(length)
        ends.append(offset)
    return ends


class Partition:
    """Makes batches of its messages, and knows which of them are done.

    A batch ends where the plan of an earlier owner says; behind the plan, at `batch_bytes`, where nothing more is at hand
    (`pause_for_more`), and around a message that cannot be joined with others. `kept` is what Kafka has, if anything.
    """

    def __init__(self, source: Source, kept: Commit | None, batch_bytes: int) -> None:
        self.source = source
        self.kept = kept
        self._batch_bytes = batch_bytes
        self._planned = deque(read_plan(kept.plan, kept.offset) if kept else ())
        self._start = self._done = kept.offset if kept else None
        self._open: list[Message] = []
        self._open_bytes = 0
        self._is_open_sealed = False
        self._unrecorded: list[Batch] = []
        self._at_hand: deque[Batch] = deque()
        self._plan_bytes = PLAN_BYTES

    @property
    def is_full(self) -> bool:
        """Whether so many batches wait to be done that no more should be read."""
        return len(self._at_hand) >= AT_HAND

    def take(self, message: Message) -> None:
        """The next message. Offsets increase; there may be gaps."""
        if self._start is None or message.offset < self._start:  # the first, or a topic made anew
            self._start = self._done = message.offset
            self._planned.clear()
            self.kept = None
        if self._planned and self._open and self._open_bytes + len(message.payload) > PLANNED_BYTES:
            self._planned.clear()
        while self._planned and message.offset >= self._planned[0]:
            self._close(self._planned[0])
        if not self._planned:
            self._make_room(message)
        self._open.append(message)
        self._open_bytes += len(message.payload)
        if self._planned and message.offset == self._planned[0] - 1:
            self._close(self._planned[0])

    def pause_for_more(self) -> None:
        """Nothing more is at hand: what is open becomes a batch, unless the plan says that more belongs to it."""
        if self._open and not self._planned:
            self._close(self._open[-1].offset + 1)

    def end_reached(self, offset: int) -> None:
        """The partition holds nothing more now: what the plan still promises is there no more. One that held nothing at all
        is read from `offset` on, whoever reads it when something comes."""
        if self._start is None:
            self._start = self._done = offset
        while self._planned:
            self._close(self._planned[0])

    @property
    def waiting_bytes(self) -> int:
        """Of messages that were taken and are not given out by `unrecorded`, but for those that a plan lets wait for more."""
        return sum(batch.size for batch in self._unrecorded) + (0 if self._planned else self._open_bytes)

    def unrecorded(self) -> list[Batch]:
        """Batches that may be recorded now, each once: what Kafka keeps names where they end."""
        end = self._kept_end() if self._unrecorded else 0
        named = [batch for batch in self._unrecorded if batch.end <= end]
        self._unrecorded = self._unrecorded[len(named) :]
        return named

    def commit(self) -> Commit | None:
        """What Kafka should keep now; None where it has that. Batches that are done at the front are forgotten."""
        while self._at_hand and self._at_hand[0].is_done:
            self._done = self._at_hand.popleft().end
        if self._done is None:
            return None
        ends = [*(batch.end for batch in self._at_hand), *self._planned]
        due = Commit(self._done, written_plan(ends, self._done, self._plan_bytes))
        return due if due != self.kept else None

    def shorten_plan(self) -> None:
        """The broker takes no plan of this length."""
        self._plan_bytes = max(_SHORTEST_PLAN_BYTES, self._plan_bytes // 2)

    @property
    def promised_end(self) -> int:
        """Behind all batches that were made or are planned; 0 before the first message."""
        return self._planned[-1] if self._planned else self._start or 0

    def at_hand(self) -> tuple[Batch, ...]:
        """Batches that are not known to be committed."""
        return tuple(self._at_hand)

    def begun(self) -> list[Batch]:
        """Those of them that are being recorded."""
        waiting = {id(batch) for batch in self._unrecorded}
        return [batch for batch in self._at_hand if id(batch) not in waiting]

    def _kept_end(self) -> int:
        if self.kept is None:
            return 0
        return max([self.kept.offset, *read_plan(self.kept.plan, self.kept.offset)])

    def _make_room(self, message: Message) -> None:
        """Close what is open where this message does not fit to it."""
        is_alone = not can_be_joined(message.payload)
        if self._open and (
            is_alone or self._is_open_sealed or self._open_bytes + len(message.payload) > self._batch_bytes
        ):
            self._close(self._open[-1].offset + 1)
        self._is_open_sealed = is_alone

    def _close(self, end: int) -> None:
        if self._planned:
            self._planned.popleft()
        assert self._start is not None
        batch = Batch(self.source, self._start, end, tuple(self._open))
        self._unrecorded.append(batch)
        self._at_hand.append(batch)
        self._start, self._open, self._open_bytes, self._is_open_sealed = end, [], 0, False
