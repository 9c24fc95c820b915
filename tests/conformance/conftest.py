"""Each test of the suite runs on every kind of store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from correlator.store.contract import Store
from tests.conformance.stores import STORES, Open, Settle


@pytest.fixture(params=STORES)
def kind(request: pytest.FixtureRequest) -> tuple[Open, Settle]:
    return STORES[request.param]


@pytest.fixture
def store(kind: tuple[Open, Settle], tmp_path: Path) -> Iterator[Store]:
    store = kind[0](tmp_path)
    yield store
    store.close()


@pytest.fixture
def settle(kind: tuple[Open, Settle]) -> Settle:
    """Brings what was appended to where this kind of store keeps it: called after each append."""
    return kind[1]
