"""Segments as they lie in the data folder: for any tool to read, and for a list that runs over several."""

from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from correlator.store.contract import TraceQuery
from correlator.store.segments import SegmentStore
from tests.conformance.records import frame_of, span, tables, trace_id
from tests.unit.store.segments.segment_stores import put


def test_segments_are_plain_parquet(store: SegmentStore, tmp_path: Path) -> None:
    """Any tool reads them: a glob finds each record once."""
    put(store, 1, 2)
    put(store, 3)
    store.seal()
    rows = duckdb.sql(f"SELECT name, service_name FROM '{tmp_path}/segments/traces/*.parquet' ORDER BY name").fetchall()
    assert rows == [(f"GET /{n}", "bridge-api") for n in (1, 2, 3)]


def test_segments_use_encodings_that_every_reader_knows(store: SegmentStore, tmp_path: Path) -> None:
    """Those of DuckDB 1.1, which knows BYTE_STREAM_SPLIT for floats alone."""
    put(store, *range(20))
    store.seal()
    footers = [pq.read_metadata(path).to_dict() for path in (tmp_path / "segments").rglob("*.parquet")]
    columns = [column for footer in footers for group in footer["row_groups"] for column in group["columns"]]
    encodings = {encoding for column in columns for encoding in column["encodings"]}
    assert len(footers) == 3
    assert encodings <= {"PLAIN", "RLE", "RLE_DICTIONARY", "DELTA_BINARY_PACKED"}


def test_a_deep_cursor_skips_no_trace_that_continues(store: SegmentStore) -> None:
    """A trace with late spans in a newer segment is listed by its true start."""
    early, late = trace_id(1), trace_id(2)
    for trace, number in ((early, 1), (late, 50), (early, 90), (early, 95)):
        records = tables([span(trace, number)])
        store.append(frame_of(records), records).result(timeout=30)
        store.seal()
    first = store.find_traces(TraceQuery(limit=1))
    second = store.find_traces(TraceQuery(limit=1, cursor=first.next_cursor))
    assert [page.traces[0].trace_id for page in (first, second)] == [late.hex(), early.hex()]
    assert second.traces[0].spans == 3
    assert second.next_cursor is None
