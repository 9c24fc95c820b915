"""DuckDB, in memory, as the engine for aggregates over segments and what is in the head.

One database for all, so that what all queries use together is bounded; a cursor for each, so that any thread may ask.
"""

import shutil
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa

from correlator.errors import StoreError, Unavailable

THREADS: Final = 2
"""Queries leave the other cores to decoding and sealing."""
MEMORY_BYTES: Final = 512 * 2**20
"""A service graph of 2M spans takes 0.9 s within it, twice that within half of it; what needs more goes to disk."""
SPILL_BYTES: Final = 4 * 2**30


class QueryEngine:
    """Opened by its first query. What does not fit into MEMORY_BYTES goes to the folder `spill`, up to SPILL_BYTES."""

    def __init__(self, spill: Path) -> None:
        self._spill = spill
        self._opening = threading.Lock()
        self._database: duckdb.DuckDBPyConnection | None = None

    def query(self, statement: str, tables: Mapping[str, pa.Table], values: Mapping[str, Any]) -> pa.Table:
        """The rows of one SELECT, which may name `tables` and, as $name, `values`.

        Raises Unavailable where memory and disk do not suffice.
        """
        with self._cursor() as cursor:
            for name, table in tables.items():
                cursor.register(name, table)
            try:
                return cursor.sql(statement, params=dict(values)).to_arrow_table()
            except duckdb.OutOfMemoryException as error:
                raise Unavailable("the query needs more memory than it may have; ask for a shorter range") from error
            except duckdb.Error as error:
                raise StoreError(
                    f"segments could not be queried ({error}); check the disk of the data folder"
                ) from error

    def close(self) -> None:
        with self._opening:
            if self._database is not None:
                self._database.close()
                self._database = None
            shutil.rmtree(self._spill, ignore_errors=True)

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._opening:
            if self._database is None:
                shutil.rmtree(self._spill, ignore_errors=True)  # what a crash left
                self._database = duckdb.connect(":memory:", config=self._config())
            return self._database.cursor()

    def _config(self) -> dict[str, Any]:
        return {
            "threads": THREADS,
            "memory_limit": f"{MEMORY_BYTES}B",
            "temp_directory": str(self._spill),
            "max_temp_directory_size": f"{SPILL_BYTES}B",
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
        }
