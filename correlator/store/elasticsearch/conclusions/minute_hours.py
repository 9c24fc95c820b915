"""Sums by minute, kept an hour to a document: a month of an objective is 720 of them, read at once. Pure.

A minute with sums of 0 has no row, an hour without rows no `first_minute`.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Final

import msgspec

from correlator.model.outcome import MinuteChange, MinuteKey, MinuteSums
from correlator.store.elasticsearch.commits.changes import Place
from correlator.store.elasticsearch.commits.document_ids import document_id

HOUR: Final = 60
"""Minutes in a document."""
SUMS: Final = "sums"
KNOWN: Final = "known"


class HourSums(msgspec.Struct, frozen=True, rename={"timestamp": "@timestamp"}):
    """An hour of an objective; `good` and `total` are of all its rows, `timestamp` its begin in unix milliseconds."""

    kind: str
    objective_id: str
    hour: int
    timestamp: int
    first_minute: int | None
    good: int
    total: int
    rows: tuple[MinuteSums, ...]

    @property
    def place(self) -> Place:
        return sums_place(self.objective_id, self.hour)


class KnownHour(msgspec.Struct, frozen=True):
    """The minutes of an hour whose events were heard of, ascending."""

    kind: str
    hour: int
    minutes: tuple[int, ...]

    @property
    def place(self) -> Place:
        return known_place(self.hour)


def sums_place(objective_id: str, hour: int) -> Place:
    return Place("minutes", document_id(SUMS, objective_id, str(hour)))


def known_place(hour: int) -> Place:
    return Place("minutes", document_id(KNOWN, str(hour)))


def hour_sums(objective_id: str, hour: int, rows: Iterable[MinuteSums]) -> HourSums:
    kept = tuple(sorted(row for row in rows if row.good or row.total))
    return HourSums(
        kind=SUMS,
        objective_id=objective_id,
        hour=hour,
        timestamp=hour * HOUR * 60_000,
        first_minute=kept[0].minute if kept else None,
        good=sum(row.good for row in kept),
        total=sum(row.total for row in kept),
        rows=kept,
    )


def known_hour(hour: int, minutes: Iterable[int]) -> KnownHour:
    return KnownHour(KNOWN, hour, tuple(sorted(set(minutes))))


def by_hour(changes: Mapping[MinuteKey, MinuteChange]) -> Mapping[tuple[str, int], dict[int, MinuteChange]]:
    """The changes of each (objective id, hour), by minute."""
    found: defaultdict[tuple[str, int], dict[int, MinuteChange]] = defaultdict(dict)
    for key, each in changes.items():
        found[key.objective_id, key.minute // HOUR][key.minute] = each
    return found


def rows_after(rows: Iterable[MinuteSums], changes: Mapping[int, MinuteChange]) -> Collection[MinuteSums]:
    """The rows of an hour with its changes added."""
    sums = {row.minute: row for row in rows}
    for minute, each in changes.items():
        _, good, total = sums.get(minute, (minute, 0, 0))
        sums[minute] = MinuteSums(minute, good + each.good, total + each.total)
    return sums.values()


def hours(minutes: Collection[int]) -> Mapping[int, list[int]]:
    """Minutes by their hour."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for minute in minutes:
        found[minute // HOUR].append(minute)
    return found


def hours_between(first_minute: int, end_minute: int) -> range:
    """The hours with a minute in [first, end)."""
    return range(first_minute // HOUR, -(-end_minute // HOUR))
