"""The catalog: which segments there are, up to where the log is sealed, what the engine concluded, and what it counted.

One SQLite file in WAL mode with synchronous=FULL: a transaction is durable when it returns, and a second process may read.
"""

import errno
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, fields
from pathlib import Path
from typing import Final

from correlator.errors import StoreError
from correlator.store.segments.files.segment import SegmentBounds

BOUNDS: Final = tuple(field.name for field in fields(SegmentBounds))
HELD: Final = "held:"  # before the name of who holds the log, in `progress`
MIGRATIONS: Final = (
    """
    CREATE TABLE segments (
        signal TEXT NOT NULL,
        first_position INTEGER NOT NULL,
        end_position INTEGER NOT NULL,
        rows INTEGER NOT NULL,
        size INTEGER NOT NULL,
        oldest_time INTEGER NOT NULL,
        newest_time INTEGER NOT NULL,
        newest_arrival INTEGER NOT NULL,
        errors INTEGER NOT NULL,
        last_error_position INTEGER NOT NULL,
        PRIMARY KEY (signal, first_position)
    ) WITHOUT ROWID;
    CREATE TABLE progress (name TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE watch (only INTEGER PRIMARY KEY CHECK (only = 1), value BLOB NOT NULL);
    CREATE TABLE incidents (
        key TEXT PRIMARY KEY,
        cause_fingerprint TEXT NOT NULL,
        ordinal INTEGER NOT NULL,
        state TEXT NOT NULL,
        opened_at INTEGER NOT NULL,
        value BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX incidents_by_time ON incidents (opened_at DESC, key);
    CREATE INDEX incidents_by_cause ON incidents (cause_fingerprint, ordinal);
    CREATE TABLE error_groups (fingerprint TEXT PRIMARY KEY, last_seen INTEGER NOT NULL, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE INDEX error_groups_by_time ON error_groups (last_seen DESC, fingerprint);
    """,
    """
    CREATE TABLE slo_minutes (
        objective_id TEXT NOT NULL,
        minute INTEGER NOT NULL,
        good INTEGER NOT NULL,
        total INTEGER NOT NULL,
        PRIMARY KEY (objective_id, minute)
    ) WITHOUT ROWID;
    CREATE TABLE slo_outcomes (
        objective_id TEXT NOT NULL,
        identity TEXT NOT NULL,
        minute INTEGER NOT NULL,
        is_good INTEGER NOT NULL,
        authority INTEGER NOT NULL,
        PRIMARY KEY (objective_id, identity)
    ) WITHOUT ROWID;
    CREATE INDEX slo_outcomes_by_minute ON slo_outcomes (minute);
    CREATE TABLE slo_known_minutes (minute INTEGER PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE slo_runs (
        workflow_id TEXT NOT NULL,
        execution_id TEXT NOT NULL,
        started_unix_nano INTEGER NOT NULL,
        value BLOB NOT NULL,
        PRIMARY KEY (workflow_id, execution_id)
    ) WITHOUT ROWID;
    CREATE INDEX slo_runs_by_start ON slo_runs (workflow_id, started_unix_nano, execution_id);
    CREATE TABLE slo_workflows (workflow_id TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE slo_burning (
        objective_id TEXT NOT NULL,
        place INTEGER NOT NULL,
        value BLOB NOT NULL,
        PRIMARY KEY (objective_id, place)
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE slo_counts (
        objective_id TEXT PRIMARY KEY,
        good REAL NOT NULL,
        total REAL NOT NULL,
        shown_good REAL NOT NULL,
        shown_total REAL NOT NULL,
        end_minute INTEGER NOT NULL
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE slo_run_parts (
        ref TEXT PRIMARY KEY,
        workflow_id TEXT,
        execution_id TEXT,
        newest_unix_nano INTEGER NOT NULL,
        value BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX slo_run_parts_by_execution ON slo_run_parts (workflow_id, execution_id, ref);
    """,
    """
    CREATE INDEX slo_run_parts_by_time ON slo_run_parts (newest_unix_nano);
    """,
)
"""Step i takes `PRAGMA user_version` from i to i + 1. Steps are added, never changed."""


