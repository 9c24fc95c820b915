"""A small SQLite file of a data folder, opened for each use: another process may work on it beside the engine."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from correlator.errors import StoreError

BUSY_S: Final = 10.0  # to wait for another's transaction


class SqliteFile:
    """Has the tables of `schema` from the start on. `remedy` is for who finds it damaged, or none of ours. For any thread.

    Raises StoreError, which names the file.
    """

    def __init__(self, path: Path, schema: str, remedy: str) -> None:
        self._path, self._remedy = path, remedy
        with self.transaction() as connection:
            connection.executescript(schema)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """What is written in the block is there as a whole, and durable after it; nothing of it where the block raises."""
        try:
            with closing(sqlite3.connect(self._path, timeout=BUSY_S)) as connection, connection:
                connection.execute("PRAGMA synchronous = FULL")
                yield connection
        except sqlite3.OperationalError as error:
            remedy = "see that its disk has room and its folder can be written to"
            raise StoreError(f"{self._path} cannot be used now ({error}); {remedy}") from error
        except sqlite3.Error as error:
            raise StoreError(f"{self._path} cannot be used ({error}); {self._remedy}") from error
