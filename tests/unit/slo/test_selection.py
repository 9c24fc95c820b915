"""Which objectives an event counts for."""

from dataclasses import replace
from typing import Any

import pytest

from correlator.model.objective import Failing, Objective, PrometheusRatio, RecordSource
from correlator.slo.minute_series import MINUTE_NANO
from correlator.slo.selection import Event, Selection
from tests.unit.slo.series import objective

CALL = Event(
    "server_calls", "t1:s1", 90 * 10**9, has_failed=False, duration_ms=150.0, system="bridge", service="bridge-eu",
    operation="POST /orders", attributes={"deployment.environment.name": "production", "retry": True},
)  # fmt: skip
RUN = Event("executions", "n8n:7", 0, has_failed=False, system="n8n", workflow_id="wf1", workflow_name="Nightly orders")
SILENT: tuple[Failing, ...] = ("missed_run", "stuck")


def of(source: RecordSource) -> Objective:
    """An objective of that source."""
    return objective(source=source)


def goods(event: Event, *sources: RecordSource) -> list[bool]:
    """The outcomes of an event, one for each source that it counts for."""
    return [each.is_good for each in Selection([of(source) for source in sources]).outcomes_of(event)]


def test_an_outcome_is_of_the_minute_in_which_the_event_ended() -> None:
    """With the event's identity and authority."""
    (outcome,) = Selection([of(RecordSource("server_calls"))]).outcomes_of(replace(CALL, authority=1))
    assert (outcome.objective_id, outcome.identity, outcome.minute) == ("bridge-availability", "t1:s1", 1)
    assert (outcome.is_good, outcome.authority) == (True, 1)
    assert CALL.ended_unix_nano // MINUTE_NANO == 1


@pytest.mark.parametrize(
    ("filters", "counts"),
    [
        ({}, True),
        ({"system": "bridge", "service": "BRIDGE-*", "operation": "post /*"}, True),
        ({"system": "worker"}, False),
        ({"service": "bridge"}, False),
        ({"operation": "GET *"}, False),
        ({"workflow": "wf1"}, False),
        ({"attributes": (("deployment.environment.name", "prod*"), ("retry", "true"))}, True),
        ({"attributes": (("deployment.environment.name", "staging"),)}, False),
        ({"attributes": (("unknown", "*"),)}, False),
    ],
)
def test_filters_are_all_needed(filters: dict[str, Any], counts: bool) -> None:
    """Globs in any case."""
    assert (goods(CALL, RecordSource("server_calls", **filters)) == [True]) is counts


def test_events_of_another_kind_do_not_count() -> None:
    """Nor do objectives of Prometheus ask for ours."""
    assert goods(CALL, RecordSource("jobs"), RecordSource("sends"), RecordSource("executions")) == []
    assert Selection([objective(source=PrometheusRatio("x", is_bad=True))]).outcomes_of(CALL) == ()


def test_slow_calls_are_bad_for_a_latency_objective() -> None:
    """What takes exactly so long is good; what failed is bad however fast; an unknown time is no event."""
    source = RecordSource("server_calls", latency_ms=150)
    assert goods(CALL, source) == [True]
    assert goods(replace(CALL, duration_ms=150.1), source) == [False]
    assert goods(replace(CALL, has_failed=True, duration_ms=1.0), source) == [False]
    assert goods(replace(CALL, duration_ms=None), source) == []
    assert goods(replace(CALL, duration_ms=None, has_failed=True), source) == [False]


def test_a_workflow_is_meant_by_id_or_name() -> None:
    """Either."""
    assert goods(RUN, RecordSource("executions", workflow="wf1"), RecordSource("executions", workflow="nightly*")) == [
        True,
        True,
    ]


def test_each_workflow_has_its_own_objective() -> None:
    """A run of an unknown workflow counts for none."""
    selection = Selection([of(RecordSource("executions", per_workflow=True))])
    assert [each.id for each in selection.objectives_of(RUN)] == ["bridge-availability-wf1"]
    assert [each.objective_id for each in selection.outcomes_of(RUN)] == ["bridge-availability-wf1"]
    assert selection.outcomes_of(replace(RUN, workflow_id="")) == ()


def test_silent_failures_count_where_they_are_spoken_of() -> None:
    """And are a success elsewhere, as n8n says."""
    stuck = replace(RUN, silent=frozenset({"stuck"}))
    assert goods(stuck, RecordSource("executions"), RecordSource("executions", failing=SILENT)) == [True, False]
    failed = replace(RUN, has_failed=True)
    assert goods(failed, RecordSource("executions"), RecordSource("executions", failing=SILENT)) == [False, True]


def test_a_run_that_did_not_come_is_no_event_elsewhere() -> None:
    """It is neither good nor bad for an objective that does not speak of it."""
    missed = replace(RUN, silent=frozenset({"missed_run"}))
    assert goods(missed, RecordSource("executions"), RecordSource("executions", failing=SILENT)) == [False]


def test_many_sorts_of_events_are_answered_alike() -> None:
    """What is remembered is bounded."""
    selection = Selection([of(RecordSource("server_calls", operation="op-1*"))])
    answers = [len(selection.outcomes_of(replace(CALL, operation=f"op-{number}"))) for number in range(10_050)]
    assert sum(answers) == sum(str(number).startswith("1") for number in range(10_050))
