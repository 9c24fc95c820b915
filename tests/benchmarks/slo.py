"""Burn rates from minute sums, beside DuckDB and a real Prometheus, in one run: python -m tests.benchmarks.slo.

Sloth's seven windows and the period, of many objectives with 30 days of events. Every answer is compared before it counts. Times are CPU
seconds, all threads, of this process or of Prometheus's, the cheapest of several: a machine that others use tells no other.
Prometheus is left out where $CORRELATOR_PEERS is not set.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import duckdb
import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from correlator.slo.alerting import alerts_over
from correlator.slo.burn_rate import burn_rates
from correlator.slo.minute_series import SeriesSums, minute_series
from tests.benchmarks import slo_duckdb, slo_ledger, slo_prometheus
from tests.benchmarks.slo_minutes import FIRST_MINUTE, OBJECTIVE, WINDOW_MINUTES, MinuteHistory, made
from tests.e2e.prometheus_process import IS_THERE

T = TypeVar("T")
Rates = npt.NDArray[np.float64]
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One way, with the SLOs that it was asked for."""

    way: str
    slos: int
    cpu_s: float
    held_bytes: int | None = None


def main() -> None:
    """Make histories, ask all of them every way, print CPU times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slos", type=int, default=1_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--events-per-minute", type=float, default=0.5, help="median; a tenth to ten times of it")
    parser.add_argument("--ledger-slos", type=int, default=100, help="of them, in SQLite")
    parser.add_argument("--prometheus-slos", type=int, default=100, help="of them, in Prometheus")
    given = parser.parse_args()
    minutes = given.days * 1_440
    histories = list(made(given.slos, minutes, given.events_per_minute))
    end = FIRST_MINUTE + minutes
    rows, ours = from_arrays(histories, end)
    rows += from_ledger(histories[: given.ledger_slos], ours, end)
    rows += by_prometheus(histories[: given.prometheus_slos], end) if IS_THERE else []
    events, by_database = by_duckdb(histories, ours, end)
    rows += by_database
    table = Table("way", "SLOs", "CPU ms an SLO", "times the first", "held in memory, KiB an SLO")
    table.title = f"{given.slos:,} SLOs, {events:,} events, {given.days} days, {len(WINDOW_MINUTES)} windows"
    for row in rows:
        each, first = row.cpu_s / row.slos, rows[0].cpu_s / rows[0].slos
        held = "" if row.held_bytes is None else f"{row.held_bytes / row.slos / 1_024:,.0f}"
        table.add_row(row.way, f"{row.slos:,}", f"{each * 1e3:.3f}", f"{each / first:.1f}", held)
    Console(width=140).print(table)


def from_arrays(histories: list[MinuteHistory], end: int) -> tuple[list[Row], Rates]:
    """By the arithmetic alone; and how long a month of evaluations takes."""
    ours, now_s = timed(lambda: np.vstack([rates(window_sums(each), end) for each in histories]))
    replayed_too = histories[:50]
    _, replay_s = timed(lambda: [replayed(window_sums(each)) for each in replayed_too])
    held = sum(each.good.nbytes + each.total.nbytes for each in histories)
    return [
        Row("minute sums in memory, now", len(histories), now_s, held),
        Row("the same, four alerts at every minute of the month (backtest)", len(replayed_too), replay_s),
    ], ours


def from_ledger(histories: list[MinuteHistory], ours: Rates, end: int) -> list[Row]:
    """As the engine does: the first time from SQLite, then from what it remembers."""
    rows = []
    with TemporaryDirectory() as folder:
        catalog = slo_ledger.filled(Path(folder) / "catalog.sqlite", histories)
        for way, are_remembered in (("the engine, remembered", True), ("the engine, from SQLite", False)):
            objectives = slo_ledger.objectives_on(catalog, len(histories), are_remembered=are_remembered)
            found, seconds = timed(lambda objectives=objectives: slo_ledger.rates(objectives, end))  # type: ignore[misc]
            np.testing.assert_allclose(found, ours[: len(histories)], rtol=1e-9, equal_nan=True)
            rows.append(Row(way, len(histories), seconds))
        catalog.close()
    return rows


def by_prometheus(histories: list[MinuteHistory], end: int) -> list[Row]:
    """Its windows begin a minute late: so do those that they are compared with."""
    later = np.vstack([rates(window_sums(each), end, 1) for each in histories])
    rows = []
    with slo_prometheus.prometheus_with(histories) as prometheus:
        for way, windows in (("all windows", WINDOW_MINUTES), ("without the period", WINDOW_MINUTES[:-1])):
            found = [slo_prometheus.evaluated(prometheus, len(histories), end, windows) for _ in range(ROUNDS)]
            for each in found:
                np.testing.assert_allclose(each.rates, later[:, : len(windows)], rtol=1e-9, equal_nan=True)
            cheapest = min(found, key=lambda each: each.cpu_s)
            rows.append(Row(f"Prometheus, {way}", len(histories), cheapest.cpu_s, cheapest.held_bytes))
    return rows


def by_duckdb(histories: list[MinuteHistory], ours: Rates, end: int) -> tuple[int, list[Row]]:
    """How many events there are, and both ways."""
    rows = []
    with duckdb.connect() as database:
        events = slo_duckdb.fill(database, histories)
        held = slo_duckdb.held_bytes(database)
        for way, ratio in (("DuckDB on raw rows", slo_duckdb.RAW), ("DuckDB on minute sums", slo_duckdb.SUMS)):
            found, seconds = timed(lambda ratio=ratio: slo_duckdb.rates(database, ratio, end))  # type: ignore[misc]
            np.testing.assert_allclose(found, ours, rtol=1e-9, equal_nan=True)
            rows.append(Row(way, len(histories), seconds, held))
    return events, rows


def window_sums(history: MinuteHistory) -> SeriesSums:
    """From what a ledger keeps."""
    return SeriesSums(minute_series(FIRST_MINUTE, history.good, history.total))


def rates(sums: SeriesSums, end: int, late: int = 0) -> Rates:
    """Burn rates of every window, (windows,), each begun so many minutes late."""
    return burn_rates(sums.over([size - late for size in WINDOW_MINUTES], end), OBJECTIVE)


def replayed(sums: SeriesSums) -> int:
    """At how many minutes a window would have been on."""
    ends = FIRST_MINUTE + 1 + np.arange(WINDOW_MINUTES[-1])
    return sum(int(alerts_over(sums, OBJECTIVE, window, ends).sum()) for window in OBJECTIVE.windows)


def timed(ask: Callable[[], T]) -> tuple[T, float]:
    """The answer, and CPU seconds, the least of some rounds."""
    seconds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        answer = ask()
        seconds.append(time.process_time() - began)
    return answer, min(seconds)


if __name__ == "__main__":
    main()
