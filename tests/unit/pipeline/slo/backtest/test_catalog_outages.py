"""Incidents as outages."""

from dataclasses import replace

from correlator.model.objective import RecordSource
from correlator.pipeline.slo.backtest.catalog_outages import catalog_outages
from correlator.slo.backtest import Outage
from correlator.store.contract import WatchCommit, WatchState
from correlator.store.memory import MemoryStore
from tests.unit.pipeline.watch.watched import Watched, unix_nano
from tests.unit.slo.series import objective

BRIDGE = objective(id="bridge-availability", source=RecordSource("server_calls", system="bridge"))
WORKER = objective(id="worker-errors", source=RecordSource("jobs", system="worker"))
WORKFLOW = objective(id="n8n-invoices", source=RecordSource("executions", workflow="wf-1"))


def store_with_an_incident() -> MemoryStore:
    """n8n's workflow and the worker failed from second 10 to 70, once more than an hour of quiet ago."""
    past = Watched()
    for trace, at in ((1, 10.0), (2, 70.0)):
        past.now_s = at
        past.fail(trace)
    past.now_s = 80.0
    past.watch.turn()
    past.now_s = 4_000.0
    past.watch.turn()
    assert isinstance(past.store, MemoryStore)
    return past.store


def outages(store: MemoryStore, start_s: float = 0, end_s: float = 5_000) -> tuple[Outage, ...]:
    names = {"wf-1": "lab-bridge-500"}
    return catalog_outages(store, [BRIDGE, WORKER, WORKFLOW], names, unix_nano(start_s), unix_nano(end_s))


def test_an_incident_is_an_outage_of_the_objectives_that_it_concerns() -> None:
    """From its first failure to its last, without the quiet that resolved it; a workflow by its id too."""
    (found,) = outages(store_with_an_incident())
    assert found.objective_ids == frozenset({"worker-errors", "n8n-invoices"})
    assert found.ends_unix_nano is not None
    assert round((found.ends_unix_nano - found.begins_unix_nano) / 1e9) == 60


def test_only_those_in_the_range_are_told() -> None:
    """Quiet ends one."""
    store = store_with_an_incident()
    assert outages(store, end_s=5) == ()
    assert outages(store, start_s=3_000) == ()


def test_warnings_are_no_outages() -> None:
    """One service alone, outside of any workflow."""
    store = store_with_an_incident()
    (incident,) = store.incidents_of_cause(outages(store)[0].name.rsplit("-", 1)[0])
    store.commit_watch(WatchCommit(WatchState(), (replace(incident, severity="warning"),)))
    assert outages(store) == ()


def test_an_open_incident_is_not_over() -> None:
    """However long ago its last failure was."""
    store = store_with_an_incident()
    (incident,) = store.incidents_of_cause(outages(store)[0].name.rsplit("-", 1)[0])
    store.commit_watch(WatchCommit(WatchState(), (replace(incident, state="open", resolved_at_unix_nano=None),)))
    assert [each.ends_unix_nano for each in outages(store, start_s=3_000)] == [None]
