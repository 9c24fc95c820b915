"""How every store must page through events: events_after."""

from random import Random
from typing import Any

import pytest

from correlator.store.contract import N8N_COLUMNS, Store
from correlator.store.segments.readers import event_reader
from tests.conformance.records import T0, log, span, span_id, tables, trace_id
from tests.conformance.stores import STORES, Open, Settle, put

COLUMNS = ("name", "kind", "end_time_unix_nano", "is_error")
Kind = tuple[Open, Settle]
HOUR = 3_600 * 10**9
SERVER, INTERNAL, CLIENT, PRODUCER, CONSUMER = 2, 1, 3, 4, 5


def events(store: Store, position: int = -1) -> list[str]:
    """The names of all events that nobody told before, in order."""
    return sorted(name for page in pages(store, position) for name in page.spans["name"].to_pylist())


def pages(store: Store, position: int) -> list[Any]:
    """All of them, each from where the one before ended."""
    found = []
    while (page := store.events_after(position, COLUMNS)).position > position:
        found.append(page)
        position = page.position
    assert page.position == position
    assert page.spans.num_rows == page.told_again.num_rows == page.n8n.num_rows == 0
    return found


def again(store: Store, position: int) -> list[tuple[bytes, int, bool]]:
    """Of each version of what came again: trace, when it ended, and whether that was told before."""
    return sorted(
        (row["trace_id"], row["end_time_unix_nano"], row["position"] <= position)
        for page in pages(store, position)
        for row in page.told_again.to_pylist()
    )


def test_an_empty_store_has_no_events(store: Store) -> None:
    """The position stays, and the columns are there."""
    page = store.events_after(-1, COLUMNS)
    assert page.position == -1
    assert page.spans.column_names == list(COLUMNS)
    assert page.n8n.column_names == list(N8N_COLUMNS)


def test_servers_senders_and_jobs_are_events(store: Store, settle: Settle) -> None:
    """Calls and inner spans are none, and logs are none."""
    kinds = (SERVER, INTERNAL, CLIENT, PRODUCER, CONSUMER, 0)
    spans = [span(trace_id(kind), kind, kind=kind, name=f"k{kind}") for kind in kinds]
    put(store, settle, tables(spans, [log(1)]))
    assert events(store) == ["k2", "k4", "k5"]


def test_executions_and_nodes_are_told_apart(store: Store, settle: Settle) -> None:
    """With their columns, whatever their kind."""
    put(
        store,
        settle,
        tables(
            [
                span(trace_id(1), 1, kind=INTERNAL, name="workflow.execute"),
                span(trace_id(1), 2, kind=INTERNAL, name="node.execute", parent_span_id=b"parentid"),
                span(trace_id(1), 3, kind=INTERNAL, name="node.executed"),
            ]
        ),
    )
    n8n = [page.n8n for page in pages(store, -1)]
    assert sorted(n8n[0]["name"].to_pylist()) == ["node.execute", "workflow.execute"]
    assert n8n[0].column_names == list(N8N_COLUMNS)
    assert events(store) == []


def test_each_request_is_reached_once(store: Store, settle: Settle) -> None:
    """From any position on, whatever is settled in between."""
    positions = [put(store, settle, tables([span(trace_id(n), n, name=f"n{n}")])) for n in range(7)]
    assert events(store) == [f"n{n}" for n in range(7)]
    for number, position in enumerate(positions):
        assert events(store, position) == [f"n{n}" for n in range(number + 1, 7)]


def test_requests_without_spans_are_passed_over(store: Store, settle: Settle) -> None:
    """What comes behind them is found."""
    put(store, settle, tables(logs=[log(1)]))
    put(store, settle, tables([span(trace_id(1), 1, kind=INTERNAL)]))
    put(store, settle, tables([span(trace_id(2), 2, name="late")]))
    assert events(store) == ["late"]


def test_many_executions_come_in_pieces(store: Store, settle: Settle, monkeypatch: pytest.MonkeyPatch) -> None:
    """By whole requests, each once, with the events beside them."""
    monkeypatch.setattr(event_reader, "N8N_ROWS", 3)
    for n in range(0, 12, 2):
        flows = [span(trace_id(n), n + i, kind=INTERNAL, name="workflow.execute") for i in range(2)]
        put(store, settle, tables([*flows, span(trace_id(n), 100 + n, name=f"n{n:02}")]))
    found = pages(store, -1)
    told = [row["span_id"] for page in found for row in page.n8n.to_pylist()]
    assert sorted(told) == sorted(span_id(n) for n in range(12))
    assert events(store) == [f"n{n:02}" for n in range(0, 12, 2)]
    assert all(page.n8n.num_rows % 2 == 0 for page in found)


def test_a_span_within_one_page_twice_is_one(store: Store, settle: Settle) -> None:
    """Of the versions that nobody told, the one that stands."""
    one = span(trace_id(1), 1)
    put(store, settle, tables([one, one | {"end_time_unix_nano": T0 + HOUR}]))
    ends = [page.spans["end_time_unix_nano"].to_pylist() for page in pages(store, -1)]
    assert ends == [[T0 + HOUR]]


def test_a_span_that_came_again_unchanged_is_not_news(store: Store, settle: Settle) -> None:
    """Either it is gone from the store, or it is told with the version before it."""
    one, other = span(trace_id(1), 1, name="one"), span(trace_id(1), 2, name="other")
    position = put(store, settle, tables([one]))
    put(store, settle, tables([one, other]))
    assert events(store, position) == ["other"]
    assert again(store, position) in (
        [],
        [(trace_id(1), one["end_time_unix_nano"], is_before) for is_before in (False, True)],
    )


def test_a_span_that_came_changed_is_told_with_what_stood_before(store: Store, kind: Kind) -> None:
    """Not where segments are merged before it is read: one of the two gave way then, and the other looks like news."""
    one = span(trace_id(1), 1)
    settle = kind[1]
    changed = one | {"end_time_unix_nano": T0 + HOUR}
    position = put(store, settle, tables([one, span(trace_id(3), 3)]))
    put(store, settle, tables([changed, span(trace_id(2), 2)]))
    if kind is STORES["segments_merged"]:
        assert events(store, position) == ["GET /1", "GET /2"]
    else:
        assert again(store, position) == [
            (trace_id(1), one["end_time_unix_nano"], True),
            (trace_id(1), T0 + HOUR, False),
        ]
        assert events(store, position) == ["GET /2"]


def test_padded_trace_ids_are_told_apart(store: Store, settle: Settle) -> None:
    """Those of 64 bits that differ in the second half only."""
    ids = [bytes(8) + number.to_bytes(8, "big") for number in range(1, 6)]
    position = put(store, settle, tables([span(each, 1, name=f"a{number}") for number, each in enumerate(ids)]))
    put(store, settle, tables([span(each, 2, name=f"b{number}") for number, each in enumerate(ids)]))
    assert events(store, position) == [f"b{number}" for number in range(5)]


def test_random_requests_are_counted_once(store: Store, settle: Settle) -> None:
    """In any mix of new and old spans: each once, from the beginning as in pieces."""
    random = Random(5)
    all_spans = [span(trace_id(n % 9), n, name=f"n{n}") for n in range(40)]
    seen: set[str] = set()
    position = -1
    for _ in range(6):
        request = random.sample(all_spans, 9)
        put(store, settle, tables(request))
        news = events(store, position)
        assert sorted(news) == sorted({each["name"] for each in request} - seen)
        seen |= {each["name"] for each in request}
        position = max([position, *(page.position for page in pages(store, position))])
    assert events(store) == sorted(seen)
