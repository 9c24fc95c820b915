"""Minutes of objectives in memory, as they are in the ledger: reading a month of them out of SQLite takes a hundred times as long."""

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np
import numpy.typing as npt

from correlator.model.objective import DAY_S
from correlator.model.outcome import MinuteChange, MinuteKey, MinuteSums
from correlator.slo.minute_series import MinuteSeries
from correlator.slo.windows import MINUTE_S
from correlator.store.contract import LedgerCommit, OutcomeLedger

Integers = npt.NDArray[np.int32]

MAX_BYTES: Final = 512 * 2**20
"""Of all rows together: 1,000 objectives with events in every minute of 30 days, at 12 B a minute; of the usual ones, more. With
less, objectives that are asked for in turn would push one another out, and each be read from the ledger every minute."""
SLACK_MINUTES: Final = DAY_S // MINUTE_S
"""Rows that no window reaches any more are kept so long: cutting them off copies the others."""
END: Final = 2**31 - 1
"""After every unix minute until the year 6053."""


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """The minutes with events from `since_minute` on, ascending. Never changed, so that they are read without a lock. (rows,)"""

    since_minute: int
    minute: Integers
    good: Integers
    total: Integers

    @property
    def nbytes(self) -> int:
        return self.minute.nbytes + self.good.nbytes + self.total.nbytes


class RememberedMinutes:
    """Series of a ledger, remembered from `remember` on. Exact as long as every commit goes through `commit`. Any thread.

    Past `max_bytes` those that were asked for longest ago are forgotten, and read anew when needed. While `is_exact` says no,
    others may commit: nothing is remembered, and all is read from the ledger.
    """

    def __init__(
        self, ledger: OutcomeLedger, max_bytes: int = MAX_BYTES, is_exact: Callable[[], bool] = lambda: True
    ) -> None:
        self._ledger = ledger
        self._max_bytes = max_bytes
        self._is_exact = is_exact
        self._lock = threading.Lock()
        self._rows: OrderedDict[str, _Rows] = OrderedDict()
        self._known: Integers | None = None

    def commit(self, commit: LedgerCommit) -> None:
        """Into the ledger, and then into memory. Raises as the ledger does, and has changed nothing then."""
        with self._lock:
            self._ledger.commit_ledger(commit)
            for objective_id, changes in _by_objective(commit.posting.changes).items():
                if objective_id in self._rows:
                    self._rows[objective_id] = _changed(self._rows[objective_id], changes)
            if self._known is not None:
                new = _missing(self._known, commit.known_minutes)
                self._known = np.insert(self._known, np.searchsorted(self._known, new), new)
            if commit.forget_before_minute is not None:
                self._forget(commit.forget_before_minute)

    def remember(self, objective_id: str, first_minute: int) -> None:
        """Have the minutes from `first_minute` on in memory. What is well before it may go."""
        if not self._is_exact():
            self.forget()
            return
        with self._lock:
            rows = self._rows.get(objective_id)
            if rows is None:
                rows = _read(first_minute, self._ledger.minute_sums(objective_id, first_minute, END))
                self._make_room(rows.nbytes)
            elif rows.since_minute < first_minute - SLACK_MINUTES:
                rows = _cut(rows, first_minute, first_minute)
            self._rows[objective_id] = rows
            self._rows.move_to_end(objective_id)

    def series(self, objective_id: str, first_minute: int, end_minute: int) -> MinuteSeries:
        """The minutes in [first, end); those that are not in memory from the ledger."""
        if not self._is_exact():
            self.forget()
            return self._unremembered(objective_id, first_minute, end_minute)
        with self._lock:
            rows = self._rows.get(objective_id)
            if rows is None:
                rows = _read(first_minute, self._ledger.minute_sums(objective_id, first_minute, end_minute))
            elif first_minute < rows.since_minute:
                until = min(end_minute, rows.since_minute)
                rows = _joined(_read(first_minute, self._ledger.minute_sums(objective_id, first_minute, until)), rows)
            if self._known is None:
                self._known = _integers(self._ledger.known_minutes(0, END))
            known = self._known
        return _dense(rows, known, first_minute, end_minute)

    def forget(self) -> None:
        """Whatever is remembered: it may have been another's to change."""
        with self._lock:
            self._rows.clear()
            self._known = None

    def _unremembered(self, objective_id: str, first_minute: int, end_minute: int) -> MinuteSeries:
        rows = _read(first_minute, self._ledger.minute_sums(objective_id, first_minute, end_minute))
        known = _integers(self._ledger.known_minutes(first_minute, end_minute))
        return _dense(rows, known, first_minute, end_minute)

    def _make_room(self, needed: int) -> None:
        held = needed + sum(each.nbytes for each in self._rows.values())
        while self._rows and held > self._max_bytes:
            held -= self._rows.popitem(last=False)[1].nbytes

    def _forget(self, before_minute: int) -> None:
        self._rows = OrderedDict(
            (each, _cut(rows, before_minute, rows.since_minute)) for each, rows in self._rows.items()
        )
        if self._known is not None:
            self._known = self._known[np.searchsorted(self._known, before_minute) :].copy()


