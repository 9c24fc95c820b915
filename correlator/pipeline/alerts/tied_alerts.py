"""Alerts with the incidents that they are of, told anew each time: what is known of either may have changed."""

from collections.abc import Iterable, Sequence
from typing import Final

from correlator.incidents.alert_tie import EARLY_NANO, INCIDENT_LABEL, LATE_NANO, AlertTies, could_be_of
from correlator.incidents.lifecycle import OPEN
from correlator.model.alert import Alert, AlertState, TiedAlert
from correlator.model.incident import Incident
from correlator.pipeline.alerts.alert_log import read_alerts
from correlator.pipeline.alerts.heard_alerts import HeardAlerts, latest
from correlator.pipeline.slo.objectives import Objectives
from correlator.store.contract import Catalog, IncidentQuery, OutcomeLedger, Reader

INCIDENTS: Final = 1_000
INT64_MAX: Final = 2**63 - 1
DAY_NANO: Final = 24 * 3_600 * 10**9
"""An incident that was resolved may have opened so long before an alert that is of it; and so much of the log is looked
through for the alerts of an old one."""


class TiedAlerts:
    """What the API asks of alerts. Safe from any thread."""

    def __init__(
        self, reader: Reader, catalog: Catalog, ledger: OutcomeLedger, objectives: Objectives, heard: HeardAlerts
    ) -> None:
        self._reader = reader
        self._catalog = catalog
        self._ledger = ledger
        self._objectives = objectives
        self._heard = heard

    def listed(self, state: AlertState | None, limit: int) -> tuple[TiedAlert, ...]:
        """The alerts heard of lately, last begun first."""
        alerts = [alert for alert in self._heard.all() if state in (None, alert.state)]
        return self._tied(alerts[:limit])

    def of_incident(self, key: str, limit: int) -> tuple[TiedAlert, ...] | None:
        """The alerts of an incident, last begun first; None where there is no such incident."""
        incident = self._catalog.incident(key)
        if incident is None:
            return None
        alerts = self._heard.all()
        if incident.opened_at_unix_nano < self._heard.is_complete_since:
            alerts = latest((*alerts, *self._kept(incident)))
        near = tuple(alert for alert in alerts if could_be_of(alert, incident))
        return tuple(each for each in self._tied(near, incident) if each.incident == key)[:limit]

    def _kept(self, incident: Incident) -> Iterable[Alert]:
        """What the log has of the incident's time."""
        start = incident.opened_at_unix_nano - EARLY_NANO
        end = (incident.resolved_at_unix_nano or incident.last_seen_unix_nano) + LATE_NANO
        return read_alerts(self._reader, start, min(end, start + DAY_NANO))

    def _tied(self, alerts: Sequence[Alert], *also: Incident) -> tuple[TiedAlert, ...]:
        if not alerts:
            return ()
        incidents = self._incidents_near(alerts) | {incident.key: incident for incident in also}
        objectives = {objective.id: objective for objective in self._objectives.all()}
        names = self._ledger.workflow_names()
        ties = AlertTies(incidents, objectives, names)
        return tuple(TiedAlert(alert, *(ties.of(alert) or (None, None))) for alert in alerts)

    def _incidents_near(self, alerts: Sequence[Alert]) -> dict[str, Incident]:
        """Those that the alerts name, those that are open, and those that opened in the alerts' time or a day before."""
        begins = [alert.starts_at_unix_nano for alert in alerts]
        end = min(max(begins) + EARLY_NANO + 1, INT64_MAX)
        near = IncidentQuery(None, min(begins) - DAY_NANO, end, INCIDENTS)
        pages = (self._catalog.incidents(IncidentQuery(OPEN, limit=INCIDENTS)), self._catalog.incidents(near))
        found = {incident.key: incident for page in pages for incident in page.incidents}
        for key in {alert.labels.get(INCIDENT_LABEL, "") for alert in alerts} - {""} - found.keys():
            incident = self._catalog.incident(key)
            if incident is not None:
                found[key] = incident
        return found
