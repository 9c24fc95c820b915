"""DuckDB within its bounds: from any thread, out of memory, after a crash."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest

from correlator.errors import StoreError, Unavailable
from correlator.store.segments.readers import query_engine
from correlator.store.segments.readers.query_engine import QueryEngine


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[QueryEngine]:
    engine = QueryEngine(tmp_path / "spill")
    yield engine
    engine.close()


def test_threads_do_not_see_each_other_s_tables(engine: QueryEngine) -> None:
    """The same name means another table in each query."""

    def total(number: int) -> int:
        table = pa.table({"value": [number] * 1_000})
        answer = engine.query("SELECT sum(value) + $more AS total FROM given", {"given": table}, {"more": 1})
        return int(answer["total"][0].as_py())

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(total, range(40))) == [1_000 * number + 1 for number in range(40)]


def test_a_query_past_memory_and_disk_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller is told what to do, and smaller queries go on."""
    monkeypatch.setattr(query_engine, "MEMORY_BYTES", 2**24)
    monkeypatch.setattr(query_engine, "SPILL_BYTES", 0)
    engine = QueryEngine(tmp_path / "spill")
    with pytest.raises(Unavailable, match="shorter range"):
        engine.query("SELECT count(*) FROM (SELECT DISTINCT hash(range) FROM range(5000000))", {}, {})
    assert engine.query("SELECT 1 AS one", {}, {}).to_pydict() == {"one": [1]}
    engine.close()


def test_a_missing_file_is_a_store_error(engine: QueryEngine, tmp_path: Path) -> None:
    """The driver's error comes as ours."""
    with pytest.raises(StoreError, match="none"):
        engine.query("SELECT * FROM read_parquet($files)", {}, {"files": [str(tmp_path / "none.parquet")]})


def test_what_a_crash_left_is_removed(engine: QueryEngine, tmp_path: Path) -> None:
    """A large query's temporary files, when the next engine opens or closes."""
    (tmp_path / "spill").mkdir()
    (tmp_path / "spill" / "left.tmp").write_bytes(b"left")
    engine.query("SELECT 1", {}, {})
    assert not (tmp_path / "spill" / "left.tmp").exists()
    engine.close()
    assert not (tmp_path / "spill").exists()