def _dense(rows: _Rows, known: Integers, first_minute: int, end_minute: int) -> MinuteSeries:
    length = end_minute - first_minute
    good, total, is_known = np.zeros(length), np.zeros(length), np.zeros(length, dtype=np.bool_)
    first, end = np.searchsorted(rows.minute, (first_minute, end_minute))
    places = _places(rows.minute[first:end], first_minute)
    good[places], total[places] = rows.good[first:end], rows.total[first:end]
    first, end = np.searchsorted(known, (first_minute, end_minute))
    is_known[_places(known[first:end], first_minute)] = True
    if not is_known.all():
        good, total = good * is_known, total * is_known
    return MinuteSeries(first_minute, good, total, is_known)


def _places(minutes: Integers, first_minute: int) -> "slice | npt.NDArray[np.intp]":
    """Where these minutes, ascending, are in a series; as a slice where none is missing, ten times as fast."""
    if minutes.size and int(minutes[-1]) - int(minutes[0]) == minutes.size - 1:
        return slice(int(minutes[0]) - first_minute, int(minutes[-1]) + 1 - first_minute)
    return (minutes - first_minute).astype(np.intp)


def _read(since_minute: int, sums: Collection[MinuteSums]) -> _Rows:
    columns = np.fromiter(chain.from_iterable(sums), dtype=np.int32, count=3 * len(sums)).reshape(-1, 3).T
    minute, good, total = (column.copy() for column in columns)
    return _Rows(since_minute, minute, good, total)


def _joined(older: _Rows, newer: _Rows) -> _Rows:
    """Of minutes that do not overlap."""
    columns = ((older.minute, newer.minute), (older.good, newer.good), (older.total, newer.total))
    return _Rows(older.since_minute, *(np.concatenate(column) for column in columns))


def _changed(rows: _Rows, changes: Mapping[int, MinuteChange]) -> _Rows:
    """Sums that come to 0 stay: a minute without events, as one without a row."""
    minutes = sorted(each for each in changes if each >= rows.since_minute)
    new = _missing(rows.minute, minutes)
    places = np.searchsorted(rows.minute, new)
    minute = np.insert(rows.minute, places, new)
    good, total = np.insert(rows.good, places, 0), np.insert(rows.total, places, 0)
    changed = np.searchsorted(minute, minutes)
    good[changed] += np.array([changes[each].good for each in minutes], dtype=np.int32)
    total[changed] += np.array([changes[each].total for each in minutes], dtype=np.int32)
    return _Rows(rows.since_minute, minute, good, total)


def _cut(rows: _Rows, before_minute: int, since_minute: int) -> _Rows:
    """Without the minutes before; copied, so that those are let go."""
    first = int(np.searchsorted(rows.minute, before_minute))
    return _Rows(since_minute, rows.minute[first:].copy(), rows.good[first:].copy(), rows.total[first:].copy())


def _by_objective(changes: Mapping[MinuteKey, MinuteChange]) -> Mapping[str, dict[int, MinuteChange]]:
    found: defaultdict[str, dict[int, MinuteChange]] = defaultdict(dict)
    for key, change in changes.items():
        found[key.objective_id][key.minute] = change
    return found


def _missing(ascending: Integers, numbers: Iterable[int]) -> Integers:
    """Those that are not there yet, ascending."""
    wanted = _integers(numbers)
    is_missing = np.searchsorted(ascending, wanted, "left") == np.searchsorted(ascending, wanted, "right")
    return np.asarray(wanted[is_missing])


def _integers(numbers: Iterable[int]) -> Integers:
    """Ascending, each once."""
    return np.array(sorted(set(numbers)), dtype=np.int32)
