"""Which incident an alert is of: the one that it names; or one of that time which concerns its objective, its service, its system.

Of several, one that was open when the alert began comes first, then the one that failed most a minute, then by key.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from correlator.incidents.cause_info import failures_per_minute
from correlator.model.alert import Alert, TieMethod
from correlator.model.incident import Incident
from correlator.model.objective import Objective
from correlator.slo.concerned import is_concerned, with_ids

INCIDENT_LABEL: Final = "incident"
SLOTH_ID: Final = "sloth_id"
SERVICE_LABELS: Final = ("service", "service_name", "sloth_service", "job")
SYSTEM_LABEL: Final = "system"
NO_SYSTEM: Final = "other"
EARLY_NANO: Final = 5 * 60 * 10**9
"""An alert may begin so long before the first failure that we know of: clocks, and records that come late."""
LATE_NANO: Final = 60 * 60 * 10**9
"""An objective's alert may begin so long after its incident resolved: its windows are of an hour and more."""


class Tie(NamedTuple):
    """The incident's key, and how we know."""

    incident: str
    method: TieMethod


class AlertTies:
    """Ties alerts to these incidents, which are by key; `objectives` are by id, `workflow_names` is id to name."""

    def __init__(
        self,
        incidents: Mapping[str, Incident],
        objectives: Mapping[str, Objective],
        workflow_names: Mapping[str, str],
    ) -> None:
        self._incidents = incidents
        self._objectives = objectives
        self._workflow_names = workflow_names
        self._by_objective: dict[str, tuple[Incident, ...]] = {}

    def of(self, alert: Alert) -> Tie | None:
        """None where no incident fits."""
        named, sloth_id = alert.labels.get(INCIDENT_LABEL, ""), alert.labels.get(SLOTH_ID, "")
        if named in self._incidents:
            return Tie(named, "incident")
        if sloth_id in self._objectives:
            return _best(alert, self._concerning(sloth_id), "objective", LATE_NANO)
        return self._of_service(alert) or self._of_system(alert)

    def _concerning(self, objective_id: str) -> tuple[Incident, ...]:
        """Found once: many alerts are of few objectives."""
        if objective_id not in self._by_objective:
            objective = self._objectives[objective_id]
            self._by_objective[objective_id] = tuple(
                each
                for each in self._incidents.values()
                if is_concerned(objective, each.systems, each.services, with_ids(each.workflows, self._workflow_names))
            )
        return self._by_objective[objective_id]

    def _of_service(self, alert: Alert) -> Tie | None:
        names = {alert.labels.get(label, "").lower() for label in SERVICE_LABELS} - {""}
        hit = (each for each in self._incidents.values() if not names.isdisjoint(map(str.lower, each.services)))
        return _best(alert, hit, "service", EARLY_NANO) if names else None

    def _of_system(self, alert: Alert) -> Tie | None:
        system = alert.labels.get(SYSTEM_LABEL, NO_SYSTEM)
        hit = (each for each in self._incidents.values() if system in each.systems)
        return _best(alert, hit, "system", EARLY_NANO) if system != NO_SYSTEM else None


def could_be_of(alert: Alert, incident: Incident) -> bool:
    """Whether the alert names the incident, or is of its time: none else can be tied to it."""
    return alert.labels.get(INCIDENT_LABEL) == incident.key or _overlaps(incident, alert.starts_at_unix_nano, LATE_NANO)


def _best(alert: Alert, incidents: Iterable[Incident], method: TieMethod, late_nano: int) -> Tie | None:
    began = alert.starts_at_unix_nano
    found = [each for each in incidents if _overlaps(each, began, late_nano)]
    best = min(
        found, key=lambda each: (not _was_open(each, began), -failures_per_minute(each, began), each.key), default=None
    )
    return None if best is None else Tie(best.key, method)


def _overlaps(incident: Incident, began_unix_nano: int, late_nano: int) -> bool:
    end = incident.resolved_at_unix_nano
    has_begun = incident.opened_at_unix_nano - EARLY_NANO <= began_unix_nano
    return has_begun and (end is None or began_unix_nano <= end + late_nano)


def _was_open(incident: Incident, at_unix_nano: int) -> bool:
    end = incident.resolved_at_unix_nano
    return incident.opened_at_unix_nano <= at_unix_nano and (end is None or at_unix_nano <= end)
