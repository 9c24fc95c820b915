"""A store to use up."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from correlator.store.segments import SegmentStore
from tests.unit.store.segments.segment_stores import opened


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SegmentStore]:
    store = opened(tmp_path)
    yield store
    store.close()
