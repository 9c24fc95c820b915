"""Of each span one row is kept, whatever the order: beside a slow loop."""

from random import Random
from typing import Any

import pyarrow as pa
import pytest

from correlator.model.marks import Mark
from correlator.model.tables import SPANS
from correlator.model.unique_spans import has_double, unique_spans


def spans_of(random: Random, count: int, distinct: int) -> list[dict[str, Any]]:
    return [
        {
            "position": position,
            "row": 0,
            "marks": random.choice((0, Mark.END_BEFORE_START, Mark.RECONSTRUCTED)),
            "trace_id": bytes([random.randrange(distinct)]) * 16,
            "span_id": bytes([random.randrange(distinct)]) * 8,
            "end_time_unix_nano": random.randrange(3),
            "attributes": random.choice(("{}", '{"a":1}')),
        }
        for position in range(count)
    ]


def by_loop(rows: list[dict[str, Any]]) -> set[int]:
    """Positions of the rows to keep."""
    kept: dict[tuple[bytes, bytes], dict[str, Any]] = {}
    for row in rows:
        identity = row["trace_id"], row["span_id"]
        kept[identity] = max(kept.get(identity, row), row, key=_rank)
    return {row["position"] for row in kept.values()}


def _rank(row: dict[str, Any]) -> tuple[bool, int, str, int]:
    return not row["marks"] & Mark.RECONSTRUCTED, row["end_time_unix_nano"], row["attributes"], -row["position"]


@pytest.mark.parametrize("distinct", [1, 4, 200])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 100])
def test_it_keeps_what_the_loop_keeps(count: int, distinct: int) -> None:
    """In any order, in any number of chunks."""
    random = Random(count * 1_000 + distinct)
    rows = spans_of(random, count, distinct)
    for _ in range(5):
        random.shuffle(rows)
        cut = random.randint(0, count)
        table = pa.concat_tables([pa.Table.from_pylist(part, schema=SPANS) for part in (rows[:cut], rows[cut:])])
        kept = unique_spans(table)
        assert set(kept["position"].to_pylist()) == by_loop(rows)
        assert kept.num_rows == len(by_loop(rows))
        assert has_double(table) == (kept.num_rows < count)


def test_a_slice_is_looked_at_where_it_starts() -> None:
    """Arrow's slices share a buffer with what they were cut from."""
    rows = spans_of(Random(1), 30, 3)
    table = pa.Table.from_pylist(rows, schema=SPANS).slice(11, 12)
    assert set(unique_spans(table)["position"].to_pylist()) == by_loop(rows[11:23])
