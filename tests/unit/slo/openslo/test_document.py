"""OpenSLO documents to objectives."""

import pytest

from correlator.model.objective import (
    Gate,
    PrometheusCounts,
    PrometheusRatio,
    RecordSource,
    Slices,
    Window,
)
from correlator.slo.openslo import RuleFile, read_objectives
from correlator.slo.windows import standard_windows
from tests.unit.slo.openslo.documents import GOOD, LATENCY, PROMETHEUS, PROMETHEUS_RATIO, RATIO, read, told

POLICIES = """\
  alertPolicies:
    - kind: AlertPolicy
      metadata: {name: wake}
      spec:
        conditions:
          - kind: AlertCondition
            metadata: {name: fast}
            spec:
              severity: page
              condition: {kind: burnrate, op: gt, threshold: 8, lookbackWindow: 2h}
    - alertPolicyRef: slowly
"""
NAMED_POLICY = """\
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: slowly}
spec:
  alertWhenBreaching: true
  conditions: [{conditionRef: slow}]
  notificationTargets: [{targetRef: mail}]
---
apiVersion: openslo/v1
kind: AlertCondition
metadata: {name: slow}
spec: {severity: ticket, condition: {kind: burnrate, threshold: 1.5, lookbackWindow: 1d, alertAfter: 1h}}
"""


def test_a_good_document_is_an_objective() -> None:
    """Its id is Sloth's: service and name."""
    objective = read(GOOD)
    assert (objective.id, objective.service, objective.name) == ("bridge-availability", "bridge", "availability")
    assert (objective.title, objective.kind) == ("Bridge availability", "availability")
    assert (objective.target, objective.error_budget, objective.period_days) == (0.999, 0.001, 30)
    assert objective.source == RecordSource("server_calls", service="bridge*")
    assert objective.windows == standard_windows(30)


def test_an_interval_may_be_stated() -> None:
    """Where missed runs count."""
    text = GOOD.replace('server_calls, service: "bridge*"', "executions, failing: [failed, missed_run], every: 1h")
    assert read(text).source == RecordSource("executions", failing=("failed", "missed_run"), run_interval_s=3_600)


def test_a_percentage_is_the_same_promise() -> None:
    """99.95 % is 0.9995 exactly."""
    assert read(GOOD.replace("target: 0.999", "targetPercent: 99.95")).target == 0.9995


def test_a_threshold_is_a_latency_objective() -> None:
    """P95 below 200 ms: 95 % of events are good, and good is 200 ms at most."""
    text = GOOD.replace(RATIO, LATENCY).replace("target: 0.999", "{op: lte, value: 200, target: 0.95}")
    objective = read(text)
    assert objective.kind == "latency"
    assert objective.source == RecordSource("server_calls", system="bridge", latency_ms=200)


def test_prometheus_counts_are_queries() -> None:
    """Good or bad of total."""
    objective = read(GOOD.replace(RATIO, PROMETHEUS))
    assert objective.kind == "error_ratio"
    assert objective.source == PrometheusCounts("http_total", 'http_total{code=~"5.."}', is_bad=True)


def test_a_ratio_of_prometheus_is_budgeted_by_time() -> None:
    """It tells no number of events."""
    text = GOOD.replace(RATIO, PROMETHEUS_RATIO)
    (mistake,) = told(text)
    assert mistake.endswith("give good and total, or budgetingMethod: RatioTimeslices")
    by_time = text.replace("Occurrences", "RatioTimeslices").replace("0.999", "0.999\n      timeSliceWindow: 5")
    assert read(by_time).source == PrometheusRatio("slo:error_ratio", is_bad=True)
    assert read(by_time).slices == Slices(300, None)


def test_time_slices_have_a_target() -> None:
    """A number without a unit is minutes."""
    text = GOOD.replace("Occurrences", "Timeslices").replace(
        "0.999", "0.999\n      timeSliceTarget: 0.95\n      timeSliceWindow: 1m"
    )
    assert read(text).slices == Slices(60, 0.95)


def test_alert_policies_in_place_and_named_replace_the_windows() -> None:
    """alertAfter is the short window, a twelfth of the long one where it is not given."""
    assert read(GOOD + POLICIES + NAMED_POLICY).windows == (
        Window("page", 7_200, 600, 8.0),
        Window("ticket", 86_400, 3_600, 1.5),
    )


def test_an_empty_list_of_policies_is_no_alerts() -> None:
    """The objective is shown, and calls nobody."""
    assert read(GOOD + "  alertPolicies: []\n").windows == ()


def test_several_objectives_are_numbered() -> None:
    """Each has an id of its own."""
    text = GOOD + "    - {target: 0.99, displayName: Lenient}\n"
    written = read_objectives([RuleFile("a.yaml", text)]).objectives
    assert [each.objective.id for each in written] == ["bridge-availability-0", "bridge-availability-1"]
    assert [each.objective.title for each in written] == ["Bridge availability", "Lenient"]
    assert [each.line for each in written] == [21, 22]


def test_an_indicator_may_be_in_another_file() -> None:
    """And its DataSource too; documents that say nothing of an objective are left alone."""
    slo = GOOD[: GOOD.index("  indicator:")] + "  indicatorRef: answers\n" + GOOD[GOOD.index("  timeWindow") :]
    indicator = (
        "apiVersion: openslo/v1\nkind: SLI\nmetadata: {name: answers}\nspec:\n"
        + PROMETHEUS.replace("      ", "  ").replace("type: Prometheus", "metricSourceRef: prom")
        + "---\napiVersion: openslo/v1\nkind: DataSource\nmetadata: {name: prom}\nspec: {type: Prometheus}\n"
        + "---\napiVersion: openslo/v1\nkind: Service\nmetadata: {name: bridge}\nspec: {description: a bridge}\n"
    )
    document = read_objectives([RuleFile("a.yaml", slo), RuleFile("b.yaml", indicator)])
    assert document.mistakes == ()
    assert document.objectives[0].objective.kind == "error_ratio"


def test_gates_are_annotations() -> None:
    """Other programs' annotations are left alone."""
    text = GOOD.replace(
        "spec:\n  service", "  annotations: {correlator/page-min-failures: '10', other.org/x: y}\nspec:\n  service"
    )
    objective = read(text)
    assert objective.page_gate == Gate(5, 10)
    assert objective.ticket_gate == Gate(3, 3)


def test_labels_are_kept() -> None:
    """A list is one text."""
    text = GOOD.replace("spec:\n  service", "  labels: {team: orders, tags: [a, b]}\nspec:\n  service")
    assert read(text).labels == (("team", "orders"), ("tags", "a, b"))


@pytest.mark.parametrize("workflow_name", ["Nightly orders", ""])
def test_an_objective_for_each_workflow_gives_one(workflow_name: str) -> None:
    """Named by its id, which two workflows never share."""
    text = GOOD.replace('{events: server_calls, service: "bridge*"}', "{events: executions, per_workflow: true}")
    of_one = read(text).for_workflow("wf1", workflow_name)
    assert of_one.id == "bridge-availability-wf1"
    assert of_one.title == f"Bridge availability: {workflow_name or 'wf1'}"
    assert of_one.source == RecordSource("executions", workflow="wf1")
