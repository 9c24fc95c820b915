"""Alerting rules."""

from tests.unit.slo.openslo.documents import GOOD, read
from tests.unit.slo.rule_files.built import documents, rules

GATES = """\
  annotations: {correlator/page-min-events: "7", correlator/page-min-failures: "6"}
"""


def test_page_and_ticket_share_a_name_and_differ_by_severity() -> None:
    """What Alertmanager inhibits and routes by."""
    page, ticket = [rule for rule in rules(GOOD) if "alert" in rule]
    assert page["alert"] == ticket["alert"] == "ErrorBudgetBurn"
    assert [rule["labels"]["sloth_severity"] for rule in (page, ticket)] == ["page", "ticket"]
    assert [rule["labels"]["severity"] for rule in (page, ticket)] == ["critical", "warning"]
    assert page["labels"]["sloth_id"] == ticket["labels"]["sloth_id"] == "bridge-availability"


def test_gates_are_those_of_the_objective() -> None:
    """Of the severity that they are for."""
    text = GOOD.replace("metadata:\n", f"metadata:\n{GATES}", 1)
    page, *_, ticket = [rule["expr"] for rule in rules(text) if rule.get("record") == "slo:burn_alert:active"]
    assert " >= 7 " in page
    assert " >= 5.5)" in page
    assert " >= 3 " in ticket
    assert " >= 2.5)" in ticket


def test_factors_follow_the_period() -> None:
    """13.44 at 28 days."""
    exprs = [
        rule["expr"] for rule in rules(GOOD.replace("30d", "28d")) if rule.get("record") == "slo:burn_alert:active"
    ]
    assert ["(13.44 * 0.001" in exprs[0], "(5.6 * 0.001" in exprs[1], "(2.8 * 0.001" in exprs[2]] == [True] * 3


def test_an_objective_that_calls_nobody_has_no_alerts() -> None:
    """It is recorded all the same."""
    text = GOOD.replace("  objectives:", "  alertPolicies: []\n  objectives:")
    assert not any("alert" in rule or rule["record"] == "slo:burn_alert:active" for rule in rules(text))


def test_what_an_author_wrote_is_no_template() -> None:
    """Braces in a title are shown, not run."""
    text = GOOD.replace("Bridge availability", "'{{ query \"up\" }}'")
    summary = next(rule for rule in rules(text) if "alert" in rule)["annotations"]["summary"]
    assert '{{"{{"}} query "up" }}' in summary


def test_the_same_objective_gives_the_same_rules() -> None:
    """In both formats; Pyrra's names are added to Sloth's."""
    sloth = documents(read(GOOD))["bridge-availability.rules.yaml"]["groups"]
    pyrra = documents(read(GOOD), "pyrra")["bridge-availability.rules.yaml"]["groups"]
    assert pyrra[:-1] == sloth
    assert [rule["record"] for rule in pyrra[-1]["rules"]] == [
        "pyrra_objective",
        "pyrra_window",
        "pyrra_availability",
        "pyrra_requests:rate5m",
        "pyrra_errors:rate5m",
    ]
    assert all(rule["labels"]["slo"] == "bridge-availability" for rule in pyrra[-1]["rules"])


def test_the_cause_is_an_annotation_and_never_a_label() -> None:
    """An alert whose cause becomes known, or changes, is the same alert."""
    for alert in (rule for rule in rules(GOOD) if "alert" in rule):
        assert {"cause", "cause_link", "runbook"} <= alert["annotations"].keys()
        assert not {"cause", "cause_link", "incident"} & alert["labels"].keys()
