"""An incident as the alerts that it is now. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from correlator.incidents.cause_info import cause_of, title_of
from correlator.incidents.lifecycle import OPEN
from correlator.model.incident import Incident

ALERT: Final = "Incident"
RUNBOOK: Final = "docs/runbooks/incidents.md#incident"
CALLS: Final = "critical"
TELLS: Final = "warning"

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Alert:
    """What is told of an incident. Alertmanager knows an alert again by its labels. Open while `ends_at_unix_nano` is None."""

    labels: Labels
    annotations: Labels
    link: str
    starts_at_unix_nano: int
    ends_at_unix_nano: int | None = None

    def document(self, ends_unless_told_again_unix_nano: int) -> dict[str, Any]:
        """As Alertmanager's API takes it: it refuses what ends before it began, and a sender's clock may be ahead."""
        ends = self.ends_at_unix_nano or ends_unless_told_again_unix_nano
        return {
            "labels": dict(self.labels),
            "annotations": dict(self.annotations),
            "generatorURL": self.link,
            "startsAt": _rfc3339(min(self.starts_at_unix_nano, ends)),
            "endsAt": _rfc3339(ends),
        }


def alerts_of(
    incident: Incident, identity: Mapping[str, str], link: str, is_promised: Callable[[Incident], bool]
) -> Iterator[Alert]:
    """The warning that it is from its start to its end, and while it is critical and no objective covers it, a call.

    `is_promised` looks at every objective: it is asked of an incident that may call only.

    Two alerts, since one whose severity changed would be another to Alertmanager, and the first would never end.
    """
    yield _alert(incident, identity, link, TELLS)
    if incident.state == OPEN and incident.severity == CALLS and not is_promised(incident):
        yield _alert(incident, identity, link, CALLS)


def _alert(incident: Incident, identity: Mapping[str, str], link: str, severity: str) -> Alert:
    labels = {"alertname": ALERT, "incident": incident.key, "severity": severity, **identity}
    annotations = {
        "title": title_of(incident),
        "summary": f"Incident {incident.key} ({incident.severity}): {_hit(incident)} failed.",
        "cause": cause_of(incident),
        "cause_link": link,
        "runbook": RUNBOOK,
    }
    return Alert(
        labels=tuple(sorted((name, text) for name, text in labels.items() if text)),
        annotations=tuple(annotations.items()),
        link=link,
        starts_at_unix_nano=incident.opened_at_unix_nano,
        ends_at_unix_nano=incident.resolved_at_unix_nano,
    )


def _hit(incident: Incident) -> str:
    """What people miss: workflows, or else services."""
    if incident.workflows:
        return f"workflow{'s' if len(incident.workflows) > 1 else ''} {', '.join(incident.workflows)}"
    return ", ".join(incident.services) or "a component"


def _rfc3339(unix_nano: int) -> str:
    """To the microsecond, in UTC."""
    return datetime.fromtimestamp(unix_nano // 10**9, UTC).replace(microsecond=unix_nano % 10**9 // 1_000).isoformat()
