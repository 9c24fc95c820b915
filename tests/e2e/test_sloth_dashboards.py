"""Grafana's public dashboards of Sloth read our series: each of their queries finds what it should by our rules."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from correlator.slo.rule_files import rule_texts
from tests.e2e.promtool import PROMTOOL, WHY_SKIPPED, failed_tests, write_yaml
from tests.e2e.sloth_dashboards import HIGH_LEVEL, MONTH, alerts, detail, selectors
from tests.unit.slo.openslo.documents import GOOD, read

pytestmark = pytest.mark.skipif(PROMTOOL is None, reason=WHY_SKIPPED)

OF: str = (
    'objective="bridge-availability", sloth_id="bridge-availability", sloth_service="bridge", sloth_slo="availability"'
)
OUTAGE = {
    f"correlator_slo_events_total{{{OF}}}": "0+60x240",
    f"correlator_slo_good_events_total{{{OF}}}": "0+60x120 7200x119",
}
"""Two hours that go well, two in which all fails: half of the events of the period."""
AT = "240m"


def broken(folder: Path, checks: dict[str, float]) -> str:
    """Which queries do not have these values at the end of the outage; empty where all do."""
    files = {each.name: each.text for each in rule_texts([read(GOOD)])}
    name = "bridge-availability.rules.yaml"
    (folder / name).write_text(files[name], encoding="utf-8")
    expected = [
        {"expr": query, "eval_time": AT, "exp_samples": [{"labels": "{}", "value": value}]}
        for query, value in checks.items()
    ]
    test: dict[str, Any] = {
        "interval": "1m",
        "input_series": [{"series": series, "values": values} for series, values in OUTAGE.items()],
        "promql_expr_test": expected,
    }
    groups = [group["name"] for group in yaml.safe_load(files[name])["groups"]]
    file = {"rule_files": [name], "evaluation_interval": "1m", "group_eval_order": groups, "tests": [test]}
    return failed_tests(write_yaml(folder / "own.test.yaml", file))


def test_every_query_finds_the_objective(tmp_path: Path) -> None:
    """One series each, of the objective chosen; of what compares windows, one for each."""
    queries = {**HIGH_LEVEL, **detail("bridge", "availability", 1)}
    counts = {f"count({query})": 1.0 for name, query in queries.items() if name != "SLI by window"}
    counts |= {f"count({queries['SLI by window']})": 8.0}
    counts |= {f"count({selector})": 1.0 for selector in selectors("bridge")}
    counts |= {f"count({alerts('bridge', 'availability', severity)})": 1.0 for severity in ("page", "ticket")}
    assert broken(tmp_path, counts) == ""


def test_the_dashboards_tell_the_truth(tmp_path: Path) -> None:
    """Half of the period's events failed; the last hour failed in full, and burns a thousand times too fast.

    Of the month two hours failed: of an objective of 99.9 % there are 0.744 to spend in January.
    """
    queries = detail("bridge", "availability", 1)
    near = {
        queries["SLI over 30d"]: 1 / 2,
        queries["SLI over 1h"]: 0.0,
        queries["promised"]: 0.999,
        queries["burn rate"]: 1000.0,
        queries["budget left of the period"]: 1 - 1000 / 2,
        queries[MONTH]: 1 - 2 / 0.744,
    }
    checks = {f"abs(sum({query}) - {value}) < bool {max(abs(value), 1) * 0.01}": 1.0 for query, value in near.items()}
    assert broken(tmp_path, checks) == ""


def test_the_month_is_the_one_that_is_shown(tmp_path: Path) -> None:
    """Of another month nothing is spent."""
    july = detail("bridge", "availability", 7)[MONTH]
    assert broken(tmp_path, {f"sum({july})": 1.0}) == ""
