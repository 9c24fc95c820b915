"""Which objectives an incident may have burnt."""

import pytest

from correlator.model.objective import PrometheusRatio, RecordSource
from correlator.slo.concerned import is_concerned, with_ids
from tests.unit.slo.series import objective

SYSTEMS, SERVICES, WORKFLOWS = ("bridge", "n8n"), ("orders-bridge", "n8n-main"), ("Invoice intake", "wf-7")


@pytest.mark.parametrize(
    ("source", "is_met"),
    [
        (RecordSource("server_calls", system="bridge"), True),
        (RecordSource("server_calls", system="BRIDGE", service="orders-*"), True),
        (RecordSource("jobs", system="worker"), False),
        (RecordSource("server_calls", system="bridge", service="billing-bridge"), False),
        (RecordSource("sends"), True),
        (RecordSource("executions", system="n8n", workflow="wf-7"), True),
        (RecordSource("executions", system="n8n", workflow="invoice *"), True),
        (RecordSource("executions", system="n8n", workflow="wf-8"), False),
    ],
)
def test_every_filter_needs_a_failing_name(source: RecordSource, is_met: bool) -> None:
    """In any case of letters, globs as globs."""
    assert is_concerned(objective(source=source), SYSTEMS, SERVICES, WORKFLOWS) is is_met


def test_executions_fail_only_where_n8n_or_a_workflow_does() -> None:
    """Though the objective filters nothing."""
    executions = objective(source=RecordSource("executions"))
    assert not is_concerned(executions, ("worker",), ("invoice-worker",), ())
    assert is_concerned(executions, ("worker",), ("invoice-worker",), ("Invoice intake",))
    assert is_concerned(executions, ("n8n",), (), ())


def test_one_over_a_prometheus_is_met_by_its_service() -> None:
    """Its queries tell no names."""
    ratio = objective(source=PrometheusRatio("up", is_bad=False))
    assert is_concerned(ratio, ("bridge",), ("orders",), ())
    assert is_concerned(ratio, ("other",), ("Bridge",), ())
    assert not is_concerned(ratio, ("n8n",), ("n8n-main",), ())


def test_a_workflow_is_known_by_all_ids_of_its_name() -> None:
    """Two may be named alike; an incident cannot tell them apart."""
    names = {"wf-7": "Invoice intake", "wf-9": "Invoice intake", "wf-8": "Orders"}
    assert with_ids(("Invoice intake",), names) == {"Invoice intake", "wf-7", "wf-9"}
