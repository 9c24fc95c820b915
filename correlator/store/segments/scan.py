"""Columns of all records of a signal in a range of time."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from correlator.model.tables import SCHEMAS, TIME_COLUMNS
from correlator.model.unique_spans import has_double, unique_spans
from correlator.store.segments.view import View

IDENTITY = ("trace_id", "span_id")
PRECEDENCE = ("end_time_unix_nano", "attributes", "position", "row")
"""What unique_spans compares: needed only where there is a double."""


def scan(view: View, signal: str, start_unix_nano: int, end_unix_nano: int, columns: Sequence[str]) -> pa.Table:
    """The contract's scan. A span that was sent again counts once among those in the range."""
    if signal != "traces":
        return _read(view, signal, start_unix_nano, end_unix_nano, columns)
    records = _read(view, signal, start_unix_nano, end_unix_nano, _joined(columns, IDENTITY))
    if has_double(records):
        wanted = _joined(columns, (*IDENTITY, *PRECEDENCE))
        records = unique_spans(_read(view, signal, start_unix_nano, end_unix_nano, wanted))
    return records.select(list(columns))


def _read(view: View, signal: str, start: int, end: int, columns: Sequence[str]) -> pa.Table:
    time = TIME_COLUMNS[signal]
    wanted = _joined(columns, (time,))
    parts = [view.head_records(signal).select(wanted)]
    inside = [
        segment
        for segment in view.of_signal(signal)
        if segment.bounds.oldest_time < end and segment.bounds.newest_time >= start
    ]
    parts += [segment.read(wanted) for segment in inside]
    in_range = [
        part.filter(pc.and_(pc.greater_equal(part[time], start), pc.less(part[time], end)))
        for part in parts
        if part.num_rows
    ]
    table = pa.concat_tables(in_range) if in_range else SCHEMAS[signal].empty_table()
    return table.select(list(columns))


def _joined(columns: Sequence[str], more: Sequence[str]) -> list[str]:
    return list(dict.fromkeys((*columns, *more)))
