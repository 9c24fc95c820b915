"""The records of some traces: one look at each head, one search of each segment's index for all of them."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from correlator.model.tables import SCHEMAS, Tables
from correlator.model.unique_spans import unique_spans
from correlator.store.segments.files.trace_index import id_words
from correlator.store.segments.view import View


def read_traces(view: View, trace_ids: Sequence[bytes]) -> Tables:
    """The contract's read_traces."""
    spans = records_of(view, "traces", trace_ids, SCHEMAS["traces"].names)
    return Tables(spans=unique_spans(spans), logs=records_of(view, "logs", trace_ids, SCHEMAS["logs"].names))


def records_of(view: View, signal: str, trace_ids: Sequence[bytes], columns: Sequence[str]) -> pa.Table:
    """These columns, `trace_id` among them, of all records of the traces; a span that was sent again is there again."""
    wanted = pa.array(sorted(set(trace_ids)), pa.binary(16))
    parts = [_of_traces(view.head_records(signal), wanted).select(list(columns))]
    words = id_words(pa.chunked_array([wanted]))
    for segment in view.of_signal(signal):
        there = segment.index.locate(words[:, 0], words[:, 1])
        rows, _ = segment.index.rows_of(np.unique(there[there >= 0]))
        if len(rows):
            parts.append(_of_traces(segment.take(rows, columns), wanted))
    return pa.concat_tables(parts)


def _of_traces(records: pa.Table, trace_ids: pa.Array) -> pa.Table:
    """Only whole ids count: an index may know but their first halves."""
    return records.filter(pc.is_in(records["trace_id"], value_set=trace_ids))
