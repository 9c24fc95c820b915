"""What followers and readers make of indices that lost something: to retention, to a shard that is not there, to whoever made them anew."""

from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch

from correlator.elasticsearch import Connection, Names, connect
from correlator.errors import Unavailable
from correlator.store.elasticsearch import ElasticsearchStore
from tests.conformance.records import frame_of, log, span, tables, trace_id
from tests.elastic.prepared import prepared

pytestmark = pytest.mark.timeout(120)


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


def _delete_traces(client: Elasticsearch, names: Names, numbers: range) -> None:
    traces = {"terms": {"trace_id": [trace_id(number).hex() for number in numbers]}}
    client.indices.refresh(index=names.stream("traces"))
    client.delete_by_query(index=names.stream("traces"), query=traces, refresh=True)
