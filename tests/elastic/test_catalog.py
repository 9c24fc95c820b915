"""The contract's Catalog on a real Elasticsearch: the conformance suite's own tests."""

from collections.abc import Iterator

import pytest

from correlator.elasticsearch import Names
from tests.conformance.test_catalog import *  # noqa: F403
from tests.elastic.plain_indices import ConcludingStore, client_of, emptied, plain_indices


@pytest.fixture(scope="module")
def names(elasticsearch_url: str) -> Iterator[Names]:
    with plain_indices(elasticsearch_url) as names:
        yield names


@pytest.fixture
def store(elasticsearch_url: str, names: Names) -> Iterator[ConcludingStore]:
    """In place of the suite's own fixture."""
    with client_of(elasticsearch_url) as client:
        emptied(client, names)
        yield ConcludingStore(client, names)
