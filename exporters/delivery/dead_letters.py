"""What targets refused for good, in a file of its own, until somebody sends it again or drops it.

One SQLite file, opened for each use: `correlator replay` works on it beside a running engine, or without one.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from exporters.delivery.parcel import Parcel
from exporters.delivery.sender import RefusedPart
from exporters.delivery.sqlite_file import SqliteFile

FILE: Final = "dead_letters.sqlite"
SCHEMA: Final = """
    CREATE TABLE IF NOT EXISTS letters (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        target TEXT NOT NULL,
        kind TEXT NOT NULL,
        position INTEGER NOT NULL,
        arrival INTEGER NOT NULL,
        refused_at INTEGER NOT NULL,
        reason TEXT NOT NULL,
        size INTEGER NOT NULL,
        is_asked_again INTEGER NOT NULL DEFAULT 0,
        content BLOB NOT NULL
    );
    CREATE INDEX IF NOT EXISTS letters_by_target ON letters (target, is_asked_again, id);
    CREATE INDEX IF NOT EXISTS letters_by_position ON letters (target, position);
"""
SHOWN: Final = "id, target, kind, arrival, refused_at, reason, size, is_asked_again"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What is told of one. `size` in bytes; `is_asked_again`: it goes out once the engine gets to it."""

    id: int
    target: str
    kind: str
    arrival_unix_nano: int
    refused_at_unix_nano: int
    reason: str
    size: int
    is_asked_again: int  # 0 or 1


@dataclass(frozen=True, slots=True)
class LetterGroup:
    """The letters of a target that it refused for one reason. `size` in bytes; `asked_again` of them go out once the engine gets to it."""

    target: str
    reason: str
    count: int
    size: int
    asked_again: int
    first_refused_at_unix_nano: int


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """A letter to send again."""

    id: int
    parcel: Parcel


class DeadLetters:
    """Of all targets. Each change is durable on return; any thread may make one, and another process too.

    Raises StoreError where the file is none of ours or its disk fails.
    """

    def __init__(self, folder: Path) -> None:
        self._file = SqliteFile(folder / FILE, SCHEMA, "put it aside: what was refused is given up with it")

    def add(self, target: str, refused: Iterable[RefusedPart], now_unix_nano: int) -> int:
        """Keep all or none; how many there are. One that is there already, since a crash had it sent again, stays as it is."""
        rows = (_row(target, each.parcel, each.reason, now_unix_nano) for each in refused)
        with self._file.transaction() as connection:
            return connection.executemany(
                "INSERT INTO letters (target, kind, position, arrival, refused_at, reason, size, content) "
                "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE NOT EXISTS (SELECT 1 FROM letters "
                "WHERE target = ?1 AND position = ?3 AND kind = ?2 AND content = ?8)",
                rows,
            ).rowcount

    def keep_within(self, target: str, max_bytes: int, refused_since_unix_nano: int) -> int:
        """Drop those of a target that are older, and the oldest beyond the size; how many were dropped."""
        with self._file.transaction() as connection:
            cursor = connection.execute(
                "DELETE FROM letters WHERE target = ?1 AND (refused_at < ?3 OR id IN ("
                "SELECT id FROM (SELECT id, sum(size) OVER (ORDER BY id DESC) AS above FROM letters WHERE target = ?1) "
                "WHERE above > ?2))",
                (target, max_bytes, refused_since_unix_nano),
            )
            return cursor.rowcount

    def all(self, target: str | None = None, limit: int = 1_000) -> tuple[DeadLetter, ...]:
        """The oldest first."""
        with self._file.transaction() as connection:
            rows = connection.execute(
                f"SELECT {SHOWN} FROM letters WHERE {_chosen(None, target)} ORDER BY id LIMIT ?2", (target, limit)
            ).fetchall()
        return tuple(DeadLetter(*row) for row in rows)

    def groups(self, ids: Collection[int] | None, target: str | None) -> tuple[LetterGroup, ...]:
        """Those letters, all where `ids` is None, by target, the most frequent reason first."""
        with self._file.transaction() as connection:
            rows = connection.execute(
                "SELECT target, reason, count(*), sum(size), sum(is_asked_again), min(refused_at) FROM letters "
                f"WHERE {_chosen(ids, target)} GROUP BY target, reason ORDER BY target, count(*) DESC, reason",
                (target,),
            ).fetchall()
        return tuple(LetterGroup(*row) for row in rows)

    def count(self, target: str | None) -> int:
        """Of all targets where it is None."""
        with self._file.transaction() as connection:
            row = connection.execute(
                f"SELECT count(*) FROM letters WHERE {_chosen(None, target)}", (target,)
            ).fetchone()
        return int(row[0])

    def ask_again(self, ids: Collection[int] | None, target: str | None) -> int:
        """Have those letters sent again, all where `ids` is None, of a target or of all; how many there are."""
        return self._change("UPDATE letters SET is_asked_again = 1", ids, target)

    def drop(self, ids: Collection[int] | None, target: str | None) -> int:
        """Forget them; how many there were."""
        return self._change("DELETE FROM letters", ids, target)

    def next_asked_again(self, target: str, after_id: int = 0) -> AskedAgain | None:
        """The oldest of a target that is to be sent again, of those with a greater id."""
        with self._file.transaction() as connection:
            row = connection.execute(
                "SELECT id, position, kind, arrival, content FROM letters "
                "WHERE target = ? AND is_asked_again = 1 AND id > ? ORDER BY id LIMIT 1",
                (target, after_id),
            ).fetchone()
        return AskedAgain(row[0], Parcel(*row[1:])) if row is not None else None

    def refused_again(self, letter_id: int, reason: str, now_unix_nano: int) -> None:
        """It was sent again, in vain."""
        with self._file.transaction() as connection:
            connection.execute(
                "UPDATE letters SET is_asked_again = 0, reason = ?, refused_at = ? WHERE id = ?",
                (reason, now_unix_nano, letter_id),
            )

    def _change(self, statement: str, ids: Collection[int] | None, target: str | None) -> int:
        with self._file.transaction() as connection:
            return connection.execute(f"{statement} WHERE {_chosen(ids, target)}", (target,)).rowcount


def _chosen(ids: Collection[int] | None, target: str | None) -> str:
    """What goes behind WHERE; `target` is ?1."""
    of_target = "?1 IS NULL" if target is None else "target = ?1"
    return of_target if ids is None else f"{of_target} AND id IN ({', '.join(str(int(each)) for each in ids)})"


def _row(target: str, parcel: Parcel, reason: str, refused_at_unix_nano: int) -> tuple[object, ...]:
    """In the order of the columns."""
    where = (target, parcel.kind, parcel.position, parcel.arrival_unix_nano)
    return (*where, refused_at_unix_nano, reason, len(parcel.content), parcel.content)
