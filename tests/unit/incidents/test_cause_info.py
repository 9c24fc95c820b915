"""What an incident tells an alert."""

import pytest

from correlator.incidents.cause_info import cause_infos, failures_per_minute, title_of
from correlator.model.finding import Finding
from correlator.model.incident import Incident
from correlator.model.objective import RecordSource
from tests.unit.incidents.opened import opened
from tests.unit.incidents.told import S
from tests.unit.slo.series import objective

LINK = "http://engine/i"
WORKERS = objective(id="worker-errors", source=RecordSource("jobs", system="worker"))
BRIDGE = objective(source=RecordSource("server_calls", system="bridge"))


def test_an_incident_is_told_by_itself_and_for_each_objective_that_it_concerns() -> None:
    """With the cause's system and service, and where to read on."""
    told = cause_infos(opened("E"), (WORKERS, BRIDGE), {}, LINK)
    assert [(each.sloth_id, each.system, each.service, each.link) for each in told] == [
        ("", "worker", "worker", LINK),
        ("worker-errors", "worker", "worker", LINK),
    ]
    assert {each.cause for each in told} == {"worker failed first: E in a."}


def test_an_objective_of_one_workflow_is_found_by_the_workflows_name() -> None:
    """Which is all that an incident knows of it."""
    each = objective(source=RecordSource("executions", system="*", per_workflow=True)).for_workflow("w1", "Orders")
    names = {"w1": "Orders", "w2": "Invoices"}
    assert len(cause_infos(opened("E", workflow="Orders"), (each,), names, LINK)) == 2
    assert len(cause_infos(opened("E", workflow="Invoices"), (each,), names, LINK)) == 1


def test_the_sentence_has_no_ids_and_is_bounded() -> None:
    """It is a label of a series."""
    summary = f"worker failed first: order 4711 of trace {'ab12' * 8} {'x ' * 300}"
    (told,) = cause_infos(opened("E", finding=Finding(summary, abstained=False)), (), {}, LINK)
    assert told.cause.startswith("worker failed first: order … of trace … x x")
    assert len(told.cause) == 200


def test_no_secret_goes_out() -> None:
    """Prometheus would keep it for weeks, and a chat for ever."""
    summary = "not enough evidence: bridge failed (password=hunter2 for postgres://ann:pw@db)"
    incident = opened("E", title=summary, finding=Finding(summary, abstained=True))
    (told,) = cause_infos(incident, (), {}, LINK)
    assert told.cause == title_of(incident) == "not enough evidence: bridge failed (password=[redacted] for …)"


def test_an_unknown_cause_is_told_in_words() -> None:
    """No component is accused."""
    (told,) = cause_infos(opened("E", finding=Finding("not enough evidence.", abstained=True)), (), {}, LINK)
    assert (told.system, told.service, told.cause) == ("", "", "not enough evidence.")


def test_series_of_one_incident_are_bounded() -> None:
    """The first 20 by id, and itself."""
    many = [objective(id=f"o-{number:03}", source=RecordSource("jobs", system="worker")) for number in range(50, 0, -1)]
    told = cause_infos(opened("E"), many, {}, LINK)
    assert [each.sloth_id for each in told] == ["", *(f"o-{number:03}" for number in range(1, 21))]


@pytest.mark.parametrize(("after_s", "rate"), [(0, 3.0), (30, 3.0), (600, 0.3)])
def test_failures_are_counted_since_it_opened_over_a_minute_at_least(after_s: int, rate: float) -> None:
    """What burst a moment ago is not a thousand a minute."""
    incident: Incident = opened("E", failures=3)
    assert failures_per_minute(incident, incident.opened_at_unix_nano + after_s * S) == pytest.approx(rate)
