"""What every store must do: correlator.store.contract, sentence by sentence."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pytest

from correlator.correlate.service_graph import COLUMNS, service_graph
from correlator.errors import InvalidInput, Unavailable
from correlator.model.tables import Tables, concat
from correlator.store.contract import Store, TraceQuery, TraceSummary
from correlator.store.memory import MemoryStore
from correlator.store.segments import SegmentStore
from tests.conformance.records import (
    SECOND,
    T0,
    decode,
    frame_of,
    generated_trace,
    log,
    metric,
    span,
    span_id,
    tables,
    trace_id,
)

Settle = Callable[[Store], None]


def _memory(folder: Path) -> Store:
    return MemoryStore()


def _segments(folder: Path) -> Store:
    return SegmentStore(folder, decode, upkeep_interval_s=None, merge_fan_in=2)


def _leave(store: Store) -> None:
    """Records stay where they came in."""


def _seal(store: Store) -> None:
    assert isinstance(store, SegmentStore)
    store.seal()


def _merge(store: Store) -> None:
    assert isinstance(store, SegmentStore)
    store.seal()
    while store.upkeep.merge_next():
        pass


STORES = {
    "memory": (_memory, _leave),
    "segments_in_head": (_segments, _leave),
    "segments_sealed": (_segments, _seal),
    "segments_merged": (_segments, _merge),
}


@pytest.fixture(params=STORES)
def kind(request: pytest.FixtureRequest) -> tuple[Callable[[Path], Store], Settle]:
    return STORES[request.param]


@pytest.fixture
def store(kind: tuple[Callable[[Path], Store], Settle], tmp_path: Path) -> Iterator[Store]:
    store = kind[0](tmp_path)
    yield store
    store.close()


@pytest.fixture
def settle(kind: tuple[Callable[[Path], Store], Settle]) -> Settle:
    """Brings what was appended to where this kind of store keeps it: called after each append."""
    return kind[1]


def put(store: Store, settle: Settle, records: Tables, arrival: int = T0) -> int:
    position = store.append(frame_of(records, arrival), records).result(timeout=10)
    settle(store)
    return position


def rows(table: pa.Table) -> list[dict[str, Any]]:
    return sorted(table.to_pylist(), key=lambda row: (row["position"], row["row"]))


# --- Writer ---


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
        store.append(frame_of(records), records).result(timeout=10)


def test_an_empty_request_is_kept(store: Store, settle: Settle) -> None:
    """A request whose records were all rejected still gets a position."""
    first, second = (put(store, settle, tables()) for _ in range(2))
    assert first < second
    assert store.stats().spans == 0


# --- read_trace ---


def test_an_unknown_trace_is_empty(store: Store, settle: Settle) -> None:
    """Absence is a normal answer, with the right schemas."""
    put(store, settle, tables(spans=[span(trace_id(1), 1)]))
    found = store.read_trace(trace_id(2))
    assert (found.spans.num_rows, found.logs.num_rows) == (0, 0)


def test_a_trace_is_found_across_requests(store: Store, settle: Settle) -> None:
    """Spans that came one by one are all there, each once."""
    trace = trace_id(1)
    for number in range(6):
        put(store, settle, tables(spans=[span(trace, number), span(trace_id(100 + number), number)]))
    assert sorted(store.read_trace(trace).spans["span_id"].to_pylist()) == sorted(span_id(n) for n in range(6))


def test_a_span_sent_twice_is_there_once(store: Store, settle: Settle) -> None:
    """Of two that differ, the one that ended last is kept, whichever came first."""
    for number, ends in enumerate(((10, 20), (20, 10))):
        trace = trace_id(number)
        for end in ends:
            put(store, settle, tables(spans=[span(trace, 1, end_time_unix_nano=T0 + end)]))
        assert store.read_trace(trace).spans["end_time_unix_nano"].to_pylist() == [T0 + 20]


def test_a_span_repeated_in_one_request_is_there_once(store: Store, settle: Settle) -> None:
    """Repeats within a request count as one, too."""
    put(store, settle, tables(spans=[span(trace_id(1), 1), span(trace_id(1), 1), span(trace_id(1), 2)]))
    assert store.read_trace(trace_id(1)).spans.num_rows == 2
    assert store.scan("traces", T0, T0 + 9 * SECOND, ("name",)).num_rows == 2


@pytest.mark.parametrize("padded", [bytes(8) + trace_id(1)[8:], trace_id(1)[:8] + bytes(8)])
def test_traces_that_share_half_an_id_are_told_apart(store: Store, settle: Settle, padded: bytes) -> None:
    """Ids of 64 bits padded with zeros are common; only the whole id counts."""
    twin = bytes(octet ^ 1 if octet else 0 for octet in padded)
    put(store, settle, tables(spans=[span(padded, 1), span(twin, 2), span(trace_id(3), 3)]))
    put(store, settle, tables(logs=[log(1, padded), log(2, twin), log(3)]))
    for trace, number in ((padded, 1), (twin, 2)):
        found = store.read_trace(trace)
        assert found.spans["span_id"].to_pylist() == [span_id(number)]
        assert found.logs["body"].to_pylist() == [f"message {number}"]


def test_traces_that_share_half_an_id_are_told_apart_over_requests(store: Store, settle: Settle) -> None:
    """Ids of one second that begin with it are common, too; in a list each keeps its own start and spans."""
    early, late = (trace_id(1)[:8] + trace_id(number)[8:] for number in (1, 2))
    for number, trace in ((5, late), (3, early), (1, trace_id(9)), (7, late)):
        put(store, settle, tables(spans=[span(trace, number, is_error=trace == early)], logs=[log(number, trace)]))
    listed = store.find_traces(TraceQuery(error=False)).traces
    starts = [(one.trace_id, one.start_time_unix_nano, one.spans) for one in listed]
    assert starts == [(late.hex(), T0 + 5 * SECOND, 2), (trace_id(9).hex(), T0 + SECOND, 1)]
    assert store.read_trace(early).num_rows == 2
    assert store.read_traces([early]).num_rows == 2


# --- read_traces ---


def test_traces_read_together_are_those_read_alone(store: Store, settle: Settle) -> None:
    """Known and unknown ids, in any order, one of them twice; spans that were sent again count once."""
    random = Random(5)
    traces = [generated_trace(random, number) for number in range(12)]
    for first in range(3):
        spans = [one for trace in traces for one in trace[first::3]] + traces[first]
        put(store, settle, tables(spans, [log(first, one["trace_id"]) for one in spans] + [log(9)]))
    asked = [trace[0]["trace_id"] for trace in traces[::2]]
    found = store.read_traces([*asked, trace_id(77), asked[0]])
    alone = concat([store.read_trace(one) for one in asked])
    assert rows(found.spans) == rows(alone.spans)
    assert rows(found.logs) == rows(alone.logs)
    assert found.spans.num_rows == len({one["span_id"] for trace in traces[::2] for one in trace})


def test_no_traces_are_empty_tables(store: Store, settle: Settle) -> None:
    """Asked for none, or for one that is not there."""
    put(store, settle, tables(spans=[span(trace_id(1), 1)]))
    assert [store.read_traces(ids).num_rows for ids in ([], [trace_id(2)])] == [0, 0]


# --- find_traces ---


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
        put(reference, _leave, records)
    expected = reference.find_traces(TraceQuery(**{**_fields(query), "limit": 1000})).traces
    assert _all_pages(store, query, limit) == list(expected)


def test_traces_that_start_together_are_ordered_by_id(store: Store, settle: Settle) -> None:
    """Ties neither hide nor repeat a trace at a page's end."""
    traces = [trace_id(number) for number in range(9)]
    for trace in traces:
        put(store, settle, tables(spans=[span(trace, 1)]))
    listed = [summary.trace_id for summary in _all_pages(store, TraceQuery(), 2)]
    assert listed == sorted(trace.hex() for trace in traces)


