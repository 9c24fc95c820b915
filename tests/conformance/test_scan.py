"""What every store must give of a range of time: scan and service_graph."""

from random import Random
from typing import Any

import pyarrow as pa
import pytest

from correlator.correlate.service_graph import COLUMNS, service_graph
from correlator.store.contract import Store
from tests.conformance.records import (
    SECOND,
    T0,
    generated_trace,
    log,
    metric,
    span,
    span_id,
    tables,
    trace_id,
)
from tests.conformance.stores import Settle, put


def test_scan_gives_the_columns_of_a_range(store: Store, settle: Settle) -> None:
    """Bounds are [start, end) on the record's own time, for each signal."""
    for number in range(6):
        put(store, settle, tables(spans=[span(trace_id(number), number)]))
        put(store, settle, tables(logs=[log(number)]))
        put(store, settle, tables(metrics=[metric(number), metric(number + 100)]))
    begin, end = T0 + 2 * SECOND, T0 + 4 * SECOND
    names = store.scan("traces", begin, end, ("name", "service_name"))
    assert names.column_names == ["name", "service_name"]
    assert sorted(names["name"].to_pylist()) == ["GET /2", "GET /3"]
    assert sorted(store.scan("logs", begin, end, ("body",))["body"].to_pylist()) == ["message 2", "message 3"]
    assert sorted(store.scan("metrics", begin, end, ("value",))["value"].to_pylist()) == [2.0, 3.0]


def test_scan_counts_a_span_sent_twice_once(store: Store, settle: Settle) -> None:
    """Also when the columns asked for do not tell the two apart."""
    for end in (20, 10):
        put(store, settle, tables(spans=[span(trace_id(1), 1, end_time_unix_nano=T0 + end)]))
    assert store.scan("traces", T0, T0 + 9 * SECOND, ("end_time_unix_nano",)).to_pydict() == {
        "end_time_unix_nano": [T0 + 20]
    }


def test_scan_of_nothing_keeps_the_columns(store: Store, settle: Settle) -> None:
    """An empty range is an empty table of the right types."""
    put(store, settle, tables(spans=[span(trace_id(1), 1)]))
    table = store.scan("traces", 0, 1, ("trace_id", "service_name"))
    assert table.num_rows == 0
    assert table.schema.types == [pa.binary(16), pa.dictionary(pa.int32(), pa.string())]


@pytest.mark.parametrize("is_repeated", [False, True])
def test_the_service_graph_is_that_of_a_scan(store: Store, settle: Settle, is_repeated: bool) -> None:
    """Over requests, with parents in other requests, queued jobs, failures, spans that were sent again, in any range."""
    random = Random(8)
    spans = [one for number in range(60) for one in _family(random, number)]
    random.shuffle(spans)
    again = [{**one, "end_time_unix_nano": one["end_time_unix_nano"] + 7} for one in spans[::5]]
    for first in range(0, len(spans), 50):
        put(store, settle, tables(spans=spans[first : first + 50] + (again[first // 5 :][:5] if is_repeated else [])))
    if is_repeated:
        put(store, settle, tables(spans=again))
    assert store.stats().spans
    for begin, end in ((0, 2**62), (T0 + 10 * SECOND, T0 + 40 * SECOND), (0, 1)):
        graph = store.service_graph(begin, end)
        assert graph == service_graph(store.scan("traces", begin, end, COLUMNS))
        assert bool(graph.edges) == (end > 1)


def _family(random: Random, number: int) -> list[dict[str, Any]]:
    """A generated trace in which each span but the first has a parent, which now and then is unknown."""
    trace = generated_trace(random, number)
    parents = [random.choice(trace[:place] or [{"span_id": None}])["span_id"] for place in range(len(trace))]
    return [
        {
            **one,
            "parent_span_id": parent if random.random() < 0.9 else span_id(999),
            "kind": random.choice((2, 3, 5)),
            "end_time_unix_nano": one["start_time_unix_nano"] + random.randrange(-5, 50_000),
        }
        for one, parent in zip(trace, parents, strict=True)
    ]
