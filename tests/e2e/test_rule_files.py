"""Built rules, judged by promtool: they load, and their tests hold, and fail where a rule makes a known mistake of others."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from correlator.pipeline.rules.files import shipped_rules
from correlator.pipeline.rules.objective_files import read_objective_files
from correlator.slo.rule_files import FORMATS, rule_texts
from tests.e2e.promtool import PROMTOOL, WHY_SKIPPED, check_rules, failed_tests, write_yaml
from tests.unit.slo.openslo.documents import GOOD, PROMETHEUS_RATIO, RATIO, read
from tests.unit.slo.rule_files.built import PER_WORKFLOW, counts

pytestmark = pytest.mark.skipif(PROMTOOL is None, reason=WHY_SKIPPED)

BAD = counts("bad", 'http_total{code=~"5.."}')
TIMESLICES = GOOD.replace("Occurrences", "Timeslices").replace(
    "target: 0.999", "{target: 0.999, timeSliceTarget: 0.9, timeSliceWindow: 1m}"
)
RATIO_TIMESLICES = GOOD.replace("Occurrences", "RatioTimeslices").replace(
    "target: 0.999", "{target: 0.999, timeSliceWindow: 1m}"
)
OF_RATIO = RATIO_TIMESLICES.replace(RATIO, PROMETHEUS_RATIO)
KINDS = {
    "records": GOOD,
    "28d": GOOD.replace("30d", "28d"),
    "per_workflow": PER_WORKFLOW,
    "timeslices": TIMESLICES,
    "calls_nobody": GOOD.replace("  objectives:", "  alertPolicies: []\n  objectives:"),
    "bad": BAD,
    "good": counts("good", "sum(ok_total)"),
    "queries": counts("bad", "failed_total + lost_total"),
    "samples": BAD.replace("counter: true", "counter: false"),
    "sliced_counts": TIMESLICES.replace(RATIO, BAD[BAD.index("      ratioMetric") : BAD.index("  timeWindow")]),
    "ratio": OF_RATIO,
    "ratio_timeslices": TIMESLICES.replace(RATIO, PROMETHEUS_RATIO),
}


def built(text: str, folder: Path, rule_format: Any = "sloth") -> Path:
    """The file of rules of a text's one objective, its tests beside it."""
    for each in rule_texts([read(text)], rule_format):
        (folder / each.name).write_text(each.text, encoding="utf-8")
    return folder / "bridge-availability.rules.yaml"


@pytest.mark.parametrize("rule_format", FORMATS)
@pytest.mark.parametrize("kind", KINDS)
def test_rules_of_every_kind_of_objective_load(tmp_path: Path, kind: str, rule_format: str) -> None:
    """No query is malformed, and no rule is there twice."""
    assert check_rules([built(KINDS[kind], tmp_path, rule_format)]) == ""


def test_the_shipped_rules_load() -> None:
    """All of them at once, as one Prometheus would."""
    assert check_rules(sorted((shipped_rules("prometheus") / "slo").glob("*.rules.yaml"))) == ""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bridge-availability", "n8n-workflow-success"])
def test_the_tests_beside_the_rules_hold(name: str) -> None:
    """One objective by itself, and one for each workflow; the others differ in target only."""
    assert failed_tests(shipped_rules("prometheus") / "slo" / f"{name}.test.yaml") == ""


@pytest.mark.parametrize("name", ["engine", "n8n", "services"])  # limits has recordings only, tested with services
def test_the_alerts_on_what_prometheus_scrapes_do_what_their_tests_say(name: str) -> None:
    """And load."""
    assert check_rules([shipped_rules("prometheus") / f"{name}.rules.yaml"]) == ""
    assert failed_tests(shipped_rules("prometheus") / f"{name}.test.yaml") == ""


MISTAKES: dict[str, tuple[str, Callable[[str], str]]] = {
    "a mean of ratios": (
        "the period sums events, and averages no ratios",
        lambda text: text.replace(_period_of(text), _mean_of(text)),
    ),
    "NaN where nothing happened": ("zero traffic is not met", lambda text: text.replace(" > 0)\n", ")\n")),
    "no gate": ("page: the gate for low traffic", lambda text: text.replace(" >= 5 ", " >= 0 ").replace(">= 3)", ">= 0)")),
    "no data resolves": (
        "page: freezes when the series are gone",
        lambda text: text.replace("(last_over_time(", "0 * (last_over_time("),
    ),
    "silence resolves": (
        "page: freezes when traffic ends",
        lambda text: text.replace("(last_over_time(", "0 * (last_over_time("),
    ),
    "never resolves": ("page: resolves after recovery", lambda text: text.replace(" >= 0.5)", " >= 2)")),
    "one window only": (
        "page: resolves after recovery",
        lambda text: text.replace("0 * (slo:sli_error:ratio_rate5m", "0 * (none"),
    ),
    "any cause that concerns the objective": (
        "the cause that fails most is named",
        lambda text: text.replace("topk(1,", "bottomk(1,"),
    ),
    "the cause of another objective": ("the cause that fails most is named", lambda text: text.replace("{sloth_id=%q}", "")),
    "no cause where two engines tell of it": (
        "the cause that fails most is named",
        lambda text: text.replace("max by (incident) (correlator_incident_failures_per_minute)", "correlator_incident_failures_per_minute"),
    ),
    "no word where no cause is known": (
        "all severities fire, and say so in full",
        lambda text: text.replace("{{ else }}No incident", "{{ end }}{{ if false }}No incident"),
    ),
}  # fmt: skip


