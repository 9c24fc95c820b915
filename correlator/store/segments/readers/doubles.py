"""Which spans a sender sent again: those that are there more than once.

A segment holds each span once, so a double lies in two sources, or in the head. Traces that several sources share are told
by their indexes; span ids are read only of those.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from correlator.model.unique_spans import has_double
from correlator.store.segments.files.segment import Segment
from correlator.store.segments.files.trace_index import TraceIndex, id_words

IDENTITY: Final = ("trace_id", "span_id")
PRECEDENCE: Final = ("marks", "end_time_unix_nano", "attributes", "position", "row")
"""What model.unique_spans compares of doubles."""


def doubled_spans(segments: Sequence[Segment], recent: pa.Table) -> pa.Table:
    """The IDENTITY of each span that `segments` and `recent` hold more than once; each is named once."""
    sources = [_index_keys(segment.index) for segment in segments]
    sources += [_keys(id_words(recent["trace_id"]))]
    shared = _shared(sources)
    parts = [
        segment.take(rows, IDENTITY)
        for segment, keys in zip(segments, sources, strict=False)
        if len(rows := segment.index.rows_of(np.flatnonzero(np.isin(keys, shared)))[0])
    ]
    spans = pa.concat_tables([*parts, recent.select(IDENTITY)])
    return _repeated(spans) if has_double(spans) else spans.schema.empty_table()


def _index_keys(index: TraceIndex) -> np.ndarray:
    """A number for each trace that is the same in every source, and nearly always another for another trace."""
    if not len(index.low):
        return index.high  # never 0 then
    return _keys(np.column_stack([index.high, index.low]))


def _keys(words: np.ndarray) -> np.ndarray:
    """The first half of an id, or the second where the first is padding: (rows,)."""
    keys: np.ndarray = np.where(words[:, 0] == 0, words[:, 1], words[:, 0])
    return keys


def _shared(sources: Sequence[np.ndarray]) -> np.ndarray:
    """The keys that more than one source has, ascending."""
    keys: np.ndarray = np.sort(np.concatenate([np.unique(source) for source in sources]))
    return np.unique(keys[1:][keys[1:] == keys[:-1]])


def _repeated(spans: pa.Table) -> pa.Table:
    counts = spans.group_by(list(IDENTITY)).aggregate([([], "count_all")])
    return counts.filter(pc.greater(counts["count_all"], 1)).select(list(IDENTITY))
