"""The engine's own way to burn rates: minutes in the catalog's SQLite, and those that it remembers of them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from correlator.pipeline.slo.objectives import Objectives
from correlator.pipeline.slo.remembered_minutes import RememberedMinutes
from correlator.slo.burn_rate import burn_rates
from correlator.slo.minute_series import MINUTE_NANO
from correlator.store.segments.catalog import SegmentCatalog
from correlator.store.segments.conclusions.outcome_ledger import CatalogLedger
from tests.benchmarks.slo_minutes import FIRST_MINUTE, OBJECTIVE, WINDOW_MINUTES, MinuteHistory


def filled(file: Path, histories: Sequence[MinuteHistory]) -> SegmentCatalog:
    """A catalog with a row for each minute with events, all minutes known."""
    catalog = SegmentCatalog(file)
    with catalog.transaction() as connection:
        minutes = range(FIRST_MINUTE, FIRST_MINUTE + len(histories[0].total))
        connection.executemany("INSERT INTO slo_known_minutes VALUES (?)", ((each,) for each in minutes))
        for slo, history in enumerate(histories):
            places = np.flatnonzero(history.total)
            columns = (FIRST_MINUTE + places, history.good[places], history.total[places])
            rows = zip(*(column.tolist() for column in columns), strict=True)
            connection.executemany(f"INSERT INTO slo_minutes VALUES ('slo-{slo}', ?, ?, ?)", rows)
    return catalog


def objectives_on(catalog: SegmentCatalog, slos: int, *, are_remembered: bool) -> Objectives:
    """As the engine has them."""
    written = [replace(OBJECTIVE, id=f"slo-{slo}") for slo in range(slos)]
    ledger = CatalogLedger(catalog)
    return Objectives(written, ledger, None, RememberedMinutes(ledger) if are_remembered else None)


def rates(objectives: Objectives, end: int) -> npt.NDArray[np.float64]:
    """Burn rates of all of them, (SLOs, windows)."""
    sums = (objectives.sums(each, end * MINUTE_NANO) for each in objectives.written)
    return np.vstack([burn_rates(each.over(WINDOW_MINUTES, end), OBJECTIVE) for each in sums])
