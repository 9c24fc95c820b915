"""Burn rates from minute sums, beside DuckDB on raw rows and on the same sums, in one run: python -m tests.benchmarks.slo.

Sloth's eight windows of many objectives with 30 days of events. Every answer is compared before it counts. Times are CPU
seconds of this process, all threads: a machine that others use tells no other.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from rich.console import Console
from rich.table import Table

from correlator.slo.alerting import alerts_over
from correlator.slo.burn_rate import burn_rates
from correlator.slo.minute_series import SeriesSums, minute_series
from tests.unit.slo.series import objective

FIRST_MINUTE = 29_000_000
WINDOW_MINUTES = (5, 30, 60, 120, 360, 1_440, 4_320, 43_200)
OBJECTIVE = objective(0.999)
T = TypeVar("T")
Counts = npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Minute sums of one objective, as a ledger keeps them. (minutes,)"""

    good: Counts
    total: Counts


def main() -> None:
    """Make histories, ask all of them every way, print CPU times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slos", type=int, default=1_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--events-per-minute", type=float, default=0.5, help="median; a tenth to ten times of it")
    given = parser.parse_args()
    minutes = given.days * 1_440
    histories = list(made(given.slos, minutes, given.events_per_minute))
    end = FIRST_MINUTE + minutes
    database = duckdb.connect()
    events = fill(database, histories)
    replayed_too = histories[:50]

    ours, ours_s = timed(lambda: np.vstack([rates(window_sums(each), end) for each in histories]))
    raw, raw_s = timed(lambda: by_duckdb(database, RAW, end))
    sums, sums_s = timed(lambda: by_duckdb(database, SUMS, end))
    _, replay_s = timed(lambda: [replayed(window_sums(each), minutes) for each in replayed_too])
    for other in (raw, sums):
        np.testing.assert_allclose(ours, other, rtol=1e-9, equal_nan=True)

    table = Table(
        "way", "CPU ms an SLO", "times ours", title=f"{given.slos:,} SLOs, {events:,} events, {given.days} days"
    )
    for name, seconds, slos in (
        ("now, from minute sums", ours_s, given.slos),
        ("four alert windows at every minute (backtest)", replay_s, len(replayed_too)),
        ("DuckDB on raw rows", raw_s, given.slos),
        ("DuckDB on minute sums", sums_s, given.slos),
    ):
        each = seconds / slos
        table.add_row(name, f"{each * 1e3:.3f}", f"{each / (ours_s / given.slos):.2f}")
    Console().print(table)


def made(slos: int, minutes: int, median: float) -> Iterator[History]:
    """Uneven traffic, by day and by objective; 0.2 % of events fail."""
    random = np.random.default_rng(1)
    by_day = 1.0 + 0.9 * np.sin(np.arange(minutes) * (2 * np.pi / 1_440))
    for _ in range(slos):
        total = random.poisson(median * 10 ** random.uniform(-1, 1) * by_day).astype(np.uint16)
        yield History(random.binomial(total, 0.998).astype(np.uint16), total)


def fill(database: duckdb.DuckDBPyConnection, histories: list[History]) -> int:
    """One row an event, and one row a minute with events; how many events."""
    database.execute("CREATE TABLE events (slo SMALLINT, minute INTEGER, is_good BOOLEAN)")
    database.execute("CREATE TABLE minutes (slo SMALLINT, minute INTEGER, good INTEGER, total INTEGER)")
    for slo, history in enumerate(histories):
        places = np.flatnonzero(history.total)
        good, total = history.good[places].astype(np.int32), history.total[places].astype(np.int32)
        minute = (FIRST_MINUTE + places).astype(np.int32)
        sums = pa.table({"minute": minute, "good": good, "total": total})
        rank = np.arange(total.sum()) - np.repeat(np.cumsum(total) - total, total)
        events = pa.table({"minute": np.repeat(minute, total), "is_good": rank < np.repeat(good, total)})
        database.register("sums", sums)
        database.register("rows", events)
        database.execute("INSERT INTO minutes SELECT ?, minute, good, total FROM sums", [slo])
        database.execute("INSERT INTO events SELECT ?, minute, is_good FROM rows", [slo])
    return int(database.execute("SELECT count(*) FROM events").fetchall()[0][0])


RAW = "count(*) FILTER (WHERE minute >= {begin} AND NOT is_good) / nullif(count(*) FILTER (WHERE minute >= {begin}), 0)"
SUMS = "sum(total - good) FILTER (WHERE minute >= {begin}) / sum(total) FILTER (WHERE minute >= {begin})"


def by_duckdb(database: duckdb.DuckDBPyConnection, ratio: str, end: int) -> npt.NDArray[np.float64]:
    """Burn rates, (SLOs, windows)."""
    columns = ", ".join(
        f"{ratio.format(begin=end - size)} / {OBJECTIVE.error_budget} AS w{size}" for size in WINDOW_MINUTES
    )
    name = "events" if ratio is RAW else "minutes"
    found = database.execute(
        f"SELECT {columns} FROM {name} WHERE minute < {end} GROUP BY slo ORDER BY slo"
    ).fetchnumpy()
    return np.column_stack([np.ma.filled(found[f"w{size}"].astype(np.float64), np.nan) for size in WINDOW_MINUTES])


def window_sums(history: History) -> SeriesSums:
    """From what a ledger keeps."""
    return SeriesSums(minute_series(FIRST_MINUTE, history.good, history.total))


def rates(sums: SeriesSums, end: int) -> npt.NDArray[np.float64]:
    """Burn rates of every window, (windows,)."""
    return burn_rates(sums.over(WINDOW_MINUTES, end), OBJECTIVE)


def replayed(sums: SeriesSums, minutes: int) -> int:
    """At how many minutes a window would have been on."""
    ends = FIRST_MINUTE + 1 + np.arange(minutes)
    return sum(int(alerts_over(sums, OBJECTIVE, window, ends).sum()) for window in OBJECTIVE.windows)


def timed(ask: Callable[[], T]) -> tuple[T, float]:
    """The answer, and CPU seconds."""
    began = time.process_time()
    answer = ask()
    return answer, time.process_time() - began


if __name__ == "__main__":
    main()
