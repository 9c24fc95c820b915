"""The ledger's arithmetic: each outcome is counted once, however often, late or corrected it is told.

Of what is told of one event, one telling stands: that of the higher authority; among equals the failure, then the later
minute. Which one stands does not depend on the order of arrival, so records may come twice, late, or be replayed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from correlator.slo.minute_series import MinuteSeries, minute_series


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
    `changes` are added to the minutes. Both hold only what differs from before."""

    standing: Mapping[EventKey, Outcome]
    changes: Mapping[MinuteKey, MinuteChange]


def post(outcomes: Iterable[Outcome], counted: Mapping[EventKey, Outcome]) -> Posting:
    """Fold outcomes, in any order, into what was counted before. `counted` needs to hold the events of this batch only."""
    standing = standing_outcomes(outcomes, counted)
    changes: dict[MinuteKey, MinuteChange] = {}
    for key, outcome in standing.items():
        before = counted.get(key)
        if before is not None:
            _add(changes, before, -1)
        _add(changes, outcome, +1)
    return Posting(standing, {key: change for key, change in changes.items() if change != MinuteChange(0, 0)})


def standing_outcomes(outcomes: Iterable[Outcome], counted: Mapping[EventKey, Outcome]) -> dict[EventKey, Outcome]:
    """What now stands of each event of which something else stood before, or nothing."""
    standing: dict[EventKey, Outcome] = {}
    for outcome in outcomes:
        stood = standing.get(outcome.event) or counted.get(outcome.event)
        if stood is None or _weight(outcome) > _weight(stood):
            standing[outcome.event] = outcome
    return standing


@dataclass(frozen=True, slots=True)
class MinuteSums:
    """Sums of one minute, as a ledger keeps them."""

    minute: int
    good: int
    total: int


def series_of(
    rows: Iterable[MinuteSums], first_minute: int, minutes: int, known: npt.ArrayLike | None = None
) -> MinuteSeries:
    """The rows of one objective as a series of [first_minute, first_minute + minutes); others are left out.

    Rows of one minute add up. A minute without a row had no events; whether it is known, `known` (minutes,) says.
    """
    good, total = np.zeros(minutes), np.zeros(minutes)
    for row in rows:
        place = row.minute - first_minute
        if 0 <= place < minutes:
            good[place] += row.good
            total[place] += row.total
    return minute_series(first_minute, good, total, known)


class _Weight(NamedTuple):
    authority: int
    is_bad: bool
    minute: int


def _weight(outcome: Outcome) -> _Weight:
    return _Weight(outcome.authority, not outcome.is_good, outcome.minute)


def _add(changes: dict[MinuteKey, MinuteChange], outcome: Outcome, sign: int) -> None:
    key = MinuteKey(outcome.objective_id, outcome.minute)
    before = changes.get(key, MinuteChange(0, 0))
    changes[key] = MinuteChange(before.good + sign * outcome.is_good, before.total + sign)
