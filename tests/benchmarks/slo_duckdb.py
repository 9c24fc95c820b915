"""Burn rates by DuckDB: of raw rows, one an event, and of minute sums."""

from collections.abc import Sequence
from typing import Final

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tests.benchmarks.slo_minutes import FIRST_MINUTE, OBJECTIVE, WINDOW_MINUTES, MinuteHistory

RAW: Final = (
    "count(*) FILTER (WHERE minute >= {begin} AND NOT is_good) / nullif(count(*) FILTER (WHERE minute >= {begin}), 0)"
)
SUMS: Final = "sum(total - good) FILTER (WHERE minute >= {begin}) / sum(total) FILTER (WHERE minute >= {begin})"


def fill(database: duckdb.DuckDBPyConnection, histories: Sequence[MinuteHistory]) -> int:
    """One row an event, and one row a minute with events; how many events."""
    database.execute("CREATE TABLE events (slo SMALLINT, minute INTEGER, is_good BOOLEAN)")
    database.execute("CREATE TABLE minutes (slo SMALLINT, minute INTEGER, good INTEGER, total INTEGER)")
    for slo, history in enumerate(histories):
        places = np.flatnonzero(history.total)
        good, total = history.good[places].astype(np.int32), history.total[places].astype(np.int32)
        minute = (FIRST_MINUTE + places).astype(np.int32)
        sums = pa.table({"minute": minute, "good": good, "total": total})
        rank = np.arange(total.sum()) - np.repeat(np.cumsum(total) - total, total)
        events = pa.table({"minute": np.repeat(minute, total), "is_good": rank < np.repeat(good, total)})
        database.register("sums", sums)
        database.register("rows", events)
        database.execute("INSERT INTO minutes SELECT ?, minute, good, total FROM sums", [slo])
        database.execute("INSERT INTO events SELECT ?, minute, is_good FROM rows", [slo])
    return int(database.execute("SELECT count(*) FROM events").fetchall()[0][0])


def rates(database: duckdb.DuckDBPyConnection, ratio: str, end: int) -> npt.NDArray[np.float64]:
    """Burn rates, (SLOs, windows)."""
    columns = ", ".join(
        f"{ratio.format(begin=end - size)} / {OBJECTIVE.error_budget} AS w{size}" for size in WINDOW_MINUTES
    )
    name = "events" if ratio is RAW else "minutes"
    found = database.execute(
        f"SELECT {columns} FROM {name} WHERE minute < {end} GROUP BY slo ORDER BY slo"
    ).fetchnumpy()
    return np.column_stack([np.ma.filled(found[f"w{size}"].astype(np.float64), np.nan) for size in WINDOW_MINUTES])


def held_bytes(database: duckdb.DuckDBPyConnection) -> int:
    """What DuckDB holds in memory."""
    return int(database.execute("SELECT sum(memory_usage_bytes) FROM duckdb_memory()").fetchall()[0][0])
