"""Statuses of objectives over a real ledger, out of SQLite and out of memory: python -m tests.benchmarks.slo_status.

Every minute of the period has events: the worst case for memory and reading. Times are CPU seconds of this process.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from prometheus_client import CollectorRegistry, generate_latest
from rich.console import Console
from rich.table import Table

from correlator.model.objective import Objective
from correlator.model.outcome import MinuteChange, MinuteKey, Posting
from correlator.pipeline.slo.board import ObjectiveBoard
from correlator.pipeline.slo.objectives import Objectives
from correlator.pipeline.slo.remembered_minutes import RememberedMinutes
from correlator.pipeline.slo.status import StatusReader
from correlator.store.contract import LedgerCommit, LedgerState, OutcomeLedger
from correlator.store.segments import SegmentStore
from correlator.telemetry.objective_metrics import ObjectiveMetrics
from tests.conformance.records import decode
from tests.unit.slo.series import FIRST, after, objective

T = TypeVar("T")


def main() -> None:
    """Fill a ledger, ask for all statuses every way, print CPU times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slos", type=int, default=100)
    parser.add_argument("--days", type=int, default=30)
    given = parser.parse_args()
    objectives = [replace(objective(), id=f"o-{each:04}", service="o", name=f"{each:04}") for each in range(given.slos)]
    with tempfile.TemporaryDirectory() as folder:
        store = SegmentStore(Path(folder), decode, upkeep_interval_s=None)
        try:
            fill(store, objectives, given.days * 1_440)
            Console().print(measured(store, objectives, given.days * 1_440))
        finally:
            store.close()


def fill(ledger: OutcomeLedger, objectives: list[Objective], minutes: int) -> None:
    """99 good events of 100 in every minute."""
    known = range(FIRST, FIRST + minutes)
    for each in objectives:
        changes = {MinuteKey(each.id, minute): MinuteChange(99, 100) for minute in known}
        ledger.commit_ledger(LedgerCommit(LedgerState(0), Posting({}, changes), known if each is objectives[0] else ()))


def measured(ledger: OutcomeLedger, objectives: list[Objective], minutes: int) -> Table:
    """A row each way of asking."""
    table = Table("what", "CPU s", "ms an objective")
    end = after(minutes)
    remembered = Objectives(objectives, ledger, remembered=RememberedMinutes(ledger))
    reader = StatusReader(remembered, ledger, lambda: end)
    plain = StatusReader(Objectives(objectives, ledger), ledger, lambda: end)
    shown, registry = ObjectiveMetrics(), CollectorRegistry()
    registry.register(shown)
    board = ObjectiveBoard(reader, ledger, shown, first_scrape_s=0)
    one_each = Posting({}, {MinuteKey(each.id, FIRST + minutes - 1): MinuteChange(1, 1) for each in objectives})

    def row(what: str, verb: Callable[[], T]) -> T:
        begun = time.process_time()
        answer = verb()
        spent = time.process_time() - begun
        table.add_row(what, f"{spent:.3f}", f"{1_000 * spent / len(objectives):.3f}")
        return answer

    from_disk = row("statuses, minutes out of SQLite", lambda: list(plain.statuses(objectives)))
    row("statuses, minutes remembered for the first time", lambda: list(reader.statuses(objectives)))
    from_memory = row("statuses, minutes in memory", lambda: list(reader.statuses(objectives)))
    assert from_disk == from_memory
    row("statuses of three days ago", lambda: list(reader.statuses(objectives, after(minutes - 4_320))))
    row("a commit of one event each", lambda: remembered.commit(LedgerCommit(LedgerState(0), one_each)))
    row("made ready for /metrics, in a new minute", lambda: board.turn(end))
    row("the same, nothing changed", lambda: board.turn(end))
    row("a scrape", lambda: generate_latest(registry))
    return table


if __name__ == "__main__":
    main()
