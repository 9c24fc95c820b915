"""What the engine concluded and a cluster has not got yet: of each document the last state, durable. One SQLite file.

A document's place is a number of bytes that only grows; a newer state takes a place at the end. Of what was delivered a
digest is kept, so that nothing is told twice for nothing.
"""

import hashlib
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from exporters.delivery import Page, Parcel
from exporters.delivery.sqlite_file import SqliteFile

FILE: Final = "elasticsearch.sqlite"
SCHEMA: Final = """
    CREATE TABLE IF NOT EXISTS documents (
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        digest BLOB NOT NULL,
        position INTEGER NOT NULL,
        version INTEGER NOT NULL,
        content BLOB,
        PRIMARY KEY (kind, id)
    );
    CREATE INDEX IF NOT EXISTS waiting ON documents (position) WHERE content IS NOT NULL;
    CREATE TABLE IF NOT EXISTS places (
        only INTEGER PRIMARY KEY CHECK (only = 1), held INTEGER NOT NULL, end INTEGER NOT NULL, version INTEGER NOT NULL
    );
    INSERT OR IGNORE INTO places VALUES (1, 0, 0, 0);
"""


@dataclass(frozen=True, slots=True)
class State:
    """A document as it is now. `source` is JSON."""

    kind: str  # incidents | findings | error-groups: the word of an index (Names.index)
    id: str
    source: bytes


class Outbox:
    """A source of delivery. A parcel's content is the document's id, a line feed, and its source; its arrival is its version.

    Versions are unix nanoseconds that only grow. Any thread may call, of one process. Raises StoreError where the file is none of ours or
    cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._file = SqliteFile(folder / FILE, SCHEMA, "remove it: all is told anew")
        self._end = self._place("end")  # kept in memory too: asked several times a turn, and by /metrics and /readyz

    def put(self, states: Iterable[State], now_unix_nano: int) -> int:
        """Have those that changed told, all or none; how many did."""
        changed = 0
        with self._file.transaction() as connection:
            end, version = connection.execute("SELECT end, version FROM places").fetchone()
            for state in states:
                digest = hashlib.sha256(state.source).digest()
                if digest != _told(connection, state):
                    version = max(version + 1, now_unix_nano)
                    row = (state.kind, state.id, digest, end, version, state.source)
                    connection.execute("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?, ?)", row)
                    end += len(state.source)
                    changed += 1
            if changed:
                connection.execute("UPDATE places SET end = ?, version = ?", (end, version))
        self._end = end
        return changed

    def start(self) -> int:
        return self._place("held")

    def end(self) -> int:
        return self._end

    def read(self, position: int, max_bytes: int) -> Page:
        if position >= (end := self._end):  # as it is before the look: what is put amid it is the next page's
            return Page((), position)
        with self._file.transaction() as connection:
            rows = connection.execute(
                "SELECT position, kind, version, CAST(id || char(10) || content AS BLOB), length(content) FROM documents "
                "WHERE content IS NOT NULL AND position >= ? AND position < ? ORDER BY position",
                (position, end),
            )
            parcels: list[Parcel] = []
            for *parcel, length in rows:
                parcels.append(Parcel(*parcel))
                if parcels[-1].position + length - position >= max_bytes:
                    end = parcels[-1].position + length
                    break
        return Page(tuple(parcels), end)

    def hold(self, position: int) -> None:
        with self._file.transaction() as connection:
            connection.execute(
                "UPDATE documents SET content = NULL WHERE content IS NOT NULL AND position < ?", (position,)
            )
            connection.execute("UPDATE places SET held = ?", (position,))

    def _place(self, name: str) -> int:
        with self._file.transaction() as connection:
            return int(connection.execute(f"SELECT {name} FROM places").fetchone()[0])


def _told(connection: sqlite3.Connection, state: State) -> bytes | None:
    """The digest of what was to be told of it last."""
    where = "SELECT digest FROM documents WHERE kind = ? AND id = ?"
    row = connection.execute(where, (state.kind, state.id)).fetchone()
    return row[0] if row is not None else None
