"""Causes for Prometheus, over the reference store."""

from dataclasses import replace
from threading import Event

from prometheus_client import CollectorRegistry, generate_latest

from correlator.model.incident import Incident
from correlator.model.objective import RecordSource
from correlator.pipeline.alerts.cause_collector import CauseCollector
from correlator.pipeline.alerts.causes import INCIDENTS, CauseWatch
from correlator.pipeline.slo.objectives import Objectives
from correlator.store.contract import WatchCommit, WatchState
from correlator.store.memory import MemoryStore
from tests.unit.incidents.opened import OPENED_S, opened
from tests.unit.incidents.told import S
from tests.unit.slo.series import objective

WORKERS = objective(id="worker-errors", source=RecordSource("jobs", system="worker"))


class Clock:
    """Unix nanoseconds, set by hand."""

    def __init__(self) -> None:
        self.now_s = float(OPENED_S)

    def __call__(self) -> int:
        return int(self.now_s * S)


def keep(store: MemoryStore, *incidents: Incident) -> None:
    store.commit_watch(WatchCommit(WatchState(), incidents=incidents))


def watched(store: MemoryStore, clock: Clock) -> CauseWatch:
    return CauseWatch(store, store, Objectives((WORKERS,), store), lambda key: f"http://e/{key}", clock)


def resolved(incident: Incident, at_s: float) -> Incident:
    return replace(incident, state="resolved", resolved_at_unix_nano=int(at_s * S))


def keys(watch: CauseWatch) -> list[str]:
    watch.turn()
    return [key for key, _ in watch.causes.failures_per_minute]


def test_an_open_incident_is_shown_for_the_objectives_that_it_concerns() -> None:
    """In the exposition, with value 1, and its rate beside it."""
    store = MemoryStore()
    keep(store, opened("E", failures=3))
    watch = watched(store, Clock())
    watch.turn()
    registry = CollectorRegistry()
    registry.register(CauseCollector(lambda: watch.causes))
    text = generate_latest(registry).decode()
    common = 'system="worker"'
    assert f'correlator_incident_cause_info{{cause="worker failed first: E in a.",incident="E-1",link="http://e/E-1",service="worker",sloth_id="worker-errors",{common}}} 1.0' in text  # fmt: skip
    assert 'sloth_id="",' in text
    assert 'correlator_incident_failures_per_minute{incident="E-1"} 3.0' in text


def test_a_resolved_incident_is_shown_for_an_hour() -> None:
    """Also one that this engine never saw open."""
    store, clock = MemoryStore(), Clock()
    keep(store, resolved(opened("E"), OPENED_S + 60))
    watch = watched(store, clock)
    clock.now_s = OPENED_S + 60 + 3_599
    assert keys(watch) == ["E-1"]
    clock.now_s += 2
    assert keys(watch) == []


def test_one_that_was_open_for_long_is_found_when_it_resolves() -> None:
    """Though many opened and resolved since."""
    store, clock = MemoryStore(), Clock()
    keep(store, opened("old"))
    watch = watched(store, clock)
    assert keys(watch) == ["old-1"]
    keep(store, *(resolved(opened(f"e{n}", at_s=OPENED_S + n + 1), OPENED_S - 9_000) for n in range(60)))
    keep(store, resolved(opened("old"), OPENED_S + 100))
    clock.now_s += 100
    assert keys(watch) == ["old-1"]


def test_open_ones_come_before_resolved_ones_and_there_are_20() -> None:
    """The newest: a wave of causes makes no wave of series."""
    store, clock = MemoryStore(), Clock()
    keep(store, resolved(opened("done", at_s=OPENED_S + 99), OPENED_S + 100))
    keep(store, *(opened(f"e{n:02}", at_s=OPENED_S + n) for n in range(30)))
    clock.now_s += 100
    found = keys(watched(store, clock))
    assert found == [f"e{n}-1" for n in range(29, 29 - INCIDENTS, -1)]


def test_the_loop_ends_when_told() -> None:
    """At once, and has told nothing."""
    stop = Event()
    stop.set()
    watch = watched(MemoryStore(), Clock())
    watch.run(stop)
    assert watch.causes.infos == ()
