"""Every alert says how bad it is, of which system, and what to do, in a runbook that is there."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from correlator.slo.rule_files.cause import NO_LINK
from exporters.alertmanager.alert import RUNBOOK

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "rules" / "prometheus").glob("**/*.rules.yaml"))
BY_HAND = [file for file in FILES if file.parent.name == "prometheus" and file.name != "limits.rules.yaml"]
OF_SLOS = [file for file in FILES if file.parent.name == "slo"]
SEVERITIES = {"critical", "warning"}
SYSTEMS = {"n8n", "bridge", "worker", "other"}


def alerts(file: Path) -> list[dict[str, Any]]:
    groups = yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"] if "alert" in rule]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_alerts_have_severity_system_and_a_runbook_that_exists(file: Path) -> None:
    """A system may be told by the job; a runbook has a section for the alert, or is of that alert alone."""
    for alert in alerts(file):
        labels = alert["labels"]
        assert labels["severity"] in SEVERITIES
        assert labels["system"] in SYSTEMS or "$labels.job" in labels["system"]
        page, _, section = alert["annotations"]["runbook"].partition("#")
        headings = re.findall(r"^#+ (\w+)$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
        assert alert["alert"] in headings
        assert section in ("", alert["alert"].lower())


def expressions(file: Path) -> dict[str, str]:
    """Of each alert, its expression and those of the recordings that it reads."""
    groups = yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
    recorded = {rule["record"]: rule["expr"] for group in groups for rule in group["rules"] if "record" in rule}
    return {
        alert["alert"]: "\n".join((alert["expr"], *(expr for name, expr in recorded.items() if name in alert["expr"])))
        for alert in alerts(file)
    }


def case_names(rules: Path) -> list[str]:
    tests = rules.with_name(rules.name.replace(".rules.", ".test."))
    return [test["name"] for test in yaml.safe_load(tests.read_text(encoding="utf-8"))["tests"]]


@pytest.mark.parametrize("file", BY_HAND, ids=lambda file: file.name)
def test_every_alert_is_tested(file: Path) -> None:
    """That it fires, that it does not, what it does without its series, and that it ends; where it counts, also without
    traffic and when a counter begins anew. What counts nothing (up, a gauge) knows neither."""
    names = case_names(file)
    for alert, expr in expressions(file).items():
        counts = ("zero traffic", "counter reset") if re.search(r"\b(increase|rate)\(", expr) else ()
        for case in ("fires", "does not fire", "missing series", "recovery", *counts):
            assert any(name.startswith(f"{alert}: {case}") for name in names), (alert, case)


OF_OBJECTIVES = (
    r"all severities fire",
    r"{severity}: does not fire",
    r"{severity}: freezes when traffic ends",
    r"{severity}: freezes when the series are gone",
    r"page: a counter reset is no outage",  # both severities read the same sums
    r"{severity}: resolves after recovery",
)


@pytest.mark.parametrize("severity", ["page", "ticket"])
@pytest.mark.parametrize("file", OF_SLOS, ids=lambda file: file.name)
def test_every_alert_of_an_objective_is_tested(file: Path, severity: str) -> None:
    """The same six cases under the names that `correlator rules build` gives them."""
    names = case_names(file)
    assert [
        case for case in OF_OBJECTIVES if not any(map(re.compile(case.format(severity=severity)).match, names))
    ] == []


def test_limits_are_those_of_the_compose_file() -> None:
    """Of memory for each; of processors for the engine, which alone uses more than one."""
    services = yaml.safe_load((ROOT / "docker-compose.observability.yml").read_text(encoding="utf-8"))["services"]
    limits = {
        name: service["deploy"]["resources"]["limits"] for name, service in services.items() if "deploy" in service
    }
    (group,) = yaml.safe_load((ROOT / "rules/prometheus/limits.rules.yaml").read_text(encoding="utf-8"))["groups"]
    written = {(rule["record"], rule["labels"]["job"]): rule["expr"] for rule in group["rules"]}
    for job, service in {"n8n": "n8n", "bridge": "bridge", "worker": "worker", "correlator": "engine"}.items():
        size, unit = re.fullmatch(r"(\d+)([MG])", limits[service]["memory"]).groups()  # type: ignore[union-attr]
        mebibytes = int(size) * (1024 if unit == "G" else 1)
        cores = float(limits[service]["cpus"]) if service == "engine" else 1
        assert written.pop(("job:memory_limit:bytes", job)) == f"vector({mebibytes} * 2 ^ 20)"
        assert written.pop(("job:cpu_limit:cores", job)) == f"vector({cores:g})"
    assert not written


@pytest.mark.parametrize("place", [RUNBOOK, NO_LINK])
def test_what_annotations_point_to_is_there(place: str) -> None:
    """A page, and its heading as GitHub makes an anchor of it."""
    page, _, anchor = place.partition("#")
    headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
