"""Segments that an older program wrote: without details of scope and resource, and without dropped counts."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from correlator.model.tables import SCHEMAS
from tests.conformance.records import trace_id
from tests.unit.store.segments.segment_stores import bodies, expected, opened, put

NEW = {"scope_details", "resource_details", "dropped_counts"}


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A folder with a segment of each signal as format 2 had them: request 5, whose records have all new columns."""
    store = opened(tmp_path)
    put(store, 5)
    store.seal()
    store.close()
    (tmp_path / "format").write_text("2\n")
    for path in [*(tmp_path / "segments").rglob("*.parquet"), *(tmp_path / "segments").rglob("*.errors")]:
        table = pq.read_table(path)
        assert table.column_names == SCHEMAS[path.parent.name].names
        pq.write_table(table.drop_columns(sorted(NEW & set(table.column_names))), path)
    return tmp_path


def test_what_an_older_program_did_not_write_is_read_as_not_given(older: Path) -> None:
    """A trace, errors, a scan, and what is joined: beside records that have it."""
    store = opened(older)
    put(store, 10)
    traces = store.read_traces([trace_id(5), trace_id(10)])
    for table, signal in ((traces.spans, "traces"), (traces.logs, "logs")):
        assert table.schema == SCHEMAS[signal]
        rows = sorted(table.to_pylist(), key=lambda row: row["position"])
        assert [[row[name] is None for row in rows] for name in sorted(NEW)] == [[True, False]] * 3
    assert store.errors_after(-1, 10).logs["dropped_counts"].null_count == 1
    scanned = store.scan("metrics", 0, 2**62, ("scope_details", "name"))
    assert sorted(scanned["scope_details"].to_pylist(), key=str) == [None, '{"version":"1.2"}']
    assert scanned.column_names == ["scope_details", "name"]
    store.close()


def test_only_what_an_older_program_did_not_write_is_read_by_row(older: Path) -> None:
    """As many nulls as there are rows."""
    store = opened(older)
    with store._shelf.view() as view:
        (segment,) = [each for each in view.segments if each.bounds.signal == "traces"]
        assert segment.read_rows(range(1), ["scope_details"])["scope_details"].to_pylist() == [None]
    store.close()


def test_segments_with_and_without_are_merged(older: Path) -> None:
    """Into one with all columns: nothing is lost of either."""
    store = opened(older)
    put(store, 10)
    store.seal()
    while store.upkeep.merge_next():
        pass
    (path,) = (older / "segments" / "traces").glob("*.parquet")
    merged = pq.read_table(path)
    assert merged.column_names == SCHEMAS["traces"].names
    assert sorted(merged["dropped_counts"].to_pylist(), key=str) == [None, '{"dropped_events_count":2}']
    assert bodies(store) == expected(5, 10)
    store.close()


def test_an_index_is_made_anew_of_an_older_segment(older: Path) -> None:
    """Which reads all of its columns."""
    for path in (older / "segments").rglob("*.keys"):
        path.unlink()
    store = opened(older)
    assert store.read_traces([trace_id(5)]).spans.num_rows == 1
    store.close()
