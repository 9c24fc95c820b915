"""All Alertmanagers of a cluster: each is told everything, as their protocol asks, and they agree among themselves."""

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final

import structlog

from correlator.errors import CorrelatorError, SettingsError
from correlator.model.incident import Incident
from correlator.pipeline.alerts.recent_incidents import RecentIncidents
from correlator.pipeline.exporter import ExporterContext
from exporters.alertmanager.alert import Alert, alerts_of
from exporters.alertmanager.client import AlertmanagerClient
from exporters.alertmanager.identity import Identities
from exporters.alertmanager.target import TURN_S, Target
from exporters.delivery import Breaker

log = structlog.get_logger()

INCIDENTS: Final = 1_000  # that are open at a time and told
KEPT_S: Final = 3_600.0
"""A resolved incident is told to an Alertmanager that was down, or after a restart of the engine, for so long."""


class AlertmanagerExporter:
    """Reads what there is to be told; its targets tell it. State is what the catalog holds: nothing else outlives a restart."""

    def __init__(self, context: ExporterContext, clients: Sequence[AlertmanagerClient], interval_s: float) -> None:
        self._recent = RecentIncidents(context.catalog, INCIDENTS, KEPT_S)
        self._identities = Identities(context.catalog)
        self._link_of = context.link_of
        self._is_promised = context.is_promised
        self._alerts: tuple[Alert, ...] | None = None
        self.targets = tuple(
            Target(client, lambda: self._alerts, context.metrics, interval_s, Breaker(Random())) for client in clients
        )

    def run(self, stop: threading.Event) -> None:
        """Read until `stop` is set, while the targets tell."""
        threads = [
            threading.Thread(target=each.run, args=(stop,), name=f"alertmanager {each.name}") for each in self.targets
        ]
        for thread in threads:
            thread.start()
        while not stop.is_set():
            try:
                self.read()
            except CorrelatorError as error:
                log.warning("alerts_not_read", reason=type(error).__name__)
            except Exception:
                log.exception("alerts_not_read")
            stop.wait(TURN_S)
        for thread in threads:
            thread.join()

    def read(self) -> None:
        """What there is to be told now. Raises what the catalog raises; what was read before stays."""
        incidents = self._recent.read()
        self._alerts = tuple(alert for incident in incidents for alert in self._alerts_of(incident))
        self._identities.keep_only({incident.key for incident in incidents})

    def describe(self) -> str:
        failures = [each.failure for each in self.targets if each.failure]
        heard = f"{len(failures)} of {len(self.targets)} Alertmanagers could not be told"
        return "; ".join((heard, *failures))

    def _alerts_of(self, incident: Incident) -> tuple[Alert, ...]:
        link, identity = self._link_of(incident.key), self._identities.of(incident)
        return tuple(alerts_of(incident, identity, link, self._is_promised))


def make_exporter(settings: Mapping[str, Any], context: ExporterContext) -> AlertmanagerExporter | None:
    """Of the section `alertmanager`: urls, read_token, ca_file, interval; None where no URL is set. Raises SettingsError."""
    read_token: Callable[[], str] = settings["read_token"]
    read_token()  # one that cannot be read ends the start
    ca_file: Path | None = settings["ca_file"]
    try:
        clients = [AlertmanagerClient(url, read_token, ca_file) for url in settings["urls"]]
    except OSError as error:
        raise SettingsError(f"alertmanager.ca_file = {str(ca_file)!r}: {error}; name certificates as PEM") from error
    return AlertmanagerExporter(context, clients, settings["interval"]) if clients else None
