"""The trace index finds what a look at every row finds."""

from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
import pytest

from correlator.errors import StoreError
from correlator.store.segments.files.trace_index import id_words, index_of, read_index


def ids_of(kind: str, random: Random, count: int) -> list[bytes]:
    """Whole random ids, ids of 64 bits padded with zeros, ids that share their first half."""
    make = {
        "random": lambda: random.randbytes(16),
        "padded": lambda: bytes(8) + random.randbytes(8),
        "shared": lambda: random.choice((b"\x00" * 8, b"\x80" * 8, b"\xff" * 8)) + random.randbytes(8),
    }[kind]
    return [make() for _ in range(count)]


@pytest.mark.parametrize("kind", ["random", "padded", "shared"])
@pytest.mark.parametrize("count", [0, 1, 40])
def test_rows_of_each_trace_are_found(tmp_path: Path, kind: str, count: int) -> None:
    """In memory and from the file, in however many parts the column came, with rows that have no trace behind."""
    random = Random(count)
    traces = sorted(ids_of(kind, random, count))
    column = [trace for trace in traces for _ in range(random.randint(1, 4))]
    parts = [column[: len(column) // 3], column[len(column) // 3 :] + [None] * 3]
    index = index_of([pa.chunked_array([part], pa.binary(16)) for part in parts])
    (tmp_path / "index").write_bytes(index.encode())
    for found in (index, read_index(tmp_path / "index")):
        for trace in traces:
            assert [row for row, one in enumerate(column) if one == trace] == list(found.find(trace))
        for stranger in ids_of(kind, random, 20):
            assert not found.find(stranger)
        assert found.rows == len(column)


@pytest.mark.parametrize("kind", ["random", "padded", "shared"])
def test_many_are_located_as_each_alone(kind: str) -> None:
    """Known and unknown ids together; a trace's rows come back in order."""
    random = Random(4)
    traces = sorted(ids_of(kind, random, 50))
    column = [trace for trace in traces for _ in range(random.randint(1, 3))]
    index = index_of([pa.chunked_array([column], pa.binary(16))])
    asked = random.sample(traces, 20) + ids_of(kind, random, 20)
    words = id_words(pa.chunked_array([asked], pa.binary(16)))
    found = index.locate(words[:, 0], words[:, 1])
    assert found.tolist() == [traces.index(trace) if trace in traces else -1 for trace in asked]
    rows, starts = index.rows_of(found[found >= 0])
    expected = [[row for row, one in enumerate(column) if one == trace] for trace in asked if trace in traces]
    assert [group.tolist() for group in np.split(rows, starts[1:])] == expected


def test_the_second_half_is_kept_only_where_it_is_needed() -> None:
    """Twelve bytes a trace for random ids."""
    sizes = {
        kind: len(index_of([pa.chunked_array([sorted(ids_of(kind, Random(1), 1_000))], pa.binary(16))]).encode())
        for kind in ("random", "padded")
    }
    assert sizes["random"] < 12 * 1_000 + 50 < sizes["padded"]


@pytest.mark.parametrize(
    "damage", [lambda content: content[:-1], lambda content: content[:-1] + b"\xee", lambda _: b""]
)
def test_a_damaged_file_is_refused(tmp_path: Path, damage: object) -> None:
    """Cut, changed or empty: named, with the remedy."""
    content = index_of([pa.chunked_array([[b"a" * 16]], pa.binary(16))]).encode()
    assert callable(damage)
    (tmp_path / "index").write_bytes(damage(content))
    with pytest.raises(StoreError, match="made anew"):
        read_index(tmp_path / "index")
