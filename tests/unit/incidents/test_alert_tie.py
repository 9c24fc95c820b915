"""Which incident an alert is of."""

import pytest

from correlator.incidents.alert_tie import AlertTies, could_be_of
from correlator.model.alert import Alert
from correlator.model.incident import Incident
from correlator.model.objective import RecordSource
from tests.unit.incidents.opened import OPENED_S, opened
from tests.unit.incidents.told import S
from tests.unit.slo.series import objective

WORKERS = objective(id="worker-errors", source=RecordSource("jobs", system="worker"))
ORDERS = objective(id="n8n-orders", source=RecordSource("executions", workflow="w1"))
MINUTE = 60


def alert(at_s: float = OPENED_S + MINUTE, **labels: str) -> Alert:
    return Alert("f", "firing", labels, {}, int(at_s * S), None, "", "", 0)


def tied(told: Alert, *incidents: Incident) -> tuple[str, str] | None:
    known = {incident.key: incident for incident in incidents}
    tie = AlertTies(known, {each.id: each for each in (WORKERS, ORDERS)}, {"w1": "Orders"}).of(told)
    assert tie is None or could_be_of(told, known[tie.incident])
    return tie


@pytest.mark.parametrize(
    ("labels", "tie"),
    [
        ({"incident": "E-1", "system": "n8n"}, ("E-1", "incident")),
        ({"sloth_id": "worker-errors"}, ("E-1", "objective")),
        ({"sloth_id": "n8n-orders"}, ("E-1", "objective")),
        ({"service": "Worker", "system": "worker"}, ("E-1", "service")),
        ({"job": "worker"}, ("E-1", "service")),
        ({"job": "node", "system": "worker"}, ("E-1", "system")),
        ({"system": "other"}, None),
        ({"sloth_id": "unknown-here", "sloth_service": "worker"}, ("E-1", "service")),
        ({}, None),
    ],
)  # fmt: skip
def test_the_surest_way_is_taken(labels: dict[str, str], tie: tuple[str, str] | None) -> None:
    """The label, the objective, the service, the system."""
    assert tied(alert(**labels), opened("E", workflow="Orders")) == tie


def test_an_objective_that_no_incident_concerns_ties_to_none() -> None:
    """A system that fits besides would be a worse guess than none."""
    assert tied(alert(sloth_id="n8n-orders", system="worker"), opened("E")) is None


def test_a_label_of_no_incident_falls_back() -> None:
    """Somebody else's label of that name."""
    assert tied(alert(incident="gone-1", system="worker"), opened("E")) == ("E-1", "system")


@pytest.mark.parametrize(
    ("after_s", "labels", "is_tied"),
    [
        (-4 * MINUTE, {"system": "worker"}, True),
        (-6 * MINUTE, {"system": "worker"}, False),
        (14 * MINUTE, {"system": "worker"}, True),
        (16 * MINUTE, {"system": "worker"}, False),
        (69 * MINUTE, {"sloth_id": "worker-errors"}, True),
        (71 * MINUTE, {"sloth_id": "worker-errors"}, False),
    ],
)  # fmt: skip
def test_it_is_of_the_time(after_s: int, labels: dict[str, str], is_tied: bool) -> None:
    """Resolved after 10 minutes: 5 minutes around, and for an objective an hour after."""
    over = opened("E", state="resolved", resolved_at_unix_nano=(OPENED_S + 10 * MINUTE) * S)
    assert (tied(alert(OPENED_S + after_s, **labels), over) is not None) is is_tied


def test_of_several_the_open_one_that_fails_most_is_taken() -> None:
    """Then by key; the order in which they come is irrelevant."""
    over = opened("D", failures=99, state="resolved", resolved_at_unix_nano=(OPENED_S + 30) * S)
    few, many, same = opened("E", failures=1), opened("F", failures=5), opened("G", failures=5)
    told = alert(sloth_id="worker-errors")
    assert tied(told, over, few, many, same) == tied(told, same, many, few, over) == ("F-1", "objective")
    assert tied(told, over) == ("D-1", "objective")


def test_an_alert_of_another_day_could_not_be_of_an_incident() -> None:
    """Unless it names it."""
    over = opened("E", state="resolved", resolved_at_unix_nano=(OPENED_S + 10 * MINUTE) * S)
    assert not could_be_of(alert(OPENED_S + 86_400, sloth_id="worker-errors"), over)
    assert could_be_of(alert(OPENED_S + 86_400, incident="E-1"), over)
