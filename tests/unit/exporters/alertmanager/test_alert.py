"""An incident as alerts."""

from dataclasses import replace

import pytest

from correlator.model.finding import Finding
from correlator.model.incident import Incident
from exporters.alertmanager.alert import Alert, alerts_of
from tests.unit.incidents.opened import OPENED_S, opened
from tests.unit.incidents.told import S

WORKER = {"system": "worker", "service": "worker"}
RESOLVED = {"state": "resolved", "resolved_at_unix_nano": (OPENED_S + 60) * S}


def told(incident: Incident, *, is_promised: bool = True) -> list[Alert]:
    return list(alerts_of(incident, WORKER, "http://e/i", lambda _: is_promised))


def test_an_open_incident_is_a_warning_with_its_cause() -> None:
    """Its labels name it, its annotations say why; it ends unless it is told again."""
    (alert,) = told(opened("E", workflow="Orders"))
    document = alert.document((OPENED_S + 240) * S)
    assert document["labels"] == {"alertname": "Incident", "incident": "E-1", "severity": "warning", **WORKER}
    assert document["annotations"] == {
        "title": "worker E: Error",
        "summary": "Incident E-1 (error): workflow Orders failed.",
        "cause": "worker failed first: E in a.",
        "cause_link": "http://e/i",
        "runbook": "docs/runbooks/incidents.md#incident",
    }
    assert document["generatorURL"] == "http://e/i"
    assert document["startsAt"] == "2025-10-09T08:53:20+00:00"
    assert document["endsAt"] == "2025-10-09T08:57:20+00:00"


def test_no_secret_is_told() -> None:
    """Where no cause is known the title quotes an error, too."""
    summary = "not enough evidence: bridge failed (password=hunter2)"
    (alert,) = told(opened("E", title=summary, finding=Finding(summary, abstained=True)))
    assert "hunter2" not in str(alert)


@pytest.mark.parametrize(
    ("severity", "is_promised", "severities"),
    [
        ("critical", False, ["warning", "critical"]),
        ("critical", True, ["warning"]),
        ("error", False, ["warning"]),
    ],
)
def test_only_a_critical_incident_that_no_objective_covers_calls(
    severity: str, is_promised: bool, severities: list[str]
) -> None:
    """Any other page comes from an objective."""
    alerts = told(opened("E", severity=severity), is_promised=is_promised)
    assert [dict(each.labels)["severity"] for each in alerts] == severities


def test_objectives_are_looked_at_for_none_but_an_incident_that_may_call() -> None:
    """There may be thousands of either."""
    asked: list[str] = []
    for each in (opened("E"), opened("F", severity="critical"), opened("G", severity="critical", **RESOLVED)):
        list(alerts_of(each, WORKER, "http://e/i", lambda incident: not asked.append(incident.key)))
    assert asked == ["F-1"]


def test_labels_stay_while_it_grows_and_resolves() -> None:
    """Whatever becomes known: more failures, another severity, another title, a better told cause."""
    before = opened("E")
    grown = replace(
        before, failures=99, severity="critical", services=("a", "worker"), workflows=("x", "y"), title="other"
    )
    assert {each.labels for each in told(before)} == {each.labels for each in told(grown)}
    (over,) = told(replace(grown, **RESOLVED))
    assert over.labels == told(before)[0].labels
    assert over.document(0)["endsAt"] == "2025-10-09T08:54:20+00:00"


def test_none_ends_before_it_began() -> None:
    """Though the failing service's clock is an hour ahead: Alertmanager would take none of a batch."""
    (alert,) = told(opened("E"))
    document = alert.document((OPENED_S - 3_600) * S)
    assert document["startsAt"] == document["endsAt"] == "2025-10-09T07:53:20+00:00"


def test_what_nobody_knows_is_no_label() -> None:
    """Alertmanager has no empty ones."""
    (alert,) = alerts_of(opened("E"), {}, "http://e/i", lambda _: True)
    assert {name for name, _ in alert.labels} == {"alertname", "incident", "severity"}
