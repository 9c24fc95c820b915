"""Spans that were sent again are found wherever they lie, and only those."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest

from correlator.model.tables import NO_SPANS
from correlator.store.segments.disk import Disk
from correlator.store.segments.files.segment import Segment
from correlator.store.segments.head import Head
from correlator.store.segments.readers.doubles import doubled_spans
from correlator.store.segments.upkeep.sealer import seal
from tests.conformance.records import span, tables

IDS: dict[str, Callable[[Random], bytes]] = {
    "random": lambda random: random.randbytes(16),
    "padded": lambda random: bytes(8) + random.randbytes(8),
    "shared": lambda random: random.choice((b"\x00" * 8, b"\x80" * 8)) + random.randbytes(8),
}


def sources(folder: Path, kind: str, repeats: int) -> list[pa.Table]:
    """Spans of some traces, dealt to four sources; `repeats` of them come again in any of these."""
    random = Random(repeats)
    traces = [IDS[kind](random) for _ in range(40)]
    spans = [span(random.choice(traces), number) for number in range(200)]
    dealt = [spans[start::4] for start in range(4)]
    for again in random.sample(spans, repeats):
        random.choice(dealt).append(again)
    return [tables(part).spans for part in dealt]


def sealed(folder: Path, number: int, spans: pa.Table) -> Segment:
    (folder / "traces").mkdir(exist_ok=True)
    head = Head(number)
    head.append(tables(spans.to_pylist()), number, number + 1, 0)
    return Segment(folder, seal(folder, Disk(), head.view, number)[0])


@pytest.mark.parametrize("kind", IDS)
@pytest.mark.parametrize("repeats", [0, 1, 60])
def test_doubles_are_found_in_segments_and_head(tmp_path: Path, kind: str, repeats: int) -> None:
    """The same as counting them all; a repeat within what became one segment is none any more."""
    *before, recent = sources(tmp_path, kind, repeats)
    segments = [sealed(tmp_path, number, spans) for number, spans in enumerate(before)]
    held = pa.concat_tables([*(segment.read() for segment in segments), recent])
    counts = Counter(zip(held["trace_id"].to_pylist(), held["span_id"].to_pylist(), strict=True))
    found = doubled_spans(segments, recent)
    assert sorted(zip(*found.to_pydict().values(), strict=True)) == sorted(one for one in counts if counts[one] > 1)


def test_nothing_has_no_doubles() -> None:
    """The columns are there all the same."""
    assert doubled_spans([], NO_SPANS).column_names == ["trace_id", "span_id"]
