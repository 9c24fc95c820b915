"""Exporters that are installed, with their settings."""

import time
from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points
from threading import Event, Thread
from typing import Any

import pytest

from correlator.errors import SettingsError
from correlator.pipeline.exporter import GROUP, Exporter, ExporterContext
from correlator.pipeline.slo.objectives import Objectives
from correlator.settings import Settings
from correlator.store.contract import WatchCommit, WatchState
from correlator.store.memory import MemoryStore
from correlator.telemetry.metrics import EngineMetrics
from correlator.wiring import alerts as wired
from correlator.wiring import make_alerts, make_decode, make_recorder
from correlator.wiring.alerts import Alerts
from tests.unit.incidents.opened import opened
from tests.unit.slo.series import objective


class Pager:
    """An exporter of somebody else."""

    def __init__(self, level: int) -> None:
        self.level = level

    def run(self, stop: Event) -> None:
        """Nothing to tell."""

    def describe(self) -> str:
        return f"level {self.level}"


def make_pager(settings: Mapping[str, Any], context: ExporterContext) -> Exporter | None:
    """Without a level it has nobody to tell; it knows where an incident is shown, and whether a page comes from elsewhere."""
    assert context.link_of("k") == "https://c.example.com/api/v1/incidents/k"
    return Pager(settings["level"]) if "level" in settings else None


def made(settings: Settings, *objectives: Any) -> Alerts:
    store, metrics = MemoryStore(), EngineMetrics()
    recorder = make_recorder(settings, store, make_decode(settings), metrics)
    return make_alerts(settings, store, recorder, Objectives(objectives, store), metrics, {})


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets which exporters are installed."""

    def install(*names: str) -> None:
        entries = [EntryPoint(name, f"{__name__}:make_pager", GROUP) for name in names]
        monkeypatch.setattr(wired, "entry_points", lambda group: entries)
        monkeypatch.setattr(EntryPoint, "load", lambda _: make_pager)

    return install


def settings_of(**sections: Any) -> Settings:
    return Settings(listen={"public_url": "https://c.example.com"}, **sections)


def test_ours_is_installed_with_the_engine() -> None:
    """By the entry point in pyproject.toml."""
    assert "alertmanager" in {each.name for each in entry_points(group=GROUP)}
    exporters = made(settings_of(alertmanager={"urls": ["http://127.0.0.1:9093"]})).exporters.current
    assert exporters["alertmanager"].describe() == "0 of 1 Alertmanagers could not be told"


def test_without_settings_nobody_is_told() -> None:
    """And /readyz speaks of nobody."""
    alerts = made(settings_of())
    assert (alerts.exporters.current, alerts.checks()) == ({}, {})
    assert alerts.telling().keys() == {"causes"}


def test_anyone_can_add_one(installed: Callable[..., None]) -> None:
    """Its settings are below its name; it turns in a thread, and /readyz tells of it without making the engine unready."""
    installed("pager")
    alerts = made(settings_of(exporters={"pager": {"level": 3}}))
    (state,) = [check() for check in alerts.checks().values()]
    assert (state.ok, state.detail) == (True, "level 3")
    assert "exporter pager" in alerts.telling()
    assert made(settings_of()).exporters.current == {}


def test_settings_of_an_exporter_that_is_not_there_end_the_start(installed: Callable[..., None]) -> None:
    """Also ours, where the installation lacks its entry point: an alert that goes nowhere must not look well."""
    installed("pager")
    for section in ({"exporters": {"pagers": {}}}, {"alertmanager": {"urls": ["http://127.0.0.1:9093"]}}):
        with pytest.raises(SettingsError, match="installed are: pager"):
            made(settings_of(**section))


def test_nothing_is_told_before_there_is_an_address_to_link_to() -> None:
    """An engine that never listens ends all the same."""
    store, addresses, stop = MemoryStore(), dict[str, str](), Event()
    store.commit_watch(WatchCommit(WatchState(), incidents=(opened("E"),)))
    settings, metrics = Settings(), EngineMetrics()
    recorder = make_recorder(settings, store, make_decode(settings), metrics)
    alerts = make_alerts(settings, store, recorder, Objectives((), store), metrics, addresses)
    job = Thread(target=alerts.telling()["causes"], args=(stop,))
    job.start()
    try:
        time.sleep(0.3)
        assert alerts.causes.causes.infos == ()
        addresses["api"] = "127.0.0.1:7070"
        until = time.monotonic() + 30
        while not alerts.causes.causes.infos and time.monotonic() < until:
            time.sleep(0.02)
        assert [each.link for each in alerts.causes.causes.infos] == ["http://127.0.0.1:7070/api/v1/incidents/E-1"]
    finally:
        stop.set()
        job.join(30)
    assert not job.is_alive()
    made(settings_of()).telling()["causes"](stop)


@pytest.mark.parametrize(("windows", "is_promised"), [(None, True), ((), False)])
def test_an_incident_is_covered_by_an_objective_that_pages(windows: Any, is_promised: bool) -> None:
    """One that calls nobody covers nothing."""
    worker = objective(source=objective().source.__class__("jobs", system="worker"))
    given = worker if windows is None else objective(source=worker.source, windows=windows)
    store = MemoryStore()
    assert wired._is_promised(Objectives((given,), store), store, opened("E")) is is_promised
