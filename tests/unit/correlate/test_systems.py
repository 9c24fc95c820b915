"""Which system a sender belongs to."""

import pytest

from correlator.correlate.systems import DEFAULT_RULES, SystemRule, system_of


@pytest.mark.parametrize(
    ("resource", "scope_name", "system"),
    [
        ({"service.name": "orders", "n8n.instance.id": "6ba1"}, "", "n8n"),
        ({"service.name": "orders"}, "n8n-workflow", "n8n"),
        ({"service.name": "N8N-prod"}, "", "n8n"),
        ({"service.name": "n8n-worker"}, "", "n8n"),
        ({"service.name": "eu-Bridge-2"}, "", "bridge"),
        ({"service.name": "invoice-worker"}, "", "worker"),
        ({"service.name": "postgres"}, "", "other"),
        ({"service.name": "bridge", "n8n.instance.id": ""}, "", "bridge"),
        ({}, "", "other"),
    ],
)
def test_the_default_rules_know_the_three_tiers(resource: dict[str, str], scope_name: str, system: str) -> None:
    """By n8n's instance id or scope, else by the service's name, whatever its case."""
    assert system_of(resource, scope_name, DEFAULT_RULES) == system


def test_what_a_sender_says_itself_wins() -> None:
    """Whatever the rules would make of it."""
    assert system_of({"service.name": "n8n", "correlator.system": "worker"}, "", DEFAULT_RULES) == "worker"


def test_the_first_rule_that_matches_wins() -> None:
    """So a narrow rule goes before a wide one."""
    rules = [SystemRule("edge", "k8s.namespace", "Edge-*"), SystemRule("rest", "k8s.namespace", "*")]
    assert system_of({"k8s.namespace": "edge-eu"}, "", rules) == "edge"
    assert system_of({"k8s.namespace": "core"}, "", rules) == "rest"


def test_an_attribute_that_is_no_text_is_matched_as_text() -> None:
    """Resource attributes may be numbers."""
    assert system_of({"tier": 2}, "", [SystemRule("bridge", "tier", "2")]) == "bridge"
