"""Minutes, standing outcomes and runs, kept in the catalog's tables."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple
from typing import Any, Final, TypeVar

import msgspec

from correlator.errors import StorageFull
from correlator.model.outcome import EventKey, MinuteSums, Outcome, Posting, RunningCount
from correlator.model.run import Run, RunKey, RunPart
from correlator.slo.minute_series import MINUTE_NANO
from correlator.store.contract import RUNS_KEPT, BurningWindow, LedgerCommit, LedgerState
from correlator.store.segments.catalog import SegmentCatalog

Key = TypeVar("Key")

KEYS_AT_ONCE: Final = 400
"""Keys in a statement: SQLite takes 999 values in one where it is old."""
LAST: Final = "\U0010ffff"
"""Behind every other character."""
POSITION: Final = "ledger"
"""The ledger's row of the table progress."""


class CatalogLedger:
    """The contract's OutcomeLedger, on SQLite."""

    def __init__(self, catalog: SegmentCatalog) -> None:
        self._catalog = catalog

    def ledger_state(self) -> LedgerState:
        with self._catalog.reading() as connection:
            row = connection.execute("SELECT position FROM progress WHERE name = ?", (POSITION,)).fetchone()
        return LedgerState() if row is None else LedgerState(row[0])

    def commit_ledger(self, commit: LedgerCommit) -> None:
        try:
            with self._catalog.transaction() as connection:
                connection.execute("INSERT OR REPLACE INTO progress VALUES (?, ?)", (POSITION, commit.state.position))
                _post(connection, commit.posting)
                connection.executemany(
                    "INSERT OR IGNORE INTO slo_known_minutes VALUES (?)", [(each,) for each in commit.known_minutes]
                )
                _upsert_runs(connection, commit.runs)
                _upsert_parts(connection, commit.parts)
                connection.executemany("INSERT OR REPLACE INTO slo_workflows VALUES (?, ?)", commit.workflows.items())
                if commit.burning is not None:
                    _replace_burning(connection, commit.burning)
                connection.executemany(
                    "INSERT OR REPLACE INTO slo_counts VALUES (?, ?, ?, ?, ?, ?)",
                    [(objective_id, *astuple(count)) for objective_id, count in commit.counts.items()],
                )
                if commit.forget_before_minute is not None:
                    _forget(connection, commit.forget_before_minute)
                if commit.forget_parts_before_minute is not None:
                    before_nano = commit.forget_parts_before_minute * MINUTE_NANO
                    connection.execute("DELETE FROM slo_run_parts WHERE newest_unix_nano < ?", (before_nano,))
                    _forget_runs(connection, before_nano)
        except OSError as error:
            raise StorageFull("the disk takes no more of the ledger; free some room", retry_after_s=5) from error

    def standing_outcomes(self, events: Collection[EventKey]) -> Mapping[EventKey, Outcome]:
        rows = self._of_keys(
            "SELECT objective_id, identity, minute, is_good, authority"
            " FROM wanted CROSS JOIN slo_outcomes ON objective_id = wanted.first AND identity = wanted.second",
            events,
        )
        return {each.event: each for each in map(_outcome, rows)}

    def outcomes_named(self, objective_id: str, prefix: str) -> tuple[Outcome, ...]:
        statement = (
            "SELECT objective_id, identity, minute, is_good, authority FROM slo_outcomes"
            " WHERE objective_id = ? AND identity >= ? AND identity < ? ORDER BY identity"
        )
        with self._catalog.reading() as connection:
            rows = connection.execute(statement, (objective_id, prefix, prefix + LAST)).fetchall()
        return tuple(_outcome(row) for row in rows)

    def minute_sums(self, objective_id: str, first_minute: int, end_minute: int) -> tuple[MinuteSums, ...]:
        statement = "SELECT minute, good, total FROM slo_minutes WHERE objective_id = ? AND minute >= ? AND minute < ?"
        with self._catalog.reading() as connection:
            rows = connection.execute(
                f"{statement} ORDER BY minute", (objective_id, first_minute, end_minute)
            ).fetchall()
        return tuple(map(MinuteSums._make, rows))

    def total_sums(self) -> Mapping[str, MinuteSums]:
        statement = "SELECT objective_id, min(minute), sum(good), sum(total) FROM slo_minutes GROUP BY objective_id"
        with self._catalog.reading() as connection:
            return {row[0]: MinuteSums(*row[1:]) for row in connection.execute(statement)}

    def known_minutes(self, first_minute: int, end_minute: int) -> tuple[int, ...]:
        statement = "SELECT minute FROM slo_known_minutes WHERE minute >= ? AND minute < ? ORDER BY minute"
        with self._catalog.reading() as connection:
            return tuple(row[0] for row in connection.execute(statement, (first_minute, end_minute)))

    def workflow_names(self) -> Mapping[str, str]:
        with self._catalog.reading() as connection:
            return dict(connection.execute("SELECT workflow_id, name FROM slo_workflows ORDER BY workflow_id"))

    def runs_of(self, workflow_id: str, limit: int) -> tuple[Run, ...]:
        statement = "SELECT value FROM slo_runs WHERE workflow_id = ? ORDER BY started_unix_nano DESC, execution_id DESC LIMIT ?"
        with self._catalog.reading() as connection:
            rows = connection.execute(statement, (workflow_id, limit)).fetchall()
        return tuple(_run(row[0]) for row in reversed(rows))

    def standing_runs(self, executions: Collection[RunKey]) -> Mapping[RunKey, Run]:
        rows = self._of_keys(
            "SELECT value FROM wanted CROSS JOIN slo_runs ON workflow_id = wanted.first AND execution_id = wanted.second",
            executions,
        )
        runs = [_run(row[0]) for row in rows]
        return {run.key: run for run in runs}

    def standing_parts(self, refs: Collection[str]) -> Mapping[str, RunPart]:
        found: dict[str, RunPart] = {}
        for some in _parts(refs):
            places = ", ".join("?" * len(some))
            with self._catalog.reading() as connection:
                rows = connection.execute(
                    f"SELECT ref, value FROM slo_run_parts WHERE ref IN ({places})", some
                ).fetchall()
            found |= {row[0]: msgspec.json.decode(row[1], type=RunPart) for row in rows}
        return found

    def parts_in(self, trace_ids: Collection[str]) -> tuple[RunPart, ...]:
        rows = self._of_keys(
            "SELECT ref, value FROM wanted CROSS JOIN slo_run_parts ON ref >= wanted.first AND ref < wanted.second",
            {(each, each + LAST) for each in trace_ids},
        )
        found = {row[0]: row[1] for row in rows}
        return tuple(msgspec.json.decode(found[ref], type=RunPart) for ref in sorted(found))

    def parts_of(self, executions: Collection[RunKey]) -> tuple[RunPart, ...]:
        rows = self._of_keys(
            "SELECT value FROM wanted CROSS JOIN slo_run_parts"
            " ON workflow_id = wanted.first AND execution_id = wanted.second",
            executions,
        )
        return tuple(sorted((msgspec.json.decode(row[0], type=RunPart) for row in rows), key=lambda part: part.ref))

    def burning_windows(self) -> tuple[BurningWindow, ...]:
        with self._catalog.reading() as connection:
            rows = connection.execute("SELECT value FROM slo_burning ORDER BY objective_id, place").fetchall()
        return tuple(msgspec.json.decode(row[0], type=BurningWindow) for row in rows)

    def running_counts(self) -> Mapping[str, RunningCount]:
        statement = "SELECT objective_id, good, total, shown_good, shown_total, end_minute FROM slo_counts"
        with self._catalog.reading() as connection:
            return {row[0]: RunningCount(*row[1:]) for row in connection.execute(f"{statement} ORDER BY objective_id")}

    def _of_keys(self, statement: str, keys: Collection[tuple[str, str]]) -> Iterator[Sequence[Any]]:
        """The rows of a statement over the table `wanted` of keys (first, second), each of which is looked up."""
        for some in _parts(keys):
            wanted = f"WITH wanted (first, second) AS (VALUES {', '.join(['(?, ?)'] * len(some))})"
            with self._catalog.reading() as connection:
                rows = connection.execute(f"{wanted} {statement}", [part for each in some for part in each]).fetchall()
            yield from rows


