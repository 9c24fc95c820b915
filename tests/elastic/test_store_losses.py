"""What followers and readers make of indices that lost something: to retention, to a shard that is not there, to whoever made them anew."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest
from elasticsearch import Elasticsearch

from correlator.elasticsearch import Names
from correlator.elasticsearch.templates.data_streams import SIGNALS
from correlator.errors import Unavailable
from correlator.model.incident import WaitingTrace
from correlator.store.contract import LedgerCommit, LedgerState, WatchCommit, WatchState
from correlator.store.elasticsearch import ElasticsearchStore
from correlator.store.elasticsearch.requests.marker_upkeep import MarkerUpkeep
from tests.conformance.records import T0, frame_of, log, span, tables, trace_id
from tests.elastic.prepared import RETENTION_S, prepared

pytestmark = pytest.mark.timeout(120)
DAY_NANO: Final = 86_400 * 10**9
SERVER: Final = 2


@pytest.fixture
def names(client: Elasticsearch) -> Iterator[Names]:
    with prepared(client) as names:
        yield names


def failed(store: ElasticsearchStore, number: int) -> int:
    """The position of a request with one error, that of its number."""
    records = tables([span(trace_id(number), number, kind=SERVER, is_error=True)], [log(number, trace_id(number))])
    return store.append(frame_of(records, time.time_ns()), records).result(30)


def test_errors_behind_requests_whose_records_are_gone_are_reached(
    client: Elasticsearch, names: Names, store: ElasticsearchStore
) -> None:
    """Retention takes records before their markers: a page of such markers is no end."""
    for number in range(5):
        failed(store, number)
    _delete_traces(client, names, range(4))
    assert store.errors_after(-1, 1).spans["trace_id"].to_pylist() == [trace_id(4)]


def test_a_request_whose_marker_cannot_be_read_is_not_taken_for_lost(
    client: Elasticsearch, names: Names, store: ElasticsearchStore
) -> None:
    """A closed index stands for a shard that is nowhere: the reader says so, rather than leaving its records out."""
    failed(store, 1)
    client.indices.refresh(index=names.stream("traces"))
    client.indices.close(index=names.requests)
    with pytest.raises(Unavailable):
        ElasticsearchStore(client, names).read_trace(trace_id(1))


def test_markers_go_once_no_index_may_hold_their_records(
    client: Elasticsearch, names: Names, store: ElasticsearchStore
) -> None:
    """One that came before the oldest index was made goes once retention is over, one that may be in it only after that index."""
    now = time.time_ns()
    in_a_year = MarkerUpkeep(client, names, RETENTION_S, lambda: now + 365 * DAY_NANO)
    for number, age_days in enumerate((40, 10, 0)):
        records = tables([span(trace_id(number), number)])
        store.append(frame_of(records, now - age_days * DAY_NANO), records).result(30)
    assert _turned(client, names, MarkerUpkeep(client, names, RETENTION_S)) == 1
    assert _turned(client, names, in_a_year) == 1
    assert store.read_trace(trace_id(2)).num_rows == 1
    for signal in SIGNALS:
        client.indices.delete_data_stream(name=names.stream(signal))
    assert _turned(client, names, in_a_year) == 1


def _turned(client: Elasticsearch, names: Names, upkeep: MarkerUpkeep) -> int:
    client.indices.refresh(index=names.requests)
    return upkeep.turn()


def test_whoever_follows_begins_anew_with_the_index(
    client: Elasticsearch, names: Names, store: ElasticsearchStore
) -> None:
    """Its numbers are given again, to requests that nobody has accounted for; what waited is gone with it."""
    for number in range(3):
        failed(store, number)
    position = store.errors_after(store.watch_state().position, 10).spans["position"].to_pylist()[-1]
    waiting = (WaitingTrace(trace_id(2).hex(), position, T0, T0),)
    store.commit_watch(WatchCommit(WatchState(position, (), waiting)))
    store.commit_ledger(LedgerCommit(LedgerState(store.events_after(store.ledger_state().position, ()).position)))
    assert store.watch_state() == WatchState(position, (), waiting)
    client.indices.delete(index=names.requests)
    assert store.watch_state().position == position  # nobody knows yet
    for number in range(3, 5):
        failed(store, number)
    other = ElasticsearchStore(client, names)
    for follower in (store, other):
        assert follower.watch_state() == WatchState()
        assert follower.ledger_state() == LedgerState()
        found = follower.errors_after(-1, 10).spans
        assert found["trace_id"].to_pylist() == [trace_id(3), trace_id(4)]
    other.close()
    store.commit_watch(WatchCommit(WatchState(found["position"].to_pylist()[-1])))
    assert store.errors_after(store.watch_state().position, 10).num_rows == 0


def test_an_index_that_was_taken_back_goes_on_where_it_is(
    client: Elasticsearch, names: Names, store: ElasticsearchStore
) -> None:
    """What was accounted for before the snapshot is not again; what came after it, under numbers that were given before, is."""
    for number in range(2):
        failed(store, number)
    with _taken_back(client, names.requests):
        failed(store, 2)
        position = store.errors_after(-1, 10).spans["position"].to_pylist()[-1]
        store.commit_watch(WatchCommit(WatchState(store.watch_state().position)))
        store.commit_watch(WatchCommit(WatchState(position)))
    failed(store, 3)
    resumed = store.watch_state().position
    assert -1 < resumed < position
    assert store.errors_after(resumed, 10).spans["trace_id"].to_pylist() == [trace_id(3)]


@contextmanager
def _taken_back(client: Elasticsearch, index: str) -> Iterator[None]:
    """After the block the index is as before it, out of a snapshot."""
    folders = [node["settings"]["path"].get("repo") for node in client.nodes.info(metric="settings")["nodes"].values()]
    if None in folders:
        pytest.skip("the Elasticsearch for tests has no path.repo: nothing can be restored")
    client.snapshot.create_repository(
        name=index, repository={"type": "fs", "settings": {"location": f"{folders[0][0]}/{index}"}}
    )
    try:
        client.snapshot.create(repository=index, snapshot="before", indices=index, wait_for_completion=True)
        yield
        client.indices.delete(index=index)
        client.snapshot.restore(repository=index, snapshot="before", indices=index, wait_for_completion=True)
    finally:
        client.options(ignore_status=404).snapshot.delete(repository=index, snapshot="before")
        client.snapshot.delete_repository(name=index)


def _delete_traces(client: Elasticsearch, names: Names, numbers: range) -> None:
    traces = {"terms": {"trace_id": [trace_id(number).hex() for number in numbers]}}
    client.indices.refresh(index=names.stream("traces"))
    client.delete_by_query(index=names.stream("traces"), query=traces, refresh=True)
