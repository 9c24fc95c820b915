"""What every store must do with what it is sent: the contract's Writer, and what stats tells of it."""

import pytest

from correlator.errors import Unavailable
from correlator.store.contract import Store
from tests.conformance.records import (
    frame_of,
    log,
    metric,
    span,
    span_id,
    tables,
    trace_id,
)
from tests.conformance.stores import Settle, put, rows


def test_appended_records_come_back_as_they_were(store: Store, settle: Settle) -> None:
    """Every column of a span and a log record survives, with the position that the future told."""
    trace = trace_id(1)
    spans = tables(spans=[span(trace, 1), span(trace, 2, parent_span_id=span_id(1), is_error=True, events="[]")])
    logs = tables(logs=[log(1, trace, span_id=span_id(1)), log(2), log(3, trace)])
    at_spans, at_logs = put(store, settle, spans), put(store, settle, logs)
    found = store.read_trace(trace)
    assert rows(found.spans) == spans.at(at_spans).spans.to_pylist()
    assert rows(found.logs) == [row for row in logs.at(at_logs).logs.to_pylist() if row["trace_id"] == trace]


def test_results_have_the_exact_schema(store: Store, settle: Settle) -> None:
    """Tables that come back can be joined with tables that were never stored."""
    records = tables(spans=[span(trace_id(1), 1)], logs=[log(1, trace_id(1))])
    put(store, settle, records)
    found = store.read_trace(trace_id(1))
    assert (found.spans.schema, found.logs.schema) == (records.spans.schema, records.logs.schema)


def test_positions_increase(store: Store, settle: Settle) -> None:
    """Later requests get greater positions, and stats tells the newest."""
    positions = [put(store, settle, tables(logs=[log(number)])) for number in range(5)]
    assert positions == sorted(set(positions))
    assert store.stats().last_position == positions[-1]


def test_append_after_close_fails(store: Store, settle: Settle) -> None:
    """A closed store answers through the future, and closing twice is closing once."""
    store.close()
    store.close()
    records = tables(logs=[log(1)])
    with pytest.raises(Unavailable):
        store.append(frame_of(records), records).result(timeout=30)


def test_an_empty_request_is_kept(store: Store, settle: Settle) -> None:
    """A request whose records were all rejected still gets a position."""
    first, second = (put(store, settle, tables()) for _ in range(2))
    assert first < second
    assert store.stats().spans == 0


def test_stats_count_records(store: Store, settle: Settle) -> None:
    """Records of each signal are counted wherever they lie; an empty store has no last position."""
    assert (store.stats().spans, store.stats().last_position) == (0, -1)
    put(store, settle, tables(spans=[span(trace_id(1), n) for n in range(3)]))
    put(store, settle, tables(logs=[log(1), log(2)]))
    last = put(store, settle, tables(metrics=[metric(1)]))
    stats = store.stats()
    assert (stats.spans, stats.logs, stats.metrics, stats.last_position) == (3, 2, 1, last)
