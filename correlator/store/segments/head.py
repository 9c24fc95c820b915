"""The records that are only in the log yet, as tables in memory, in log order."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from correlator.model.tables import NONE_OF, Tables
from correlator.store.segments.files.key_index import KeyIndex, key_entries, key_index_of

FAN_IN: Final = 32
"""So many runs of one size are copied into one: a row is copied three times at most, and 131k rows are some 40 runs."""


@dataclass(frozen=True)
class Run:
    """A table in one chunk, in log order; `level` counts how often its rows were copied."""

    signal: str
    table: pa.Table
    level: int = 0

    @cached_property
    def keys(self) -> KeyIndex:
        """Made when it is first asked for: most requests are sealed before anybody asks."""
        return key_index_of([key_entries(self.signal, self.table, 0)])


@dataclass(frozen=True, slots=True)
class Runs:
    """Tables of one signal in the order in which they came; immutable."""

    signal: str
    each: tuple[Run, ...] = ()
    rows: int = 0

    @property
    def tables(self) -> list[pa.Table]:
        return [run.table for run in self.each]

    def with_table(self, table: pa.Table) -> "Runs":
        if table.num_rows == 0:
            return self
        runs = [*self.each, Run(self.signal, table.combine_chunks())]
        while len(runs) >= FAN_IN and all(run.level == runs[-1].level for run in runs[-FAN_IN:]):
            joined = pa.concat_tables([run.table for run in runs[-FAN_IN:]]).combine_chunks()
            runs[-FAN_IN:] = [Run(self.signal, joined, runs[-1].level + 1)]
        return Runs(self.signal, tuple(runs), self.rows + table.num_rows)


@dataclass(frozen=True, slots=True)
class HeadView:
    """What a head holds at one moment. Positions are log positions; `end` is that behind the last request."""

    end: int
    spans: Runs = Runs("traces")
    logs: Runs = Runs("logs")
    metrics: Runs = Runs("metrics")
    span_errors: Runs = Runs("traces")
    log_errors: Runs = Runs("logs")
    requests: int = 0
    rows: int = 0
    size: int = 0  # bytes in memory
    last_position: int = -1
    oldest_arrival_unix_nano: int | None = None

    def of_signal(self, signal: str) -> pa.Table:
        """All records of a signal; chunked, nothing copied."""
        return _joined(signal, [run.table for run in self.runs_of(signal)])

    def runs_of(self, signal: str) -> tuple[Run, ...]:
        """The same in the tables in which they lie."""
        return {"traces": self.spans, "logs": self.logs, "metrics": self.metrics}[signal].each

    def read_trace(self, trace_id: bytes) -> Tables:
        return Tables(
            spans=_of_trace(self.spans, trace_id),
            logs=_of_trace(self.logs, trace_id),
        )

    def errors_after(self, position: int) -> Tables:
        """All errors above a log position, in log order."""
        return Tables(
            spans=_after(self.span_errors, position),
            logs=_after(self.log_errors, position),
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


def _of_trace(runs: Runs, trace_id: bytes) -> pa.Table:
    high, low = np.frombuffer(trace_id, dtype=np.uint64)
    found = []
    for table in runs.tables:
        words = _words(table["trace_id"].chunk(0))  # (rows, 2)
        rows = np.flatnonzero((words[:, 0] == high) & (words[:, 1] == low))
        if len(rows):
            found.append(table.take(pa.array(rows)))
    matching = _joined(runs.signal, found)
    return matching.filter(pc.equal(matching["trace_id"], pa.scalar(trace_id, pa.binary(16))))  # a null has any bytes


def _words(ids: pa.Array) -> np.ndarray:
    words = np.frombuffer(ids.buffers()[1], dtype=np.uint64, count=2 * len(ids), offset=16 * ids.offset)
    return words.reshape(-1, 2)


def _after(runs: Runs, position: int) -> pa.Table:
    found = []
    for table in reversed(runs.tables):
        positions = table["position"].to_numpy()
        first = int(np.searchsorted(positions, position, side="right"))
        found.append(table.slice(first))
        if first > 0:
            break
    return _joined(runs.signal, found[::-1])


def _joined(signal: str, tables: list[pa.Table]) -> pa.Table:
    return pa.concat_tables(tables) if tables else NONE_OF[signal]
