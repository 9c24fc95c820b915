"""Which incident an alert is of: the one that it names; or one of that time which concerns its objective, its service, its system.

Of several, one that was open when the alert began comes first, then the one that failed most a minute, then by key.
"""

from collections.abc import Callable, Iterable, Mapping
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


def tie_of(
    alert: Alert,
    incidents: Mapping[str, Incident],
    objectives: Mapping[str, Objective],
    workflow_names: Mapping[str, str],
) -> Tie | None:
    """None where no incident fits. `incidents` are by key, `objectives` by id; `workflow_names` is id to name."""
    named = alert.labels.get(INCIDENT_LABEL, "")
    if named in incidents:
        return Tie(named, "incident")
    objective = objectives.get(alert.labels.get(SLOTH_ID, ""))
    if objective is not None:
        return _best(
            alert, incidents.values(), "objective", LATE_NANO, lambda each: _burnt(objective, each, workflow_names)
        )
    services = {alert.labels.get(label, "").lower() for label in SERVICE_LABELS} - {""}
    system = alert.labels.get(SYSTEM_LABEL, NO_SYSTEM)
    by_service = _best(
        alert, incidents.values(), "service", EARLY_NANO, lambda each: not services.isdisjoint(map(str.lower, each.services))
    )  # fmt: skip
    return by_service or _best(
        alert, incidents.values(), "system", EARLY_NANO, lambda each: system != NO_SYSTEM and system in each.systems
    )


def _best(
    alert: Alert, incidents: Iterable[Incident], method: TieMethod, late_nano: int, fits: Callable[[Incident], bool]
) -> Tie | None:
    began = alert.starts_at_unix_nano
    found = [each for each in incidents if _overlaps(each, began, late_nano) and fits(each)]
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


def _burnt(objective: Objective, incident: Incident, workflow_names: Mapping[str, str]) -> bool:
    workflows = with_ids(incident.workflows, workflow_names)
    return is_concerned(objective, incident.systems, incident.services, workflows)
