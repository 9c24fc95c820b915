"""Which services there are in a range of time, and what each does: distinct values, found by DuckDB."""

from typing import Any, Final

from correlator.store.contract import Operation
from correlator.store.segments.readers.query_engine import QueryEngine
from correlator.store.segments.view import View

COLUMNS: Final = "service_name, name, kind, start_time_unix_nano"
SERVICES: Final = "SELECT DISTINCT service_name FROM spans ORDER BY service_name"
OPERATIONS: Final = (
    "SELECT DISTINCT name, kind FROM spans WHERE service_name = $service ORDER BY name, kind LIMIT $limit"
)


def services(view: View, engine: QueryEngine, start_unix_nano: int, end_unix_nano: int) -> tuple[str, ...]:
    """The contract's services."""
    rows = _select(view, engine, SERVICES, (start_unix_nano, end_unix_nano), {})
    return tuple(row["service_name"] for row in rows)


def operations(
    view: View, engine: QueryEngine, service_name: str, range_unix_nano: tuple[int, int], limit: int
) -> tuple[Operation, ...]:
    """The contract's operations."""
    rows = _select(view, engine, OPERATIONS, range_unix_nano, {"service": service_name, "limit": limit})
    return tuple(Operation(row["name"], row["kind"]) for row in rows)


def _select(
    view: View, engine: QueryEngine, select: str, range_unix_nano: tuple[int, int], values: dict[str, Any]
) -> list[dict[str, Any]]:
    """The rows of a SELECT from `spans`: those of the range, where one that was sent again is there again."""
    start, end = range_unix_nano
    inside = view.within("traces", start, end)
    files = [str(segment.path) for segment in inside.of_signal("traces")]
    sources = [f"SELECT {COLUMNS} FROM recent"] + ([f"SELECT {COLUMNS} FROM read_parquet($files)"] if files else [])
    spans = f"""
        WITH spans AS NOT MATERIALIZED (
            SELECT * FROM ({" UNION ALL ".join(sources)})
            WHERE start_time_unix_nano >= $start AND start_time_unix_nano < $end
        )"""
    given = values | {"start": start, "end": end} | ({"files": files} if files else {})
    rows: list[dict[str, Any]] = engine.query(
        f"{spans} {select}", {"recent": inside.head_records("traces")}, given
    ).to_pylist()
    return rows
