"""One Elasticsearch and one Kafka for all tests of a run, unless the environment names others. Each test has names of its own."""

import os
from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch

from correlator.elasticsearch import Connection, Names, connect
from correlator.store.elasticsearch import ElasticsearchStore
from tests.e2e.jvm_peers import (
    ELASTICSEARCH_VARIABLE,
    KAFKA_VARIABLE,
    WHY_NO_ELASTICSEARCH,
    WHY_NO_KAFKA,
    own_elasticsearch,
    own_kafka,
)
from tests.e2e.peers import scripts
from tests.elastic.plain_indices import client_of, emptied, plain_indices


@pytest.fixture(scope="session")
def elasticsearch_url() -> Iterator[str]:
    """Where the Elasticsearch for tests is, without security."""
    if given := os.environ.get(ELASTICSEARCH_VARIABLE):
        yield given
        return
    if scripts() is None:
        pytest.skip(WHY_NO_ELASTICSEARCH)
    with own_elasticsearch() as server:
        yield server.url


@pytest.fixture(scope="session")
def _plain_indices(elasticsearch_url: str) -> Iterator[Names]:
    with plain_indices(elasticsearch_url) as names:
        yield names


@pytest.fixture
def names(elasticsearch_url: str, _plain_indices: Names) -> Names:
    """Of empty plain indices, the same ones for each test: to make them takes a second."""
    with client_of(elasticsearch_url) as client:
        emptied(client, _plain_indices)
    return _plain_indices


@pytest.fixture(scope="session")
def kafka_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """host:port of the Kafka for tests."""
    if given := os.environ.get(KAFKA_VARIABLE):
        yield given
        return
    if scripts() is None:
        pytest.skip(WHY_NO_KAFKA)
    with own_kafka(tmp_path_factory.mktemp("kafka")) as server:
        yield server.address


@pytest.fixture(scope="module")
def client(elasticsearch_url: str) -> Iterator[Elasticsearch]:
    """As the engine has one; patient, for the server may be busy with other tests."""
    with connect(Connection(hosts=(elasticsearch_url,), timeout_s=120)) as client:
        yield client


@pytest.fixture
def store(client: Elasticsearch, names: Names) -> Iterator[ElasticsearchStore]:
    """On the `names` of who asks, who must have data streams there."""
    store = ElasticsearchStore(client, names)
    yield store
    store.close()
