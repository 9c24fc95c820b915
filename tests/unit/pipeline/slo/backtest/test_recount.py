"""Objectives counted anew from stored records, and which minutes of them are known."""

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from correlator.model.objective import RecordSource
from correlator.model.tables import Tables
from correlator.pipeline.slo.backtest.recount import recount
from correlator.pipeline.slo.backtest.stored_range import (
    StoredRange,
    last_minute,
    recorded_minutes,
    stored_range,
)
from correlator.pipeline.slo.objectives import Objectives
from correlator.semconv import KIND_CONSUMER
from correlator.slo.ledger import post
from correlator.slo.minute_series import MINUTE_NANO
from correlator.store.contract import EventPage, LedgerCommit, LedgerState
from correlator.store.memory import MemoryStore
from tests.unit.pipeline.slo.told import NOW, REST, call, counted, execution, minutes, send
from tests.unit.pipeline.watch.watched import MISSING_FIELD, Watched, span, unix_nano
from tests.unit.slo.series import objective

CALLS = objective(id="calls", source=RecordSource("server_calls", latency_ms=2_000.0))
RUNS = objective(id="runs", source=RecordSource("executions"))
WORKER = objective(id="worker-errors", source=RecordSource("jobs", system="worker"))
T0_MINUTE = unix_nano(0) // MINUTE_NANO
HOUR = range(T0_MINUTE, T0_MINUTE + 60)


class Elsewhere(MemoryStore):
    """A ledger of its own for the events of another store."""

    def __init__(self, records: MemoryStore) -> None:
        super().__init__()
        self._records_of = records

    def events_after(self, position: int, columns: tuple[str, ...]) -> EventPage:
        return self._records_of.events_after(position, columns)

    def read_traces(self, trace_ids: Sequence[bytes]) -> Tables:
        return self._records_of.read_traces(trace_ids)


def a_store(jobs: dict[float, bool]) -> MemoryStore:
    """Jobs that ended at these seconds, and whether each failed; each arrives at once."""
    past = Watched()
    for number, (second, has_failed) in enumerate(jobs.items(), start=1):
        past.now_s = second
        error = MISSING_FIELD if has_failed else None
        past.receive(span(number, 1, None, "invoice.render", second, error, kind=KIND_CONSUMER))
    assert isinstance(past.store, MemoryStore)
    return past.store


def test_every_event_is_counted_in_its_minute_and_the_store_is_left_as_it_was() -> None:
    """A store whose own ledger has counted everything is counted anew all the same."""
    store = a_store({10.0: False, 20.0: True, 70.0: False})
    store.commit_ledger(LedgerCommit(LedgerState(10**9), post((), {})))
    ledger = Elsewhere(store)
    objectives = Objectives([WORKER], ledger)
    recount(ledger, objectives, HOUR, (T0_MINUTE + 60) * MINUTE_NANO)
    series = objectives.series(WORKER, T0_MINUTE, T0_MINUTE + 60)
    assert (series.total.sum(), series.good.sum(), bool(series.known.all())) == (3, 2, True)
    assert (store.ledger_state().position, store.total_sums()) == (10**9, {})


@pytest.mark.parametrize("seed", range(5))
def test_a_recount_is_what_the_live_ledger_counted_turn_by_turn(seed: int) -> None:
    """Though calls come twice, late and corrected, and n8n's database corrects its spans."""
    random, live = Random(seed), MemoryStore()
    objectives = Objectives([CALLS, RUNS], live)
    for _ in range(12):
        send(live, *(_record(random) for _ in range(random.randint(1, 6))))
        if random.random() < 0.5:
            counted(live, objectives)
    counted(live, objectives)
    ledger = Elsewhere(live)
    recount(ledger, Objectives([CALLS, RUNS], ledger), (), NOW)
    for each in (CALLS, RUNS):
        assert minutes(ledger, each.id) == minutes(live, each.id) != []


def _record(random: Random) -> dict[str, Any]:
    """One of few calls or executions, told in one of several ways."""
    number, ended = random.randint(1, 8), NOW - random.randint(0, 9) * MINUTE_NANO
    if random.random() < 0.5:
        return call(number, ended=ended, is_error=random.random() < 0.3)
    status = random.choice(["success", "error", "canceled"])
    return execution(number, status, ended=ended, sender=REST if random.random() < 0.3 else None)


def test_minutes_are_known_where_nothing_was_recorded_at_all() -> None:
    """An empty store is quiet, not dark."""
    ledger = Elsewhere(MemoryStore())
    objectives = Objectives([WORKER], ledger)
    recount(ledger, objectives, HOUR, (T0_MINUTE + 60) * MINUTE_NANO)
    assert bool(objectives.series(WORKER, T0_MINUTE, T0_MINUTE + 60).known.all())


def test_progress_is_told_by_log_position() -> None:
    """Up to the last request."""
    store, heard = a_store({10.0: False, 20.0: False}), list[int]()
    ledger = Elsewhere(store)
    recount(ledger, Objectives([WORKER], ledger), HOUR, (T0_MINUTE + 60) * MINUTE_NANO, heard.append)
    assert heard[-1] == ledger.ledger_state().position > 0


def test_the_stored_range_is_of_the_spans_in_it() -> None:
    """Minutes; none where nothing is stored."""
    store = a_store({70.0: False, 400.0: False})
    begins = (unix_nano(70.0 - 1) // MINUTE_NANO, unix_nano(400.0) // MINUTE_NANO + 1)
    found = stored_range(store, T0_MINUTE - 5_000, T0_MINUTE + 60)
    assert found is not None
    assert (found.first_minute, found.end_minute) == begins
    assert last_minute(store) == begins[1]
    assert stored_range(store, T0_MINUTE + 30, T0_MINUTE + 60) is None
    assert last_minute(MemoryStore()) is None


def test_what_was_imported_is_known_as_a_whole() -> None:
    """Until the first record arrived; from then on what the engine noted."""
    store = MemoryStore()
    store.commit_ledger(LedgerCommit(LedgerState(), known_minutes=(105, 107, 300)))
    assert recorded_minutes(store, StoredRange(100, 110, 104), 110) == {100, 101, 102, 103, 105, 107}
    assert recorded_minutes(store, StoredRange(100, 103, 5_000), 110) == {100, 101, 102, 105, 107}