def _post(connection: sqlite3.Connection, posting: Posting) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO slo_outcomes (objective_id, identity, minute, is_good, authority) VALUES (?, ?, ?, ?, ?)",
        [(one.objective_id, one.identity, one.minute, one.is_good, one.authority) for one in posting.standing.values()],
    )
    connection.executemany(
        "INSERT INTO slo_minutes (objective_id, minute, good, total) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE"
        " SET good = good + excluded.good, total = total + excluded.total",
        [(*key, change.good, change.total) for key, change in posting.changes.items()],
    )
    connection.executemany("DELETE FROM slo_outcomes WHERE objective_id = ? AND identity = ?", list(posting.gone))
    connection.executemany(
        "DELETE FROM slo_minutes WHERE objective_id = ? AND minute = ? AND good = 0 AND total = 0",
        [key for key, change in posting.changes.items() if change.total < 0],
    )


def _upsert_runs(connection: sqlite3.Connection, runs: Iterable[Run]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO slo_runs (workflow_id, execution_id, started_unix_nano, value) VALUES (?, ?, ?, ?)",
        [(*run.key, run.started_unix_nano, msgspec.json.encode(run)) for run in runs],
    )


def _upsert_parts(connection: sqlite3.Connection, parts: Iterable[RunPart]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO slo_run_parts (ref, workflow_id, execution_id, newest_unix_nano, value)"
        " VALUES (?, ?, ?, ?, ?)",
        [
            (part.ref, *(part.execution or (None, None)), part.newest_unix_nano, msgspec.json.encode(part))
            for part in parts
        ],
    )