@pytest.mark.parametrize("cursor", ["", "!", "bm90IG91cnM", "é"])
def test_a_foreign_cursor_is_invalid_input(store: Store, settle: Settle, cursor: str) -> None:
    """A text that no store made is refused, not taken for the start."""
    with pytest.raises(InvalidInput, match="cursor"):
        store.find_traces(TraceQuery(cursor=cursor))


def _fields(query: TraceQuery) -> dict[str, Any]:
    return {name: getattr(query, name) for name in query.__slots__}


def _all_pages(store: Store, query: TraceQuery, limit: int) -> list[TraceSummary]:
    found: list[TraceSummary] = []
    cursor: str | None = None
    while True:
        page = store.find_traces(TraceQuery(**{**_fields(query), "limit": limit, "cursor": cursor}))
        assert len(page.traces) <= limit
        found += page.traces
        cursor = page.next_cursor
        if cursor is None:
            return found


# --- scan ---


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


# --- service_graph ---


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


# --- errors_after ---


def test_errors_come_in_log_order_by_whole_requests(store: Store, settle: Settle) -> None:
    """At least one request, further ones while the rows stay within the limit."""
    positions = [
        put(store, settle, tables(spans=[span(trace_id(n), n * 10 + i, is_error=i > 0) for i in range(4)]))
        if n % 2
        else put(store, settle, tables(logs=[log(n, is_error=True), log(n), log(n, is_error=True)]))
        for n in range(6)
    ]
    assert _error_positions(store, -1, 100) == positions
    assert _error_positions(store, positions[1], 100) == positions[2:]
    assert _error_positions(store, -1, 1) == positions[:1]
    assert _error_positions(store, -1, 5) == positions[:2]
    assert _error_positions(store, positions[0], 4) == positions[1:2]
    assert _error_positions(store, positions[-1], 100) == []
    errors = store.errors_after(-1, 100)
    assert errors.spans["row"].to_pylist() == [1, 2, 3] * 3
    assert errors.logs["row"].to_pylist() == [0, 2] * 3
    assert errors.metrics.num_rows == 0


