"""The stores that the suite runs on, how records get into them, and what is asked of all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

from correlator.model.tables import Tables
from correlator.store.contract import Store, TraceQuery, TraceSummary
from correlator.store.memory import MemoryStore
from correlator.store.segments import SegmentStore
from tests.conformance.on_elasticsearch import on_elasticsearch
from tests.conformance.records import T0, decode, frame_of

Open = Callable[[Path], Store]
Settle = Callable[[Store], None]


def _memory(folder: Path) -> Store:
    return MemoryStore()


def _segments(folder: Path) -> Store:
    return SegmentStore(folder, decode, upkeep_interval_s=None, merge_fan_in=2)


def leave(store: Store) -> None:
    """Records stay where they came in."""


def _seal(store: Store) -> None:
    assert isinstance(store, SegmentStore)
    store.seal()


def _merge(store: Store) -> None:
    assert isinstance(store, SegmentStore)
    store.seal()
    while store.upkeep.merge_next():
        pass


STORES: dict[str, tuple[Open, Settle]] = {
    "memory": (_memory, leave),
    "segments_in_head": (_segments, leave),
    "segments_sealed": (_segments, _seal),
    "segments_merged": (_segments, _merge),
    "elasticsearch": (on_elasticsearch, leave),
}


def put(store: Store, settle: Settle, records: Tables, arrival: int = T0) -> int:
    """The position of a request, durable and settled."""
    position = store.append(frame_of(records, arrival), records).result(timeout=30)
    settle(store)
    return position


def rows(table: pa.Table) -> list[dict[str, Any]]:
    """In log order."""
    return sorted(table.to_pylist(), key=lambda row: (row["position"], row["row"]))


def query_fields(query: TraceQuery) -> dict[str, Any]:
    return {name: getattr(query, name) for name in query.__slots__}


def all_pages(store: Store, query: TraceQuery, limit: int) -> list[TraceSummary]:
    """What following the cursors gives."""
    found: list[TraceSummary] = []
    cursor: str | None = None
    while True:
        page = store.find_traces(TraceQuery(**{**query_fields(query), "limit": limit, "cursor": cursor}))
        assert len(page.traces) <= limit
        found += page.traces
        cursor = page.next_cursor
        if cursor is None:
            return found
