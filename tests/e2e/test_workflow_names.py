"""Objectives of workflows by the names of the workflows, as dashboards ask for them."""

from pathlib import Path

import pytest

from dashboards.source.workflow_names import with_workflow_names
from tests.e2e.promtool import PROMTOOL, WHY_SKIPPED, failed_tests, write_yaml

pytestmark = pytest.mark.skipif(PROMTOOL is None, reason=WHY_SKIPPED)

ID = "abcdefgh12345678"
OF_WORKFLOW = f"n8n-workflow-success-{ID}"
OBJECTIVES = {f'budget{{sloth_id="{OF_WORKFLOW}"}}': "0.5x1", 'budget{sloth_id="bridge-latency"}': "0.7x1"}


def broken(folder: Path, names: tuple[str, ...], by: str, expected: set[str]) -> str:
    """What promtool finds wrong when n8n tells these names of the workflow and there should be these series, one each."""
    told = {f'n8n_workflow_info{{workflow_id="{ID}", workflow_name="{name}"}}': "1x1" for name in names}
    test = {
        "interval": "1m",
        "input_series": [{"series": series, "values": values} for series, values in (OBJECTIVES | told).items()],
        "promql_expr_test": [
            {
                "expr": f"count by ({by}) ({with_workflow_names('budget')})",
                "eval_time": "1m",
                "exp_samples": [{"labels": labels, "value": 1} for labels in expected],
            }
        ],
    }
    return failed_tests(write_yaml(folder / "names.test.yaml", {"rule_files": [], "tests": [test]}))


def test_an_objective_has_the_name_that_n8n_tells(tmp_path: Path) -> None:
    """None where it tells none, or where the objective is of no workflow."""
    service = '{sloth_id="bridge-latency"}'
    by = "sloth_id, workflow_name"
    assert broken(tmp_path, (), by, {f'{{sloth_id="{OF_WORKFLOW}"}}', service}) == ""
    assert broken(tmp_path, ("orders",), by, {f'{{sloth_id="{OF_WORKFLOW}", workflow_name="orders"}}', service}) == ""


def test_a_workflow_that_was_renamed_breaks_no_panel(tmp_path: Path) -> None:
    """Of two names one is taken: the objective is there once."""
    expected = {f'{{sloth_id="{OF_WORKFLOW}"}}', '{sloth_id="bridge-latency"}'}
    assert broken(tmp_path, ("orders", "invoices"), "sloth_id", expected) == ""
