"""What a search reads and answers at most."""

import pytest

from correlator.serve.jaeger.search import Bounds, Found, Search, find
from correlator.store.contract import TraceQuery
from correlator.store.memory import MemoryStore
from tests.conformance.records import frame_of, span, tables, trace_id

TRACES, SPANS = 10, 3


@pytest.fixture(scope="module")
def store() -> MemoryStore:
    """Ten traces of three spans; the oldest is tagged n=0."""
    store = MemoryStore()
    spans = [span(trace_id(number), 10 * number + place) for number in range(TRACES) for place in range(SPANS)]
    store.append(frame_of(tables(spans=spans)), tables(spans=spans)).result()
    return store


def search(store: MemoryStore, bounds: Bounds, *, limit: int = 100, tags: dict[str, str] | None = None) -> Found:
    return find(store, Search("bridge-api", 0, 2**62, limit, tags=tags or {}), bounds)


def newest(store: MemoryStore, count: int) -> list[str]:
    return [summary.trace_id for summary in store.find_traces(TraceQuery(limit=count)).traces]


@pytest.mark.parametrize("page", [1, 3, 10, 100])
@pytest.mark.parametrize("limit", [1, 4, 10, 50])
def test_pages_of_any_size_find_the_same(store: MemoryStore, page: int, limit: int) -> None:
    """Whole traces, newest first."""
    found = search(store, Bounds(page=page), limit=limit)
    assert list(found.traces) == newest(store, limit)
    assert {len(spans) for spans in found.traces.values()} == {SPANS}
    assert found.complaints == ()


def test_an_answer_ends_before_it_holds_too_many_spans(store: MemoryStore) -> None:
    """And says so; a trace that is larger than that comes alone."""
    found = search(store, Bounds(max_spans=2 * SPANS + 1))
    assert list(found.traces) == newest(store, 2)
    assert "more than 7 spans" in found.complaints[0]
    assert list(search(store, Bounds(max_spans=1)).traces) == newest(store, 1)


def test_tags_are_looked_for_in_so_many_traces(store: MemoryStore) -> None:
    """What is found until then is answered, with word that there may be more."""
    oldest = {"n": "0"}
    assert len(search(store, Bounds(page=2), tags=oldest).traces) == 1
    bounded = search(store, Bounds(page=2, looked_through=6), tags=oldest)
    assert bounded.traces == {}
    assert "newest 6 traces" in bounded.complaints[0]
    whole = search(store, Bounds(page=5, looked_through=TRACES), tags=oldest)
    assert (len(whole.traces), whole.complaints) == (1, ())
