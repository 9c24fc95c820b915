"""Times that cannot be right: such records are kept and marked, and times that are missing are filled in.

Pure: tables in, tables with the same records out.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from correlator.model.limits import Limits
from correlator.model.marks import Mark
from correlator.model.tables import Tables

INT64_MAX: Final = 2**63 - 1  # what a time stands at that int64 cannot hold
NANOS_PER_S: Final = 1_000_000_000

Times = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def admit(tables: Tables, limits: Limits) -> Tables:
    """`tables` with the time marks of model.marks set beside those already there.

    A span without an end ends when it starts, and the other way round. Where no time is given at all, that of arrival
    stands in; for a log record first the time at which it was observed. A metric's start may be as old as its sender.
    """
    window = _Window.around_arrival(limits)
    return Tables(
        _admit_spans(tables.spans, window), _admit_logs(tables.logs, window), _admit_metrics(tables.metrics, window)
    )


@dataclass(frozen=True, slots=True)
class _Window:
    """How far from arrival a time may be, unix nanoseconds."""

    past_nano: int
    future_nano: int

    @classmethod
    def around_arrival(cls, limits: Limits) -> "_Window":
        past, future = (min(skew_s * NANOS_PER_S, INT64_MAX) for skew_s in (limits.past_skew_s, limits.future_skew_s))
        return cls(int(past), int(future))

    def holds(self, starts: Times, ends: Times, arrivals: Times) -> bool:
        """Whether all times are given, in order and near enough: as most requests are, told at a third of the cost."""
        earliest, latest = starts.min(), ends.max()
        return bool(
            earliest > 0
            and latest < INT64_MAX
            and arrivals.max() - earliest <= self.past_nano
            and latest - arrivals.min() <= self.future_nano
            and (starts <= ends).all()
        )

    def excludes(self, times: Times, arrivals: Times) -> Flags:
        ahead = times - arrivals  # neither is negative: no overflow
        return np.asarray((ahead > self.future_nano) | (ahead < -self.past_nano) | (times == INT64_MAX))


def _admit_spans(spans: pa.Table, window: _Window) -> pa.Table:
    if not spans.num_rows:
        return spans
    arrivals, starts, ends = (
        _column(spans, name) for name in ("arrival_unix_nano", "start_time_unix_nano", "end_time_unix_nano")
    )
    if window.holds(starts, ends, arrivals):
        return spans
    is_incomplete = (starts == 0) | (ends == 0)
    given = np.where(starts == 0, ends, starts)
    filled_starts = np.where(given == 0, arrivals, given)
    filled_ends = np.where(ends == 0, filled_starts, ends)
    marks = _bits(Mark.NO_TIME, is_incomplete) | _bits(Mark.END_BEFORE_START, filled_ends < filled_starts)
    marks |= _bits(
        Mark.TIME_OUT_OF_RANGE, window.excludes(filled_starts, arrivals) | window.excludes(filled_ends, arrivals)
    )
    return _with(spans, marks, {"start_time_unix_nano": filled_starts, "end_time_unix_nano": filled_ends})


def _admit_logs(logs: pa.Table, window: _Window) -> pa.Table:
    if not logs.num_rows:
        return logs
    arrivals, times, observed = (
        _column(logs, name) for name in ("arrival_unix_nano", "time_unix_nano", "observed_time_unix_nano")
    )
    given = np.where(times == 0, observed, times)
    filled = np.where(given == 0, arrivals, given)
    is_out_of_range = window.excludes(filled, arrivals) | (observed == INT64_MAX)
    marks = _bits(Mark.NO_TIME, times == 0) | _bits(Mark.TIME_OUT_OF_RANGE, is_out_of_range)
    return _with(logs, marks, {"time_unix_nano": filled})


def _admit_metrics(metrics: pa.Table, window: _Window) -> pa.Table:
    if not metrics.num_rows:
        return metrics
    arrivals, times, starts = (
        _column(metrics, name) for name in ("arrival_unix_nano", "time_unix_nano", "start_time_unix_nano")
    )
    filled = np.where(times == 0, arrivals, times)
    is_out_of_range = window.excludes(filled, arrivals) | (starts == INT64_MAX)
    marks = _bits(Mark.NO_TIME, times == 0) | _bits(Mark.TIME_OUT_OF_RANGE, is_out_of_range)
    return _with(metrics, marks, {"time_unix_nano": filled})


def _column(table: pa.Table, name: str) -> Times:
    return np.asarray(table.column(name).to_numpy(), dtype=np.int64)


def _bits(mark: Mark, is_marked: Flags) -> npt.NDArray[np.int32]:
    return np.where(is_marked, np.int32(mark), np.int32(0))


def _with(table: pa.Table, marks: npt.NDArray[np.int32], times: dict[str, Times]) -> pa.Table:
    marked = marks | table.column("marks").to_numpy()
    for name, values in {"marks": marked, **times}.items():
        index = table.schema.get_field_index(name)
        field = table.schema.field(index)
        table = table.set_column(index, field, pa.array(values, field.type))
    return table
