"""What followers and readers make of indices that lost something: to retention, to a shard that is not there, to whoever made them anew."""

import time
from collections.abc import Iterator
from typing import Final

import pytest
from elasticsearch import Elasticsearch

from correlator.elasticsearch import Connection, Names, connect
from correlator.elasticsearch.templates.data_streams import SIGNALS
from correlator.errors import Unavailable
from correlator.store.elasticsearch import ElasticsearchStore
from correlator.store.elasticsearch.marker_upkeep import MarkerUpkeep
from tests.conformance.records import frame_of, log, span, tables, trace_id
from tests.elastic.prepared import RETENTION_S, prepared

pytestmark = pytest.mark.timeout(120)
DAY_NANO: Final = 86_400 * 10**9


@pytest.fixture(scope="module")
def client(elasticsearch_url: str) -> Iterator[Elasticsearch]:
    with connect(Connection(hosts=(elasticsearch_url,))) as client:
        yield client


@pytest.fixture
def names(client: Elasticsearch) -> Iterator[Names]:
    with prepared(client) as names:
        yield names


@pytest.fixture
def store(client: Elasticsearch, names: Names) -> Iterator[ElasticsearchStore]:
    store = ElasticsearchStore(client, names)
    yield store
    store.close()


def failed(store: ElasticsearchStore, number: int) -> int:
    """The position of a request with one error, that of its number."""
    records = tables([span(trace_id(number), number, is_error=True)], [log(number, trace_id(number))])
    return store.append(frame_of(records), records).result(30)


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


def _delete_traces(client: Elasticsearch, names: Names, numbers: range) -> None:
    traces = {"terms": {"trace_id": [trace_id(number).hex() for number in numbers]}}
    client.indices.refresh(index=names.stream("traces"))
    client.delete_by_query(index=names.stream("traces"), query=traces, refresh=True)
