"""The records that are only in the log yet, as tables in memory, in log order."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from correlator.model.tables import NO_LOGS, NO_METRICS, NO_SPANS, Tables

FAN_IN: Final = 32
"""So many runs of one size are copied into one: a row is copied three times at most, and 131k rows are some 40 runs."""


@dataclass(frozen=True, slots=True)
class Runs:
    """Tables of one schema in the order in which they came; immutable. `levels` counts how often each was consolidated."""

    tables: tuple[pa.Table, ...] = ()
    levels: tuple[int, ...] = ()
    rows: int = 0

    def with_table(self, table: pa.Table) -> "Runs":
        if table.num_rows == 0:
            return self
        tables, levels = [*self.tables, table.combine_chunks()], [*self.levels, 0]
        while levels[-FAN_IN:] == [levels[-1]] * FAN_IN:
            level = levels[-1] + 1
            tables[-FAN_IN:] = [pa.concat_tables(tables[-FAN_IN:]).combine_chunks()]
            levels[-FAN_IN:] = [level]
        return Runs(tuple(tables), tuple(levels), self.rows + table.num_rows)


@dataclass(frozen=True, slots=True)
class HeadView:
    """What a head holds at one moment. Positions are log positions; `end` is that behind the last request."""

    end: int
    spans: Runs = Runs()
    logs: Runs = Runs()
    metrics: Runs = Runs()
    span_errors: Runs = Runs()
    log_errors: Runs = Runs()
    requests: int = 0
    rows: int = 0
    size: int = 0  # bytes in memory
    last_position: int = -1
    oldest_arrival_unix_nano: int | None = None

    def of_signal(self, signal: str) -> pa.Table:
        """All records of a signal; chunked, nothing copied."""
        runs, empty = {
            "traces": (self.spans, NO_SPANS),
            "logs": (self.logs, NO_LOGS),
            "metrics": (self.metrics, NO_METRICS),
        }[signal]
        return pa.concat_tables(runs.tables) if runs.tables else empty

    def read_trace(self, trace_id: bytes) -> Tables:
        return Tables(
            spans=_of_trace(self.spans, trace_id, NO_SPANS),
            logs=_of_trace(self.logs, trace_id, NO_LOGS),
        )

    def errors_after(self, position: int) -> Tables:
        """All errors above a log position, in log order."""
        return Tables(
            spans=_after(self.span_errors, position, NO_SPANS),
            logs=_after(self.log_errors, position, NO_LOGS),
        )


class Head:
    """Grows by one request at a time, from one thread; any thread may take its `view`, which is replaced as a whole."""

    def __init__(self, start: int) -> None:
        self.view = HeadView(end=start)

    def append(self, tables: Tables, position: int, end: int, arrival_unix_nano: int) -> None:
        """`tables` came from the request at `position`, which ends at `end`."""
        placed, view = tables.at(position), self.view
        oldest = view.oldest_arrival_unix_nano
        self.view = HeadView(
            end=end,
            spans=view.spans.with_table(placed.spans),
            logs=view.logs.with_table(placed.logs),
            metrics=view.metrics.with_table(placed.metrics),
            span_errors=view.span_errors.with_table(_errors(placed.spans)),
            log_errors=view.log_errors.with_table(_errors(placed.logs)),
            requests=view.requests + 1,
            rows=view.rows + tables.num_rows,
            size=view.size + sum(table.nbytes for table in (tables.spans, tables.logs, tables.metrics)),
            last_position=position,
            oldest_arrival_unix_nano=arrival_unix_nano if oldest is None else min(oldest, arrival_unix_nano),
        )


def _errors(table: pa.Table) -> pa.Table:
    return table.filter(table["is_error"])


def _of_trace(runs: Runs, trace_id: bytes, empty: pa.Table) -> pa.Table:
    high, low = np.frombuffer(trace_id, dtype=np.uint64)
    found = []
    for table in runs.tables:
        words = _words(table["trace_id"].chunk(0))  # (rows, 2)
        rows = np.flatnonzero((words[:, 0] == high) & (words[:, 1] == low))
        if len(rows):
            found.append(table.take(pa.array(rows)))
    matching = pa.concat_tables(found) if found else empty
    return matching.filter(pc.equal(matching["trace_id"], pa.scalar(trace_id, pa.binary(16))))  # a null has any bytes


def _words(ids: pa.Array) -> np.ndarray:
    words = np.frombuffer(ids.buffers()[1], dtype=np.uint64, count=2 * len(ids), offset=16 * ids.offset)
    return words.reshape(-1, 2)


def _after(runs: Runs, position: int, empty: pa.Table) -> pa.Table:
    found = []
    for table in reversed(runs.tables):
        positions = table["position"].to_numpy()
        first = int(np.searchsorted(positions, position, side="right"))
        found.append(table.slice(first))
        if first > 0:
            break
    return pa.concat_tables(found[::-1]) if found else empty
