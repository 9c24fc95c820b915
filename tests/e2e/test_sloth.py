"""Our rules beside those of a real Sloth for the same objective. Every difference is listed here, and in
docs/how-to/alert-from-prometheus.md."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from correlator.model.objective import Objective
from correlator.slo.openslo import RuleFile, read_objectives
from correlator.slo.rule_files import rule_texts
from correlator.slo.rule_files.recordings import windows_s
from tests.e2e.peers import scripts
from tests.e2e.promtool import PROMTOOL, failed_tests, write_yaml
from tests.e2e.promtool import WHY_SKIPPED as NO_PROMTOOL
from tests.e2e.sloth import WHY_SKIPPED, several, sloth_rules, spec_of
from tests.unit.slo.openslo.documents import GOOD, read
from tests.unit.slo.rule_files.built import documents

pytestmark = [pytest.mark.skipif(scripts() is None, reason=WHY_SKIPPED), pytest.mark.timeout(600)]  # to build Sloth

OURS_ALONE = re.compile(r"slo:sli_(total|error)_events:increase.*|slo:coverage:ratio|slo:burn_alert:active")
"""Recorded beside Sloth's: the sums that ratios are made from, what is known, which windows call."""
INFO_DIFFERS = {"sloth_mode", "sloth_spec"}
ALERT_LABELS = {"severity", "system", "sloth_id", "sloth_service", "sloth_slo"}
"""On our alerts by the rule. The last three are on Sloth's, too: its expression keeps them."""

OBJECTIVES = {
    "99.9 % over 30d": GOOD,
    "99.9 % over 28d": GOOD.replace("30d", "28d"),
    "95 % over 30d": GOOD.replace("0.999", "0.95"),
    "labels": GOOD.replace("  name: availability\n", "  name: availability\n  labels: {team: a}\n"),
}
each_objective = pytest.mark.parametrize("text", OBJECTIVES.values(), ids=OBJECTIVES.keys())
CALL = re.compile(r"ratio_rate(\w+)\{[^}]*\} > \(([0-9.e-]+) \* ([0-9.e-]+)")


@dataclass(frozen=True, slots=True)
class Both:
    """Rules of one objective: ours and Sloth's."""

    objective: Objective
    ours: list[dict[str, Any]]
    sloths: list[dict[str, Any]]


def both(text: str, folder: Path) -> Both:
    objective = read(text)
    groups = documents(objective)[f"{objective.id}.rules.yaml"]["groups"]
    sloths = sloth_rules(folder, spec_of(objective), objective.period_days)
    return Both(objective, rules_of(groups), rules_of(sloths))