def _replace_burning(connection: sqlite3.Connection, burning: Iterable[BurningWindow]) -> None:
    connection.execute("DELETE FROM slo_burning")
    connection.executemany(
        "INSERT INTO slo_burning (objective_id, place, value) VALUES (?, ?, ?)",
        [(each.objective_id, place, msgspec.json.encode(each)) for place, each in enumerate(burning)],
    )


def _forget(connection: sqlite3.Connection, before_minute: int) -> None:
    """Objective by objective, so that only rows that go are looked at."""
    objective_ids = connection.execute("SELECT DISTINCT objective_id FROM slo_minutes").fetchall()
    connection.executemany(
        "DELETE FROM slo_minutes WHERE objective_id = ? AND minute < ?",
        [(*objective_id, before_minute) for objective_id in objective_ids],
    )
    connection.execute("DELETE FROM slo_outcomes WHERE minute < ?", (before_minute,))
    connection.execute("DELETE FROM slo_known_minutes WHERE minute < ?", (before_minute,))
    connection.execute("DELETE FROM slo_runs WHERE started_unix_nano < ?", (before_minute * MINUTE_NANO,))


def _forget_runs(connection: sqlite3.Connection, before_nano: int) -> None:
    """Workflow by workflow: those before the last that are kept."""
    oldest_kept = (
        "SELECT started_unix_nano, execution_id FROM slo_runs WHERE workflow_id = :workflow"
        f" ORDER BY started_unix_nano DESC, execution_id DESC LIMIT 1 OFFSET {RUNS_KEPT - 1}"
    )
    connection.executemany(
        "DELETE FROM slo_runs WHERE workflow_id = :workflow AND started_unix_nano < :before"
        f" AND (started_unix_nano, execution_id) < ({oldest_kept})",
        [
            {"workflow": row[0], "before": before_nano}
            for row in connection.execute("SELECT workflow_id FROM slo_workflows")
        ],
    )


def _parts(keys: Collection[Key]) -> Iterator[list[Key]]:
    each = list(keys)
    return (each[first : first + KEYS_AT_ONCE] for first in range(0, len(each), KEYS_AT_ONCE))


def _outcome(row: Sequence[Any]) -> Outcome:
    return Outcome(row[0], row[1], row[2], bool(row[3]), row[4])


def _run(value: bytes) -> Run:
    return msgspec.json.decode(value, type=Run)
