"""One Elasticsearch and one Kafka for all tests of a run, unless the environment names others. Each test has names of its own."""

import os
from collections.abc import Iterator

import pytest

from tests.e2e.jvm_peers import (
    ELASTICSEARCH_VARIABLE,
    KAFKA_VARIABLE,
    WHY_NO_ELASTICSEARCH,
    WHY_NO_KAFKA,
    own_elasticsearch,
    own_kafka,
)
from tests.e2e.peers import scripts


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
def kafka_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """host:port of the Kafka for tests."""
    if given := os.environ.get(KAFKA_VARIABLE):
        yield given
        return
    if scripts() is None:
        pytest.skip(WHY_NO_KAFKA)
    with own_kafka(tmp_path_factory.mktemp("kafka")) as server:
        yield server.address
