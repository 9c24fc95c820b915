"""Where in the log the errors of a turn are, and until when they are the whole story. Pure, over the tables of errors_after."""

from collections.abc import Iterable, Iterator

import pyarrow as pa

from correlator.correlate.stitch import join_keys
from correlator.model.incident import WaitingTrace
from correlator.model.tables import Tables
from correlator.pipeline.watch.waiting import ErrorArrival


def arrivals_of(errors: Tables) -> list[ErrorArrival]:
    """One for each error record that has a trace."""
    columns = ("trace_id", "position", "arrival_unix_nano")
    rows = pa.concat_tables([errors.spans.select(columns), errors.logs.select(columns)]).to_pylist()
    return [
        ErrorArrival(row["trace_id"].hex(), row["position"], row["arrival_unix_nano"])
        for row in rows
        if row["trace_id"]
    ]


def keys_of(errors: Tables) -> Iterator[tuple[str, str]]:
    """(trace id, join key) of the errors that have a trace: ids only, and the trace's own, by which others link to it.

    A payload says too little: those of other stories may be the same.
    """
    carried = join_keys(errors)
    for trace_id, key in zip(carried["trace_id"].to_pylist(), carried["key"].to_pylist(), strict=True):
        if trace_id is not None and not key.startswith("payload:"):
            yield trace_id.hex(), key
            if key.startswith("trace:"):
                yield key.removeprefix("trace:"), key


def last_position(errors: Tables, position: int) -> int:
    """Of the last request read: errors_after gives whole requests."""
    return max([position, *_column(errors, "position")])


def told_until(errors: Tables, waiting: Iterable[WaitingTrace], now_unix_nano: int) -> int:
    """Until when all failures are accounted for. Quiet counts only until then: while behind, nothing is known to be over."""
    return min(
        [now_unix_nano, *_column(errors, "arrival_unix_nano")[-1:], *(each.first_arrival_unix_nano for each in waiting)]
    )


def behind_s(errors: Tables, waiting: Iterable[WaitingTrace], now_unix_nano: int) -> float:
    """Age of the oldest failure that is not accounted for, in seconds."""
    return max(0.0, (now_unix_nano - told_until(errors, waiting, now_unix_nano)) / 1e9)


def _column(errors: Tables, name: str) -> list[int]:
    """Its values over spans and logs, sorted."""
    return sorted(value for table in (errors.spans, errors.logs) for value in table.column(name).to_pylist())
