"""What the engine concluded, kept in the catalog's tables: the watch's state, incidents, error groups. Values as JSON."""

import sqlite3
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from correlator.errors import StorageFull
from correlator.model.incident import ErrorGroup, Incident
from correlator.store.contract import ErrorGroupPage, IncidentPage, IncidentQuery, WatchCommit, WatchState
from correlator.store.cursor import Cursor, decode_cursor
from correlator.store.incident_ordinal import incident_ordinal
from correlator.store.segments.catalog import SegmentCatalog

Value = TypeVar("Value")


class Conclusions:
    """The contract's Catalog, on SQLite."""

    def __init__(self, catalog: SegmentCatalog) -> None:
        self._catalog = catalog

    def watch_state(self) -> WatchState:
        return self._one("SELECT value FROM watch", (), WatchState) or WatchState()

    def commit_watch(self, commit: WatchCommit) -> None:
        try:
            with self._catalog.transaction() as connection:
                connection.execute("INSERT OR REPLACE INTO watch VALUES (1, ?)", (msgspec.json.encode(commit.state),))
                _upsert_incidents(connection, commit.incidents)
                _upsert_error_groups(connection, commit.error_groups)
        except OSError as error:
            raise StorageFull("the disk takes no more conclusions; free some room", retry_after_s=5) from error

    def incident(self, key: str) -> Incident | None:
        return self._one("SELECT value FROM incidents WHERE key = ?", (key,), Incident)

    def incidents(self, query: IncidentQuery) -> IncidentPage:
        conditions: list[tuple[str, tuple[Any, ...], bool]] = [
            ("state = ?", (query.state,), query.state is not None),
            ("opened_at >= ?", (query.start_unix_nano,), query.start_unix_nano is not None),
            ("opened_at < ?", (query.end_unix_nano,), query.end_unix_nano is not None),
        ]
        if (cursor := decode_cursor(query.cursor)) is not None:
            opened_at = cursor.time_unix_nano
            conditions.append(
                ("(opened_at < ? OR opened_at = ? AND key > ?)", (opened_at, opened_at, cursor.name), True)
            )
        wanted = [(text, values) for text, values, is_given in conditions if is_given]
        where = " AND ".join(text for text, _ in wanted) or "1"
        values = [value for _, values in wanted for value in values]
        found = self._all(
            f"SELECT value FROM incidents WHERE {where} ORDER BY opened_at DESC, key LIMIT ?",
            (*values, query.limit + 1),
            Incident,
        )
        return _page(found, query.limit)

    def incidents_of_cause(self, cause_fingerprint: str) -> tuple[Incident, ...]:
        statement = "SELECT value FROM incidents WHERE cause_fingerprint = ? ORDER BY ordinal"
        return tuple(self._all(statement, (cause_fingerprint,), Incident))

    def error_group(self, fingerprint: str) -> ErrorGroup | None:
        return self._one("SELECT value FROM error_groups WHERE fingerprint = ?", (fingerprint,), ErrorGroup)

    def error_groups(self, limit: int) -> ErrorGroupPage:
        statement = "SELECT value FROM error_groups ORDER BY last_seen DESC, fingerprint LIMIT ?"
        return ErrorGroupPage(tuple(self._all(statement, (limit,), ErrorGroup)))

    def _one(self, statement: str, values: tuple[Any, ...], kind: type[Value]) -> Value | None:
        found = self._all(statement, values, kind)
        return found[0] if found else None

    def _all(self, statement: str, values: tuple[Any, ...], kind: type[Value]) -> list[Value]:
        with self._catalog.reading() as connection:
            rows = connection.execute(statement, values).fetchall()
        return [msgspec.json.decode(row[0], type=kind) for row in rows]


def _upsert_incidents(connection: sqlite3.Connection, incidents: Sequence[Incident]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO incidents (key, cause_fingerprint, ordinal, state, opened_at, value) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (one.key, one.cause_fingerprint, incident_ordinal(one), one.state, one.opened_at_unix_nano, msgspec.json.encode(one))
            for one in incidents
        ],
    )  # fmt: skip


def _upsert_error_groups(connection: sqlite3.Connection, groups: Sequence[ErrorGroup]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO error_groups (fingerprint, last_seen, value) VALUES (?, ?, ?)",
        [(one.fingerprint, one.last_seen_unix_nano, msgspec.json.encode(one)) for one in groups],
    )


def _page(found: list[Incident], limit: int) -> IncidentPage:
    page = tuple(found[:limit])
    if len(found) <= limit or not page:
        return IncidentPage(page)
    return IncidentPage(page, Cursor(page[-1].opened_at_unix_nano, page[-1].key).encode())
