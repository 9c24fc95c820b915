"""The few columns of spans that a list of traces is made of, from the index's columns instead of whole documents.

Documents lie compressed in blocks: a thousand of them, from all over the index, take hundreds of milliseconds; their columns
a few. Only where a span is there in two versions, or its name is none that the index keeps, are whole documents read.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from correlator.elasticsearch.documents import Hit
from correlator.model.tables import SPANS
from correlator.model.unique_spans import has_double, unique_spans
from correlator.store.elasticsearch.queries import (
    DURATION,
    IS_ERROR,
    NAME,
    REQUEST,
    SERVICE,
    SPAN_ID,
    SYSTEM,
    TIME,
    TRACE_ID,
    one_of,
)
from correlator.store.elasticsearch.readers.record_search import RecordSearch
from correlator.store.trace_summary import SUMMARY_COLUMNS

FIELDS: Final = (TRACE_ID, SPAN_ID, NAME, DURATION, IS_ERROR, SERVICE, SYSTEM, REQUEST)
COLUMNS_ONLY: Final[dict[str, Any]] = {"source": False, "stored_fields": "_none_", "docvalue_fields": list(FIELDS)}
BY_TIME: Final = [{TIME: "asc"}]
"""So that each hit comes with its time as a number of nanoseconds."""
MOST: Final = 10_000
"""Hits without paging; traces with more spans together are read as whole documents."""
SCHEMA: Final = pa.schema([SPANS.field(name) for name in SUMMARY_COLUMNS])


def span_outlines(records: RecordSearch, trace_ids: Collection[str]) -> pa.Table:
    """All spans of these traces that are kept, each once, with SUMMARY_COLUMNS."""
    hits = records.first(("traces",), one_of(TRACE_ID, trace_ids), MOST, BY_TIME, **COLUMNS_ONLY)
    if len(hits) < MOST and all(map(_is_whole, hits)):
        kept = records.positions_of({hit.fields[REQUEST][0] for hit in hits})
        outlines = _table([hit for hit in hits if hit.fields[REQUEST][0] in kept])
        if not has_double(outlines):
            return outlines
    return unique_spans(records.records(("traces",), one_of(TRACE_ID, trace_ids)).spans).select(SUMMARY_COLUMNS)


def _is_whole(hit: Hit) -> bool:
    return hit.fields.keys() >= set(FIELDS) and hit.sort[0] is not None


def _table(hits: Sequence[Hit]) -> pa.Table:
    def column(field: str) -> list[Any]:
        return [hit.fields[field][0] for hit in hits]

    starts = pa.array([hit.sort[0] for hit in hits], pa.int64())
    columns = {
        "trace_id": [bytes.fromhex(each) for each in column(TRACE_ID)],
        "span_id": [bytes.fromhex(each) for each in column(SPAN_ID)],
        "name": column(NAME),
        "start_time_unix_nano": starts,
        "end_time_unix_nano": pc.add(starts, pa.array(column(DURATION), pa.int64())),
        "is_error": column(IS_ERROR),
        "service_name": column(SERVICE),
        "system": column(SYSTEM),
    }
    return pa.table({name: pa.array(columns[name], SCHEMA.field(name).type) for name in SUMMARY_COLUMNS}, SCHEMA)
