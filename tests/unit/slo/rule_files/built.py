"""Rules built from a text, as Prometheus would read them."""

from typing import Any

import yaml

from correlator.model.objective import Objective
from correlator.slo.rule_files import Format, rule_texts
from tests.unit.slo.openslo.documents import GOOD, RATIO, read

COUNTS = """\
      ratioMetric:
        counter: true
        {part}: {{metricSource: {{type: Prometheus, spec: {{query: '{query}'}}}}}}
        total: {{metricSource: {{type: Prometheus, spec: {{query: 'http_total'}}}}}}
"""
PER_WORKFLOW = GOOD.replace('{events: server_calls, service: "bridge*"}', "{events: executions, per_workflow: true}")


def counts(part: str, query: str) -> str:
    """A document over Prometheus's counters."""
    return GOOD.replace(RATIO, COUNTS.format(part=part, query=query))


def documents(objective: Objective, rule_format: Format = "sloth") -> dict[str, dict[str, Any]]:
    """By file name."""
    return {each.name: yaml.safe_load(each.text) for each in rule_texts([objective], rule_format)}


def rules(text: str, rule_format: Format = "sloth") -> list[dict[str, Any]]:
    """All rules of the one objective of a text."""
    objective = read(text)
    groups = documents(objective, rule_format)[f"{objective.id}.rules.yaml"]["groups"]
    return [rule for group in groups for rule in group["rules"]]


def recording(text: str, name: str) -> dict[str, Any]:
    """The one rule that records `name`."""
    (found,) = [rule for rule in rules(text) if rule.get("record") == name]
    return found
