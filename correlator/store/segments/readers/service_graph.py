"""The service graph of a range of time, counted by DuckDB: the same answer as correlate.service_graph gives on a scan."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from correlator import semconv
from correlator.model.marks import Mark
from correlator.model.service_graph import CALL, QUEUE, Durations, ServiceEdge, ServiceGraph, ServiceNode
from correlator.store.segments.readers.doubles import doubled_spans
from correlator.store.segments.readers.query_engine import QueryEngine
from correlator.store.segments.view import View

COLUMNS: Final = (
    "trace_id, span_id, parent_span_id, service_name, system, kind, is_error, "
    "start_time_unix_nano, end_time_unix_nano, attributes, position, row, marks"
)
IN_RANGE: Final = "start_time_unix_nano >= $start AND start_time_unix_nano < $end"
SERVICES: Final = "SELECT service_name, system, count(*) AS spans FROM spans GROUP BY ALL"
CALLS: Final = f"""
    SELECT caller, callee, is_queued, grouping(caller) = 1 AS is_any_caller,
        count(*) AS calls, count(*) FILTER (is_error) AS errors, quantile_disc(duration, [0.5, 0.95, 0.99]) AS durations
    FROM (
        SELECT parent.service_name AS caller, span.service_name AS callee, span.kind = {semconv.KIND_CONSUMER} AS is_queued,
            span.is_error, greatest(span.end_time_unix_nano, span.start_time_unix_nano) - span.start_time_unix_nano AS duration
        FROM spans AS span
        LEFT JOIN spans AS parent ON parent.trace_id = span.trace_id AND parent.span_id = span.parent_span_id
        WHERE parent.service_name IS DISTINCT FROM span.service_name
    )
    GROUP BY GROUPING SETS ((caller, callee, is_queued), (callee))
"""


def service_graph(view: View, engine: QueryEngine, start_unix_nano: int, end_unix_nano: int) -> ServiceGraph:
    """The contract's service_graph. Raises Unavailable where the range is too large for memory and disk."""
    inside = view.within("traces", start_unix_nano, end_unix_nano)
    segments, recent = inside.of_signal("traces"), inside.head_records("traces")
    doubles = doubled_spans(segments, recent)
    files = [str(segment.path) for segment in segments]
    spans = _spans(has_files=bool(files), has_doubles=doubles.num_rows > 0)
    tables = {"recent": recent, "doubles": doubles}
    values = {"start": start_unix_nano, "end": end_unix_nano} | ({"files": files} if files else {})
    services, calls = (engine.query(f"{spans} {select}", tables, values).to_pylist() for select in (SERVICES, CALLS))
    of_callee = {row["callee"]: row for row in calls if row["is_any_caller"]}
    edges = (row for row in calls if not row["is_any_caller"] and row["caller"] is not None)
    return ServiceGraph(_nodes(services, of_callee), tuple(sorted(map(_edge, edges), key=_place)))


def _spans(*, has_files: bool, has_doubles: bool) -> str:
    """A WITH clause that names the spans of the range, each once, `spans`; the join for doubles reads all, so only where needed."""
    sources = [f"SELECT {COLUMNS} FROM recent"]
    sources += [f"SELECT {COLUMNS} FROM read_parquet($files)"] if has_files else []
    ranged = f"SELECT * FROM ({' UNION ALL '.join(sources)}) WHERE {IN_RANGE}"
    if not has_doubles:
        return f"WITH spans AS NOT MATERIALIZED ({ranged})"
    return f"""
        WITH spans AS NOT MATERIALIZED (
            SELECT * FROM ({ranged}) ANTI JOIN doubles USING (trace_id, span_id)
            UNION ALL
            SELECT * FROM ({ranged}) SEMI JOIN doubles USING (trace_id, span_id)
            QUALIFY row_number() OVER (
                PARTITION BY trace_id, span_id
                ORDER BY marks & {int(Mark.RECONSTRUCTED)}, end_time_unix_nano DESC, attributes DESC, position, row
            ) = 1
        )"""


def _nodes(
    services: Sequence[Mapping[str, Any]], of_callee: Mapping[str, Mapping[str, Any]]
) -> tuple[ServiceNode, ...]:
    spans: dict[str, dict[str, int]] = defaultdict(dict)  # service to system to number of spans
    for row in services:
        spans[row["service_name"]][row["system"]] = row["spans"]
    return tuple(_node(name, systems, of_callee.get(name)) for name, systems in sorted(spans.items()))


def _node(name: str, systems: Mapping[str, int], calls: Mapping[str, Any] | None) -> ServiceNode:
    system = min(systems, key=lambda one: (-systems[one], one))
    spans = sum(systems.values())
    if calls is None:
        return ServiceNode(name, system, spans, 0, 0, Durations())
    return ServiceNode(name, system, spans, calls["calls"], calls["errors"], Durations(*calls["durations"]))


def _edge(row: Mapping[str, Any]) -> ServiceEdge:
    connection = QUEUE if row["is_queued"] else CALL
    durations = Durations(*row["durations"])
    return ServiceEdge(row["caller"], row["callee"], connection, row["calls"], row["errors"], durations)


def _place(edge: ServiceEdge) -> tuple[str, str, str]:
    return edge.caller, edge.callee, edge.connection
