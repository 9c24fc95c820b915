"""Columns of all records of a signal in a range of time."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from correlator.model.tables import SCHEMAS, TIME_COLUMNS
from correlator.model.unique_spans import unique_spans
from correlator.store.segments.readers.doubles import IDENTITY, PRECEDENCE, doubled_spans
from correlator.store.segments.view import View


def scan(view: View, signal: str, start_unix_nano: int, end_unix_nano: int, columns: Sequence[str]) -> pa.Table:
    """The contract's scan. A span that was sent again counts once among those in the range."""
    inside = view.within(signal, start_unix_nano, end_unix_nano)
    if signal != "traces" or doubled_spans(inside.of_signal(signal), inside.head_records(signal)).num_rows == 0:
        return _read(inside, signal, start_unix_nano, end_unix_nano, columns)
    wanted = _joined(columns, (*IDENTITY, *PRECEDENCE))
    return unique_spans(_read(inside, signal, start_unix_nano, end_unix_nano, wanted)).select(list(columns))


def _read(view: View, signal: str, start: int, end: int, columns: Sequence[str]) -> pa.Table:
    time = TIME_COLUMNS[signal]
    wanted = _joined(columns, (time,))
    parts = [view.head_records(signal).select(wanted)]
    parts += [segment.read(wanted) for segment in view.of_signal(signal)]
    in_range = [
        part.filter(pc.and_(pc.greater_equal(part[time], start), pc.less(part[time], end)))
        for part in parts
        if part.num_rows
    ]
    table = pa.concat_tables(in_range) if in_range else SCHEMAS[signal].empty_table()
    return table.select(list(columns))


def _joined(columns: Sequence[str], more: Sequence[str]) -> list[str]:
    return list(dict.fromkeys((*columns, *more)))
