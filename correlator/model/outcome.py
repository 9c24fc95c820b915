"""What became of events, as objectives see them: the values that a ledger keeps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one source says of one event, as one objective sees it.

    `identity` is the event's own: an execution id, a trace and span id. `minute` is the unix minute in which it ended.
    `authority` is higher for a source that corrects others, as n8n's database corrects its spans.
    """

    objective_id: str
    identity: str
    minute: int
    is_good: bool
    authority: int = 0

    @property
    def event(self) -> "EventKey":
        return EventKey(self.objective_id, self.identity)


class EventKey(NamedTuple):
    """One event of one objective."""

    objective_id: str
    identity: str


class MinuteKey(NamedTuple):
    """One minute of one objective."""

    objective_id: str
    minute: int


@dataclass(frozen=True, slots=True)
class MinuteChange:
    """To be added to a minute's sums; negative where a correction takes something back."""

    good: int
    total: int


@dataclass(frozen=True, slots=True)
class Posting:
    """What a batch of outcomes comes to. To be stored as a whole: `standing` replaces what was counted of these events,
    `changes` are added to the minutes, of events that are `gone` nothing is kept. All hold only what differs from before."""

    standing: Mapping[EventKey, Outcome]
    changes: Mapping[MinuteKey, MinuteChange]
    gone: frozenset[EventKey] = frozenset()


class MinuteSums(NamedTuple):
    """Sums of one minute, as a ledger keeps them: a tuple, because a month of them is read at once."""

    minute: int
    good: int
    total: int


@dataclass(frozen=True, slots=True)
class RunningCount:
    """All that was ever counted of an objective: events, or slices of time that ended by `end_minute`. Outlives the minutes.

    `good` and `total` follow corrections; `shown_good` and `shown_total` are the most that they have been: what counters show,
    which must never fall.
    """

    good: float
    total: float
    shown_good: float
    shown_total: float
    end_minute: int
