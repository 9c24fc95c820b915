"""Alerts out and in: incidents' causes on /metrics, exporters, Alertmanager's webhook."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final, Protocol

import structlog

from correlator.doors.alertmanager.door import AlertmanagerDoor
from correlator.errors import SettingsError
from correlator.incidents.cause_info import concerned_objectives
from correlator.model.incident import Incident
from correlator.pipeline.alerts.cause_collector import CauseCollector
from correlator.pipeline.alerts.causes import CauseWatch
from correlator.pipeline.alerts.heard_alerts import HeardAlerts
from correlator.pipeline.alerts.tied_alerts import TiedAlerts
from correlator.pipeline.exporter import GROUP, Exporter, ExporterContext, MakeExporter, Spool
from correlator.pipeline.leadership.term import Job
from correlator.pipeline.record import Recorder
from correlator.pipeline.slo.objectives import Objectives
from correlator.serve.alerts import AlertApi
from correlator.serve.health import State
from correlator.settings import Settings
from correlator.store.contract import Catalog, OutcomeLedger, Reader
from correlator.telemetry.metrics import EngineMetrics

log = structlog.get_logger()

ALERTMANAGER: Final = "alertmanager"
ELASTICSEARCH: Final = "elasticsearch"
OTLP: Final = "otlp"
API: Final = "api"  # its address by this name
STARTING_S: Final = 0.1  # between two looks whether the API listens
INCIDENT_PATH: Final = "/api/v1/incidents/"


class Readable(Reader, Catalog, OutcomeLedger, Protocol):
    """The side of a store that this reads."""


@dataclass(frozen=True, slots=True)
class Alerts:
    """What tells others of incidents, and hears of alerts."""

    causes: CauseWatch
    exporters: "Exporters"
    heard: HeardAlerts
    recall: Job
    door: AlertmanagerDoor
    tied: TiedAlerts
    addresses: Mapping[str, str]

    def telling(self) -> dict[str, Job]:
        """What turns in the leader for one term: it begins once there is an address to link to."""
        jobs = {f"exporter {name}": exporter.run for name, exporter in self.exporters.for_term().items()}
        jobs["causes"] = self.causes.run
        return {name: partial(_once_listening, self.addresses, run) for name, run in jobs.items()}

    def checks(self) -> dict[str, Callable[[], State]]:
        """For /readyz. Who cannot be told is no reason to refuse telemetry."""
        return {name: partial(self._told_of, name) for name in self.exporters.current}

    def _told_of(self, name: str) -> State:
        return State(True, self.exporters.current[name].describe())

    def api(self, settings: Settings) -> AlertApi:
        """What its routes stand on."""
        return AlertApi(self.tied, self.door, settings.listen.body_timeout)


class Exporters:
    """The exporters of a term. The first are made at once, so that settings which cannot be used end the start; for each later
    term they are made anew, for others may have told of incidents since.
    """

    def __init__(self, make: Callable[[], Mapping[str, Exporter]]) -> None:
        self._make = make
        self._is_used = False
        self.current = make()

    def for_term(self) -> Mapping[str, Exporter]:
        """Those of a term that begins."""
        if self._is_used:
            self.current = self._make()
        self._is_used = True
        return self.current


def make_alerts(
    settings: Settings,
    store: Readable,
    recorder: Recorder,
    objectives: Objectives,
    metrics: EngineMetrics,
    addresses: Mapping[str, str],
    spool: Spool | None = None,
) -> Alerts:
    """All of it, not running yet. `addresses` need the API's once it listens. Raises SettingsError."""
    for url in settings.alertmanager.exposed_urls:
        log.warning("alertmanager_token_exposed", url=url, remedy="let it begin with https:// in alertmanager.urls")
    link_of = partial(link, settings.listen.public_url, addresses)
    causes = CauseWatch(store, store, objectives, link_of)
    metrics.registry.register(CauseCollector(lambda: causes.causes))
    context = ExporterContext(store, metrics, link_of, partial(_is_promised, objectives, store), spool)
    heard = HeardAlerts()
    door = AlertmanagerDoor(recorder, heard, settings.alertmanager.body)
    tied = TiedAlerts(store, store, store, objectives, heard)
    exporters = Exporters(partial(make_exporters, settings, context))
    return Alerts(causes, exporters, heard, partial(heard.recall, store), door, tied, addresses)


def make_exporters(settings: Settings, context: ExporterContext) -> dict[str, Exporter]:
    """Those of the entry-point group that have settings, by name. Raises SettingsError."""
    found = {each.name: each for each in entry_points(group=GROUP)}
    ours = {
        ALERTMANAGER: settings.alertmanager.urls,
        ELASTICSEARCH: settings.elasticsearch.export.enabled,
        OTLP: settings.forward.targets,
    }
    asked = {*settings.exporters, *(name for name, given in ours.items() if given)}
    if missing := sorted(asked - found.keys()):
        known = ", ".join(sorted(found)) or "none; install correlator anew"
        raise SettingsError(f"no exporter {missing[0]!r} is installed; installed are: {known}")
    made = {name: _load(found[name])(_settings_of(settings, name), context) for name in sorted(found)}
    return {name: exporter for name, exporter in made.items() if exporter is not None}


def _load(entry_point: EntryPoint) -> MakeExporter:
    make: MakeExporter = entry_point.load()
    return make


def _settings_of(settings: Settings, name: str) -> Mapping[str, Any]:
    """Of ours the section, of others what is below `exporters`."""
    if name == ALERTMANAGER:
        given = settings.alertmanager
        return {**dict(given), "read_token": given.read_token}
    if name == OTLP:
        return dict(settings.forward)
    if name == ELASTICSEARCH:
        cluster = settings.elasticsearch
        connection = cluster.connection if cluster.export.enabled else None
        shared = {"connection": connection, "names": cluster.names, "exposed_hosts": cluster.exposed_hosts}
        return {**shared, "export": dict(cluster.export)}
    return settings.exporters.get(name, {})


def _once_listening(addresses: Mapping[str, str], run: Job, stop: threading.Event) -> None:
    while API not in addresses and not stop.wait(STARTING_S):
        pass
    run(stop)


def link(public_url: str | None, addresses: Mapping[str, str], key: str) -> str:
    """Where people find an incident. `addresses` have the API's once it listens; before, the link has no host."""
    host = f"http://{addresses[API]}" if API in addresses else ""
    return f"{public_url or host}{INCIDENT_PATH}{key}"


def _is_promised(objectives: Objectives, ledger: OutcomeLedger, incident: Incident) -> bool:
    """Whether an objective that calls somebody covers what the incident hit."""
    concerned = concerned_objectives(incident, objectives.all(), ledger.workflow_names())
    return any(window.severity == "page" for each in concerned for window in each.windows)