class SegmentCatalog:
    """Owns the connection. Each public method is one transaction; any thread may call it."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._path = path
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10.0)
        try:
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._migrate()
        except StoreError:
            self._connection.close()
            raise
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise StoreError(
                f"catalog {path} cannot be opened ({error}); restore the data folder from a backup"
            ) from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, and durable on return. Raises OSError when the disk takes no more."""
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._roll_back()
                raise _translated(error) from error
            except BaseException:
                self._roll_back()
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._connection
            except sqlite3.Error as error:
                raise StoreError(
                    f"catalog {self._path} cannot be read ({error}); check its disk, or reopen it"
                ) from error

    def segments(self) -> list[SegmentBounds]:
        """By signal and position."""
        with self.reading() as connection:
            rows = connection.execute(f"SELECT {', '.join(BOUNDS)} FROM segments ORDER BY signal, first_position")
            return [SegmentBounds(*row) for row in rows]

    def sealed_position(self) -> int:
        """All requests below are in segments; 0 in a new store."""
        return self._position("sealed", 0)

    def needed_position(self) -> int:
        """The log is needed from here on: what is before it is sealed, and held by nobody."""
        return min([self.sealed_position(), *self.holds().values()])

    def holds(self) -> dict[str, int]:
        """From where on the log is held, by the name of who reads it again."""
        with self.reading() as connection:
            rows = connection.execute("SELECT name, position FROM progress WHERE name LIKE ?", (f"{HELD}%",))
            return {name.removeprefix(HELD): position for name, position in rows}

    def hold(self, name: str, position: int) -> None:
        """Hold the log at `position` by that name."""
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO progress VALUES (?, ?)", (HELD + name, position))

    def release(self, name: str) -> None:
        """Hold it no more by that name."""
        with self.transaction() as connection:
            connection.execute("DELETE FROM progress WHERE name = ?", (HELD + name,))

    def last_sealed_request(self) -> int:
        """Log position of the newest request in segments; -1 when there is none."""
        return self._position("last", -1)

    def add_sealed(self, segments: Sequence[SegmentBounds], end: int, last_request: int) -> None:
        """Record new segments, that the log is sealed up to `end`, and the position of the last request before that."""
        with self.transaction() as connection:
            _insert(connection, segments)
            connection.execute("INSERT OR REPLACE INTO progress VALUES ('sealed', ?), ('last', ?)", (end, last_request))

    def replace(self, old: Sequence[SegmentBounds], new: Sequence[SegmentBounds]) -> None:
        """Record that `new` took the place of `old`; with no `new`, that `old` retired."""
        keys = [(bounds.signal, bounds.first_position) for bounds in old]
        with self.transaction() as connection:
            connection.executemany("DELETE FROM segments WHERE signal = ? AND first_position = ?", keys)
            _insert(connection, new)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _position(self, name: str, default: int) -> int:
        with self.reading() as connection:
            row = connection.execute("SELECT position FROM progress WHERE name = ?", (name,)).fetchone()
        return int(row[0]) if row else default

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _migrate(self) -> None:
        version = int(self._connection.execute("PRAGMA user_version").fetchone()[0])
        if version > len(MIGRATIONS):
            raise StoreError(
                f"catalog {self._path} has version {version}, this program knows {len(MIGRATIONS)}; "
                "run the newer correlator that wrote it"
            )
        for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
            self._connection.executescript(f"BEGIN; {script} PRAGMA user_version = {number}; COMMIT;")


def _insert(connection: sqlite3.Connection, segments: Sequence[SegmentBounds]) -> None:
    places = ", ".join("?" * len(BOUNDS))
    connection.executemany(
        f"INSERT OR REPLACE INTO segments ({', '.join(BOUNDS)}) VALUES ({places})",
        [astuple(bounds) for bounds in segments],
    )


def _translated(error: sqlite3.Error) -> Exception:
    if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode == sqlite3.SQLITE_FULL:
        return OSError(errno.ENOSPC, "the catalog's disk is full")
    return StoreError(f"the catalog could not be written ({error}); check the disk of the data folder")
