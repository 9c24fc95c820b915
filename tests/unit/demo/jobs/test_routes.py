"""Rules send jobs to queues."""

import json

import pytest

from correlator.demo.jobs.queues import QUEUE_NAMES
from correlator.demo.jobs.routes import DEFAULT_RULES, RoutedJob, Rule, find_queue, read_rules
from correlator.errors import SettingsError

RULES = read_rules(DEFAULT_RULES.read_text())


@pytest.mark.parametrize(
    ("job", "queue"),
    [
        (RoutedJob("email_send", 5, 10), "mail"),
        (RoutedJob("template_render", 5, 10), "work"),
        (RoutedJob("email_send", 5, 65_537), "bulk"),
        (RoutedJob("email_send", 5, 65_536), "mail"),
        (RoutedJob("validation", 9, 10, "stale"), "stale"),
        (RoutedJob("invoice", 5, 10), "invoices"),
    ],
)
def test_default_rules(job: RoutedJob, queue: str) -> None:
    """The first that matches wins."""
    assert find_queue(RULES, job) == queue


def test_default_rules_name_known_queues() -> None:
    """Workers serve these."""
    assert {rule.queue for rule in RULES} <= set(QUEUE_NAMES)


def test_rule_by_priority() -> None:
    """At least as high."""
    rules = (Rule("fast", priority_at_least=9), Rule("work"))
    assert [find_queue(rules, RoutedJob("x", priority, 1)) for priority in (9, 8)] == ["fast", "work"]


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([], "the last route must take any job"),
        ([{"queue": "mail", "processing_type": "email_send"}], "the last route must take any job"),
        ([{"queue": "a", "colour": "red"}], "route 1: 'colour' is no condition; known are "),
        ([{"priority_at_least": 3}], "route 1 names no queue"),
    ],
)
def test_wrong_rules_are_refused(rules: list[dict[str, object]], message: str) -> None:
    """With the rule's number."""
    with pytest.raises(SettingsError, match=message):
        read_rules(json.dumps(rules))


def test_what_is_no_json_is_refused() -> None:
    """With the place."""
    with pytest.raises(SettingsError, match=r"the routes are no JSON: .*line 1"):
        read_rules("[")
