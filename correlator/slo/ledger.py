"""The ledger's arithmetic: each outcome is counted once, however often, late or corrected it is told.

Of what is told of one event, one telling stands: that of the higher authority; among equals the failure, then the later
minute. Which one stands does not depend on the order of arrival, so records may come twice, late, or be replayed.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from correlator.model.outcome import EventKey, MinuteChange, MinuteKey, MinuteSums, Outcome, Posting
from correlator.slo.minute_series import MinuteSeries, minute_series


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


def restate(outcomes: Iterable[Outcome], gone: Iterable[EventKey], counted: Mapping[EventKey, Outcome]) -> Posting:
    """Let these outcomes stand, whatever stood before, and nothing of the events that are `gone`.

    For who knows all that was told of an event, and judges it anew. The last of several outcomes of one event stands.
    """
    told = {outcome.event: outcome for outcome in outcomes}
    standing = {key: outcome for key, outcome in told.items() if outcome != counted.get(key)}
    lost = frozenset(key for key in gone if key in counted and key not in told)
    changes: dict[MinuteKey, MinuteChange] = {}
    for key in (*standing, *lost):
        if key in counted:
            _add(changes, counted[key], -1)
    for outcome in standing.values():
        _add(changes, outcome, +1)
    return Posting(standing, {key: change for key, change in changes.items() if change != MinuteChange(0, 0)}, lost)


def joined(postings: Iterable[Posting]) -> Posting:
    """Postings of different events as one."""
    standing: dict[EventKey, Outcome] = {}
    changes: dict[MinuteKey, MinuteChange] = {}
    gone: set[EventKey] = set()
    for each in postings:
        standing |= each.standing
        gone |= each.gone
        for key, change in each.changes.items():
            before = changes.get(key, MinuteChange(0, 0))
            changes[key] = MinuteChange(before.good + change.good, before.total + change.total)
    return Posting(
        standing, {key: change for key, change in changes.items() if change != MinuteChange(0, 0)}, frozenset(gone)
    )


def standing_outcomes(outcomes: Iterable[Outcome], counted: Mapping[EventKey, Outcome]) -> dict[EventKey, Outcome]:
    """What now stands of each event of which something else stood before, or nothing."""
    standing: dict[EventKey, Outcome] = {}
    for outcome in outcomes:
        stood = standing.get(outcome.event) or counted.get(outcome.event)
        if stood is None or _weight(outcome) > _weight(stood):
            standing[outcome.event] = outcome
    return standing


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