def rules_of(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [rule for group in groups for rule in group["rules"]]


def recorded(rules: list[dict[str, Any]]) -> set[tuple[str, frozenset[tuple[str, str]]]]:
    """Series names and labels, without the values that say who wrote the rules."""
    return {
        (rule["record"], frozenset((k, "" if k in INFO_DIFFERS else v) for k, v in rule["labels"].items()))
        for rule in rules
        if "record" in rule
    }


@each_objective
def test_series_and_labels_are_sloths(tmp_path: Path, text: str) -> None:
    """All of Sloth's are there; what is there besides is listed."""
    rules = both(text, tmp_path)
    ours, sloths = recorded(rules.ours), recorded(rules.sloths)
    assert sloths - ours == set()
    assert [name for name, _ in ours - sloths if not OURS_ALONE.fullmatch(name)] == []


@each_objective
def test_alerts_have_sloths_name_and_labels(tmp_path: Path, text: str) -> None:
    """And more, to route by."""
    rules = both(text, tmp_path)
    ours, sloths = ([rule for rule in each if "alert" in rule] for each in (rules.ours, rules.sloths))
    assert [rule["alert"] for rule in ours] == [rule["alert"] for rule in sloths]
    for mine, theirs in zip(ours, sloths, strict=True):
        assert mine["labels"].items() >= theirs["labels"].items()
        assert mine["labels"].keys() - theirs["labels"].keys() <= ALERT_LABELS | dict(rules.objective.labels).keys()
        assert mine["annotations"].keys() >= theirs["annotations"].keys()


@each_objective
def test_windows_and_factors_are_sloths(tmp_path: Path, text: str) -> None:
    """Window by window: how much faster than the budget, and what the budget is."""
    rules = both(text, tmp_path)
    ours = calls(rule["expr"] for rule in rules.ours if rule.get("record") == "slo:burn_alert:active")
    sloths = calls(rule["expr"] for rule in rules.sloths if "alert" in rule)
    assert len(sloths) == 2 * 8
    assert ours == pytest.approx(sloths, rel=1e-9)


def calls(exprs: Any) -> list[float]:
    """For each ratio that is asked whether it is over: factor times budget; ascending by window and factor."""
    found = (match for expr in exprs for match in CALL.findall(expr))
    return [number for window, factor, budget in sorted(found) for number in (float(factor), float(budget))]


@each_objective
def test_constants_are_sloths(tmp_path: Path, text: str) -> None:
    """Objective, budget, days; Sloth's own rounding aside."""
    rules = both(text, tmp_path)
    for name in ("slo:objective:ratio", "slo:error_budget:ratio", "slo:time_period:days"):
        ours, sloths = (constant(each, name) for each in (rules.ours, rules.sloths))
        assert ours == pytest.approx(sloths, rel=1e-9)


def constant(rules: list[dict[str, Any]], name: str) -> float:
    """Of `vector(0.999)` or `vector(1-0.999)`."""
    (expr,) = [rule["expr"] for rule in rules if rule.get("record") == name]
    first, *rest = (float(number) for number in expr.removeprefix("vector(").removesuffix(")").split("-"))
    return first - sum(rest)


def test_several_objectives_of_one_slo_are_numbered_as_sloth_does(tmp_path: Path) -> None:
    """From 0, by their place."""
    text = GOOD.replace("    - target: 0.999\n", "    - target: 0.999\n    - target: 0.99\n")
    text = text.replace("name: availability", "name: several")
    ours = [each.name.removesuffix(".test.yaml") for each in rule_texts(read_all(text)) if ".test." in each.name]
    assert ours == ids(sloth_rules(tmp_path, several("several", [0.999, 0.99]), 30))


def test_a_single_objective_is_not_numbered_though_sloth_does(tmp_path: Path) -> None:
    """Of OpenSLO files only; from its own kind of file Sloth does not. A second objective would else rename the first."""
    assert read(GOOD).id == "bridge-availability"
    assert ids(sloth_rules(tmp_path, several("availability", [0.999]), 30)) == ["bridge-availability-0"]


def ids(groups: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(rule["labels"]["sloth_id"] for rule in rules_of(groups) if "record" in rule))


def read_all(text: str) -> list[Objective]:
    return [each.objective for each in read_objectives([RuleFile("a.yaml", text)]).objectives]


@pytest.mark.skipif(PROMTOOL is None, reason=NO_PROMTOOL)
def test_the_same_samples_give_sloths_ratios_but_for_the_period(tmp_path: Path) -> None:
    """At uneven load, 1,000 a minute that go well before 1 a minute that fails: in every window to 1e-9. Over the period
    Sloth's mean of ratios says that nearly half of all failed; it was one in a thousand."""
    objective = read(GOOD)
    for each in rule_texts([objective]):
        (tmp_path / each.name).write_text(each.text, encoding="utf-8")
    sloths = sloth_rules(tmp_path, spec_of(objective, service="sloth"), objective.period_days)
    ours = yaml.safe_load((tmp_path / "bridge-availability.rules.yaml").read_text(encoding="utf-8"))["groups"]
    labels = 'objective="bridge-availability", sloth_id="bridge-availability", sloth_service="bridge", sloth_slo="availability"'
    names = [rule["record"] for rule in rules_of(sloths) if "ratio_rate" in rule.get("record", "")]
    checks = [check(difference(name), 1) for name in names[: len(windows_s(objective))]]
    period = 'sum(slo:sli_error:ratio_rate30d{sloth_service="%s"})'
    checks += [check(f"{period % 'bridge'} < bool 0.0011", 1), check(f"{period % 'sloth'} > bool 0.4", 1)]
    test = {
        "interval": "1m",
        "input_series": [
            {"series": f"correlator_slo_events_total{{{labels}}}", "values": "0+1000x60 60001+1x59"},
            {"series": f"correlator_slo_good_events_total{{{labels}}}", "values": "0+1000x60 60000+0x59"},
        ],
        "promql_expr_test": checks,
    }
    document = {
        "rule_files": ["bridge-availability.rules.yaml", "sloth.rules.yaml"],
        "evaluation_interval": "1m",
        "group_eval_order": [group["name"] for group in (*ours, *sloths)],
        "tests": [test],
    }
    assert failed_tests(write_yaml(tmp_path / "both.test.yaml", document)) == ""


def difference(name: str) -> str:
    ours, sloths = (f'sum({name}{{sloth_service="{service}"}})' for service in ("bridge", "sloth"))
    return f"abs({ours} - {sloths}) < bool 1e-9"


def check(query: str, value: float) -> dict[str, Any]:
    return {"expr": query, "eval_time": "119m", "exp_samples": [{"labels": "{}", "value": value}]}
