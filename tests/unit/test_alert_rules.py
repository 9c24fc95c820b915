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
BY_HAND = [file for file in FILES if file.parent.name == "prometheus"]
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


@pytest.mark.parametrize("file", BY_HAND, ids=lambda file: file.name)
def test_every_alert_is_tested(file: Path) -> None:
    """That it fires, that it does not, what it does without its series, and that it ends; where it counts, also without
    traffic and when a counter begins anew."""
    tests = file.with_name(file.name.replace(".rules.", ".test."))
    names = [test["name"] for test in yaml.safe_load(tests.read_text(encoding="utf-8"))["tests"]]
    for alert in alerts(file):
        counts = ("zero traffic", "counter reset") if "increase(" in alert["expr"] else ()
        for case in ("fires", "does not fire", "missing series", "recovery", *counts):
            assert any(name.startswith(f"{alert['alert']}: {case}") for name in names), (alert["alert"], case)


@pytest.mark.parametrize("place", [RUNBOOK, NO_LINK])
def test_what_annotations_point_to_is_there(place: str) -> None:
    """A page, and its heading as GitHub makes an anchor of it."""
    page, _, anchor = place.partition("#")
    headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