def _period_of(text: str) -> str:
    rule = text[text.index("record: slo:sli_error:ratio_rate30d") :]
    return rule[: rule.index("        labels:")]


def _mean_of(text: str) -> str:
    rate = 'slo:sli_error:ratio_rate5m{sloth_id="bridge-availability"}[30d]'
    return f"record: slo:sli_error:ratio_rate30d\n        expr: avg_over_time({rate})\n"


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_known_mistake_fails_its_case(tmp_path: Path, mistake: str) -> None:
    """The case that is there for it, and holds without."""
    case, spoil = MISTAKES[mistake]
    rules = built(GOOD, tmp_path)
    tests = tmp_path / "bridge-availability.test.yaml"
    document = yaml.safe_load(tests.read_text(encoding="utf-8"))
    document["tests"] = [test for test in document["tests"] if test["name"] == case]
    assert len(document["tests"]) == 1
    write_yaml(tests, document)
    assert failed_tests(tests) == ""
    text = rules.read_text(encoding="utf-8")
    assert spoil(text) != text
    rules.write_text(spoil(text), encoding="utf-8")
    assert "FAILED" in failed_tests(tests)


def outcome(text: str, folder: Path, series: dict[str, str], checks: dict[str, list[float]], minute: int) -> str:
    """What fails when these series are seen and each query should give these values at a minute."""
    rules = built(text, folder)
    groups = [group["name"] for group in yaml.safe_load(rules.read_text(encoding="utf-8"))["groups"]]
    expected = [
        {
            "expr": query,
            "eval_time": f"{minute}m",
            "exp_samples": [{"labels": "{}", "value": value} for value in values],
        }
        for query, values in checks.items()
    ]
    test = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": expected,
    }
    file = {"rule_files": [rules.name], "evaluation_interval": "1m", "group_eval_order": groups, "tests": [test]}
    return failed_tests(write_yaml(folder / "own.test.yaml", file))


def near(name: str, value: float) -> str:
    return f'sum(abs({name}{{sloth_id="bridge-availability"}} - {value})) < bool 0.005'


def test_no_error_counter_means_no_errors(tmp_path: Path) -> None:
    """A status that never occurred has no series; with Sloth's rules there would be no ratio then."""
    series = {'http_total{code="200"}': "0+60x30"}
    checks = {near("slo:sli_error:ratio_rate5m", 0): [1.0], near("slo:sli_error:ratio_rate30d", 0): [1.0]}
    assert outcome(BAD, tmp_path, series, checks, 30) == ""


def test_the_reset_of_one_of_several_counters_is_no_wave_of_events(tmp_path: Path) -> None:
    """Increases are summed, not sums increased: 60 events a minute and 6 bad, whatever begins anew."""
    series = {
        'http_total{code="200"}': "0+54x30",
        'http_total{code="500", pod="a"}': "0+3x30",
        'http_total{code="500", pod="b"}': "9000+3x20 3+3x9",
    }
    checks = {near("slo:sli_error:ratio_rate5m", 0.1): [1.0], near("slo:sli_error:ratio_rate30m", 0.1): [1.0]}
    assert outcome(BAD, tmp_path, series, checks, 27) == ""


def test_the_period_of_counters_that_are_not_ours_sums_events(tmp_path: Path) -> None:
    """An hour of 1,000 a minute that go well, one of 1 a minute that fail: no half of the period failed."""
    series = {'http_total{code="200"}': "0+1000x60 60000+0x60", 'http_total{code="500"}': "0+0x60 1+1x60"}
    checks = {near("slo:sli_error:ratio_rate30d", 60 / 60_060): [1.0]}
    assert outcome(BAD, tmp_path, series, checks, 120) == ""


def test_one_nan_does_not_poison_a_window(tmp_path: Path) -> None:
    """A ratio that somebody else divided by zero, now and then: those are no slices, and a tenth of the others failed.

    Slices of 5m: promtool loads at most 10,000 samples for a rule.
    """
    series = {"slo:error_ratio": "0.1x19 NaN 0.1x19"}
    checks = {
        near("slo:sli_error:ratio_rate1h", 0.1): [1.0],
        near("slo:sli_error:ratio_rate30d", 0.1): [1.0],
        'sum(slo:sli_total_events:increase1h{sloth_id="bridge-availability"})': [8.0],
    }
    assert outcome(OF_RATIO.replace("1m}", "5m}"), tmp_path, series, checks, 40) == ""


def test_every_shipped_objective_has_its_rules() -> None:
    """By its id."""
    document = read_objective_files([shipped_rules("slo")], None)
    built_ids = {file.name.removesuffix(".rules.yaml") for file in shipped_rules("prometheus").glob("slo/*.rules.yaml")}
    assert {each.objective.id for each in document.objectives} == built_ids