def test_paging_through_errors_reaches_each_once(store: Store, settle: Settle) -> None:
    """Following the last position of each page gives all errors, whatever the limit."""
    random = Random(3)
    for number in range(12):
        put(store, settle, tables(spans=generated_trace(random, number) + generated_trace(random, 50 + number)))
    expected = [(row["position"], row["row"]) for row in store.errors_after(-1, 10_000).spans.to_pylist()]
    assert len(expected) > 10
    for limit in (1, 3, 8):
        found, position = [], -1
        while (page := store.errors_after(position, limit).spans).num_rows:
            found += [(row["position"], row["row"]) for row in page.to_pylist()]
            position = found[-1][0]
        assert found == expected


def _error_positions(store: Store, position: int, limit: int) -> list[int]:
    errors = store.errors_after(position, limit)
    return sorted({*errors.spans["position"].to_pylist(), *errors.logs["position"].to_pylist()})


# --- stats ---


def test_stats_count_records(store: Store, settle: Settle) -> None:
    """Records of each signal are counted wherever they lie; an empty store has no last position."""
    assert (store.stats().spans, store.stats().last_position) == (0, -1)
    put(store, settle, tables(spans=[span(trace_id(1), n) for n in range(3)]))
    put(store, settle, tables(logs=[log(1), log(2)]))
    last = put(store, settle, tables(metrics=[metric(1)]))
    stats = store.stats()
    assert (stats.spans, stats.logs, stats.metrics, stats.last_position) == (3, 2, 1, last)


# --- concurrency ---


def test_readers_see_every_acknowledged_record_once(
    kind: tuple[Callable[[Path], Store], Settle], tmp_path: Path
) -> None:
    """While requests come in, are sealed and merged, a reader never misses a record nor sees it twice."""
    store, settle = kind[0](tmp_path), kind[1]
    acknowledged: list[int] = []
    failures: list[str] = []
    is_done = threading.Event()

    def read() -> None:
        while not is_done.is_set():
            known = len(acknowledged)
            bodies = store.scan("logs", 0, 2**62, ("body",))["body"].to_pylist()
            errors = store.errors_after(-1, 100_000).logs["position"].to_pylist()
            spans = store.read_trace(trace_id(1)).spans.num_rows
            listed = sum(one.spans for one in _all_pages(store, TraceQuery(), 1000))
            if len(bodies) != len(set(bodies)) or len(bodies) < known or errors != sorted(set(errors)):
                failures.append(f"{len(bodies)} logs, {len(set(bodies))} different, of {known}")
            if min(len(errors), spans, listed) < known:
                failures.append(f"{len(errors)} errors, {spans} spans, {listed} listed, of {known}")

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(40):
        records = tables(spans=[span(trace_id(1), number)], logs=[log(number, is_error=True)])
        store.append(frame_of(records), records).result(timeout=10)
        acknowledged.append(number)
        if number % 5 == 4:
            settle(store)
    is_done.set()
    for reader in readers:
        reader.join()
    store.close()
    assert failures == []


def test_requests_from_many_threads_are_all_kept(store: Store, settle: Settle) -> None:
    """Each thread's records are there once, under positions of their own."""

    def send(first: int) -> list[int]:
        requests = [tables(logs=[log(number)]) for number in range(first, first + 20)]
        futures = [store.append(frame_of(records), records) for records in requests]
        return [future.result(timeout=10) for future in futures]

    with ThreadPoolExecutor(4) as threads:
        positions = [position for sent in threads.map(send, range(0, 80, 20)) for position in sent]
    settle(store)
    bodies = store.scan("logs", 0, 2**62, ("body",))["body"].to_pylist()
    assert len(set(positions)) == 80
    assert sorted(bodies) == sorted(f"message {number}" for number in range(80))
