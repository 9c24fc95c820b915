"""Errors above a log position, a page at a time: what the watch asks for every second.

Segments keep a copy of their errors by position, heads too, and bounds tell where the last one is: with nothing new no file
is opened.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from correlator.model.tables import SCHEMAS, Tables
from correlator.store.error_page import whole_requests
from correlator.store.segments.view import View

SIGNALS = ("traces", "logs")


def errors_after(view: View, position: int, limit: int) -> Tables:
    """The contract's errors_after."""
    spans, spans_end = _collected(view, "traces", position, limit)
    logs, logs_end = _collected(view, "logs", position, limit)
    end = min(spans_end, logs_end)
    return whole_requests(_below(spans, end), _below(logs, end), limit=limit)


def _collected(view: View, signal: str, position: int, limit: int) -> tuple[pa.Table, float]:
    """Enough errors for a page, and the position below which they are all that there are."""
    tables: list[pa.Table] = []
    for table in _in_log_order(view, signal, position, limit):
        tables.append(table)
        last = table["position"][-1].as_py()
        complete = sum(pc.sum(pc.less(one["position"], last)).as_py() for one in tables)
        if complete > limit:
            return pa.concat_tables(tables), last
    return (pa.concat_tables(tables) if tables else SCHEMAS[signal].empty_table()), np.inf


def _in_log_order(view: View, signal: str, position: int, limit: int) -> Iterator[pa.Table]:
    for segment in view.of_signal(signal):
        after, is_all = position, segment.bounds.last_error_position <= position
        while not is_all:
            table, is_all = segment.errors_after(after, limit)
            if not is_all:  # its last request may go on in the next row group
                last = table["position"][-1].as_py()
                table, after = table.filter(pc.less(table["position"], last)), last - 1
            yield table
    for head in view.heads:
        errors = head.errors_after(position)
        table = errors.spans if signal == "traces" else errors.logs
        if table.num_rows:
            yield table


def _below(table: pa.Table, end: float) -> pa.Table:
    return table if end == np.inf else table.filter(pc.less(table["position"], int(end)))
