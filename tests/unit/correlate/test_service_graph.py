"""The vectorised graph equals a slow loop over values."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from correlator import semconv
from correlator.correlate.service_graph import COLUMNS, service_graph
from correlator.model.service_graph import Durations, ServiceEdge, ServiceGraph, ServiceNode
from correlator.model.tables import SPANS

Row = dict[str, object]


def _row(trace: int, label: int, parent: int | None, service: str, **more: object) -> Row:
    return {
        "trace_id": bytes([trace] * 16),
        "span_id": bytes([label] * 8),
        "parent_span_id": None if parent is None else bytes([parent] * 8),
        "service_name": service,
        "system": "other",
        "kind": semconv.KIND_INTERNAL,
        "start_time_unix_nano": 0,
        "end_time_unix_nano": 0,
        "is_error": False,
        **more,
    }


ROWS = st.lists(
    st.builds(
        _row,
        st.integers(0, 2),
        st.integers(0, 9),
        st.none() | st.integers(0, 11),
        st.sampled_from(["n8n", "bridge", "worker"]),
        system=st.sampled_from(["n8n", "bridge", "worker"]),
        kind=st.integers(0, 5),
        start_time_unix_nano=st.integers(0, 50),
        end_time_unix_nano=st.integers(0, 100),
        is_error=st.booleans(),
    ),
    max_size=40,
    unique_by=lambda row: (row["trace_id"], row["span_id"]),
)


def _table(rows: Iterable[Row]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=pa.schema([SPANS.field(name) for name in COLUMNS]))


@given(ROWS)
def test_the_graph_is_that_of_a_plain_loop(rows: list[Row]) -> None:
    """Calls, errors and durations by service and by edge, on any spans."""
    assert service_graph(_table(rows)) == _slow_graph(rows)


@given(ROWS, st.randoms(use_true_random=False))
def test_neither_order_nor_doubles_nor_chunks_change_the_graph(rows: list[Row], random: object) -> None:
    """Of a span that is there twice the one that ended last counts."""
    shorter = [{**row, "end_time_unix_nano": -1, "is_error": True} for row in rows]
    mixed = [*rows, *shorter]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    half = len(mixed) // 2
    table = pa.concat_tables([_table(mixed[:half]), _table(mixed[half:])], promote_options="none")
    assert service_graph(table.unify_dictionaries()) == service_graph(_table(rows))


def test_a_table_with_further_columns_is_taken_as_it_is() -> None:
    """Columns are found by name."""
    table = _table([_row(1, 1, None, "n8n")]).append_column("note", pa.array(["x"]))
    assert [node.service_name for node in service_graph(table).nodes] == ["n8n"]


def test_no_spans_make_an_empty_graph() -> None:
    """Empty in, empty out."""
    assert service_graph(SPANS.empty_table()) == ServiceGraph()


def test_a_job_taken_from_a_queue_is_an_edge_of_its_own() -> None:
    """Apart from the plain calls between the same two services."""
    rows = [
        _row(1, 1, None, "bridge"),
        _row(1, 2, 1, "worker", kind=semconv.KIND_SERVER, end_time_unix_nano=5),
        _row(1, 3, 1, "worker", kind=semconv.KIND_CONSUMER, end_time_unix_nano=9, is_error=True),
    ]
    assert service_graph(_table(rows)).edges == (
        ServiceEdge("bridge", "worker", "call", 1, 0, Durations(5, 5, 5)),
        ServiceEdge("bridge", "worker", "queue", 1, 1, Durations(9, 9, 9)),
    )


def _slow_graph(rows: list[Row]) -> ServiceGraph:
    by_id = {(row["trace_id"], row["span_id"]): row["service_name"] for row in rows}
    into: dict[str, list[Row]] = defaultdict(list)
    between: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        callee, caller = str(row["service_name"]), by_id.get((row["trace_id"], row["parent_span_id"]))
        if caller != callee:
            into[callee].append(row)
        if caller not in (None, callee):
            connection = "queue" if row["kind"] == semconv.KIND_CONSUMER else "call"
            between[str(caller), callee, connection].append(row)
    spans = Counter(str(row["service_name"]) for row in rows)
    nodes = [ServiceNode(name, _usual_system(rows, name), spans[name], *_told(into[name])) for name in sorted(spans)]
    return ServiceGraph(tuple(nodes), tuple(ServiceEdge(*edge, *_told(between[edge])) for edge in sorted(between)))


def _usual_system(rows: list[Row], service: str) -> str:
    counts = Counter(str(row["system"]) for row in rows if row["service_name"] == service)
    return min(counts, key=lambda system: (-counts[system], system))


def _told(rows: list[Row]) -> tuple[int, int, Durations]:
    taken = sorted(max(0, row["end_time_unix_nano"] - row["start_time_unix_nano"]) for row in rows)  # type: ignore[operator]
    ranks = [max(1, math.ceil(quantile * len(taken))) - 1 for quantile in (0.50, 0.95, 0.99)]
    durations = Durations(*(taken[rank] for rank in ranks)) if taken else Durations()
    return len(rows), sum(bool(row["is_error"]) for row in rows), durations
