"""How every store must list traces: find_traces."""

from random import Random
from typing import Any

import pytest

from correlator.errors import InvalidInput
from correlator.store.contract import Store, TraceQuery, TraceSummary
from correlator.store.memory import MemoryStore
from tests.conformance.records import (
    SECOND,
    T0,
    generated_trace,
    span,
    tables,
    trace_id,
)
from tests.conformance.stores import Settle, all_pages, leave, put, query_fields


def test_traces_are_listed_newest_first(store: Store, settle: Settle) -> None:
    """A summary counts all spans of its trace and takes its name from the earliest."""
    old, new = trace_id(1), trace_id(2)
    put(store, settle, tables(spans=[span(new, 50), span(old, 3, is_error=True, service_name="worker")]))
    put(store, settle, tables(spans=[span(old, 2, name="first", end_time_unix_nano=T0 + 90 * SECOND)]))
    page = store.find_traces(TraceQuery())
    assert [summary.trace_id for summary in page.traces] == [new.hex(), old.hex()]
    assert page.next_cursor is None
    assert page.traces[1] == TraceSummary(
        old.hex(), "first", "bridge-api", "bridge", T0 + 2 * SECOND, T0 + 90 * SECOND, 2, 1, ("bridge-api", "worker")
    )


def test_a_filter_must_match_within_one_span(store: Store, settle: Settle) -> None:
    """An error in one service and another service in the trace do not make an error of the other."""
    trace = trace_id(1)
    put(store, settle, tables(spans=[span(trace, 1, service_name="n8n", system="n8n")]))
    put(store, settle, tables(spans=[span(trace, 9, service_name="worker", system="worker", is_error=True)]))

    def finds(**query: Any) -> bool:
        return bool(store.find_traces(TraceQuery(**query)).traces)

    assert finds(service_name="worker", error=True, system="worker")
    assert not finds(service_name="n8n", error=True)
    assert not finds(service_name="n8n", start_unix_nano=T0 + 5 * SECOND)
    assert finds(service_name="n8n", start_unix_nano=T0 + SECOND, end_unix_nano=T0 + SECOND + 1)
    assert not finds(end_unix_nano=T0 + SECOND)
    assert not finds(service_name="nobody")


def test_a_name_and_a_duration_are_those_of_one_span(store: Store, settle: Settle) -> None:
    """Both ends of a duration belong to it; a span that ends before it starts lasts no time."""
    trace = trace_id(1)
    slow, fast = T0 + SECOND, T0 + 2 * SECOND
    put(store, settle, tables(spans=[span(trace, 1, name="slow", end_time_unix_nano=slow + 500)]))
    put(store, settle, tables(spans=[span(trace, 2, name="fast", end_time_unix_nano=fast - 7)]))

    def finds(**query: Any) -> bool:
        return bool(store.find_traces(TraceQuery(**query)).traces)

    assert finds(span_name="slow", min_duration_nano=500, max_duration_nano=500)
    assert not finds(span_name="slow", min_duration_nano=501)
    assert not finds(span_name="slow", max_duration_nano=499)
    assert finds(span_name="fast", max_duration_nano=0)
    assert not finds(span_name="fast", min_duration_nano=1)
    assert not finds(span_name="slo")
    assert not finds(span_name="slow", start_unix_nano=fast)


def test_no_error_means_none_in_the_whole_trace(store: Store, settle: Settle) -> None:
    """`error=False` looks at all spans of a trace, wherever they lie."""
    failed, fine = trace_id(1), trace_id(2)
    put(store, settle, tables(spans=[span(failed, 1, is_error=True), span(fine, 2)]))
    put(store, settle, tables(spans=[span(failed, 3)]))
    assert [one.trace_id for one in store.find_traces(TraceQuery(error=False)).traces] == [fine.hex()]
    assert [one.trace_id for one in store.find_traces(TraceQuery(error=True)).traces] == [failed.hex()]


QUERIES = [
    TraceQuery(),
    TraceQuery(service_name="worker"),
    TraceQuery(system="n8n", error=True),
    TraceQuery(error=False),
    TraceQuery(start_unix_nano=T0 + 5 * SECOND, end_unix_nano=T0 + 30 * SECOND),
    TraceQuery(error=True, start_unix_nano=T0 + 5 * SECOND),
    TraceQuery(service_name="worker", span_name="GET /3"),
    TraceQuery(min_duration_nano=1000, end_unix_nano=T0 + 30 * SECOND),
]


@pytest.mark.parametrize("query", QUERIES, ids=str)
@pytest.mark.parametrize("limit", [1, 7, 100])
def test_following_cursors_reaches_each_trace_once(store: Store, settle: Settle, query: TraceQuery, limit: int) -> None:
    """Pages of any size together are the reference's whole answer, in its order; traces are spread over requests."""
    random, reference = Random(7), MemoryStore()
    spans = [one for number in range(40) for one in generated_trace(random, number)]
    random.shuffle(spans)
    for first in range(0, len(spans), 24):
        records = tables(spans=spans[first : first + 24])
        put(store, settle, records)
        put(reference, leave, records)
    expected = reference.find_traces(TraceQuery(**{**query_fields(query), "limit": 1000})).traces
    assert all_pages(store, query, limit) == list(expected)


def test_traces_that_start_together_are_ordered_by_id(store: Store, settle: Settle) -> None:
    """Ties neither hide nor repeat a trace at a page's end."""
    traces = [trace_id(number) for number in range(9)]
    for trace in traces:
        put(store, settle, tables(spans=[span(trace, 1)]))
    listed = [summary.trace_id for summary in all_pages(store, TraceQuery(), 2)]
    assert listed == sorted(trace.hex() for trace in traces)


@pytest.mark.parametrize("cursor", ["", "!", "bm90IG91cnM", "é"])
def test_a_foreign_cursor_is_invalid_input(store: Store, settle: Settle, cursor: str) -> None:
    """A text that no store made is refused, not taken for the start."""
    with pytest.raises(InvalidInput, match="cursor"):
        store.find_traces(TraceQuery(cursor=cursor))
