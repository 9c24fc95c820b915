"""Rules as they are written, and every mistake with its line."""

from pathlib import Path

import pytest

from correlator.explain.pattern import duplicates, read_document
from correlator.explain.pattern.document import Document
from correlator.explain.pattern.rule_tests import failures_of

GOOD = """\
id: relay-denied
title: The mail server refuses us
severity: error
within: 60s
steps:
  - {system: worker, error_type: "*RelayDenied"}
suggest: Log in to the relay.
"""
SHIPPED = sorted((Path(__file__).parents[4] / "rules" / "patterns").glob("*.yaml"))


def read(text: str) -> Document:
    return read_document(text, "r.yaml")


def test_reads_a_rule() -> None:
    """With what is not given as documented."""
    document = read(GOOD)
    assert document.mistakes == ()
    (written,) = document.rules
    rule = written.rule
    assert (rule.rule_id, rule.scope, rule.order, rule.min_count) == ("relay-denied", "story", "any", 1)
    assert rule.within_nano == 60 * 10**9
    assert rule.steps[0].systems == ("worker",)


def test_a_file_may_hold_several() -> None:
    """As YAML documents."""
    document = read(GOOD + "---\n" + GOOD.replace("relay-denied", "another"))
    assert [(each.rule.rule_id, each.line) for each in document.rules] == [("relay-denied", 1), ("another", 9)]


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_the_shipped_rules_pass_their_tests(file: Path) -> None:
    """Each has tests of both sorts, and is in a file of its name."""
    document = read_document(file.read_text(encoding="utf-8"), file.name)
    assert document.mistakes == ()
    (written,) = document.rules
    assert written.rule.rule_id == file.stem
    assert written.should_match
    assert written.should_not
    assert failures_of(written) == []


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("title:", "titel:", "r.yaml:2: unknown key 'titel'; did you mean 'title'?"),
        ("title: The mail server refuses us\n", "", "r.yaml:1: the rule has no 'title'; give it one"),
        ("id: relay-denied", "id: Relay!", "r.yaml:1: id = 'Relay!': needs lowercase letters, digits and dashes, at most 64"),
        ("severity: error", "severity: eror", "r.yaml:3: severity = 'eror': unknown severity 'eror'; did you mean 'error'?"),
        ("within: 60s", "within: 60", "r.yaml:4: within = '60': needs a number with a unit of ms, s, m, h, for example 60s"),
        ("within: 60s", "within: 25h", "r.yaml:4: within must be more than 0 and at most 24h where the scope is story"),
        ("within: 60s", "within: 0s", "r.yaml:4: within must be more than 0 and at most 24h where the scope is story"),
        ("  - {system: worker, error_type: \"*RelayDenied\"}\n", "", "r.yaml:5: 'steps' is no list; begin each of its entries with '- '"),
        ("  - {system: worker, error_type: \"*RelayDenied\"}\n", "  []\n", "r.yaml:6: the rule has no steps; give at least one event that must happen"),
        ("{system: worker,", "{system: wroker,", "r.yaml:6: system = 'wroker': unknown system 'wroker'; did you mean 'worker'?"),
        ("system: worker,", "kind: time-out,", "r.yaml:6: kind = 'time-out': unknown kind 'time-out'; did you mean 'timeout'?"),
        ("error_type:", "mesage:", "r.yaml:6: unknown key 'mesage'; did you mean 'message'?"),
        ("error_type: \"*RelayDenied\"", "status_code: 99", "r.yaml:6: status_code = '99': needs a whole number from 100 to 599"),
        ("error_type: \"*RelayDenied\"", "message: \"*\"", "r.yaml:6: message = '*': needs 1 to 200 characters, and not only '*'"),
        ("error_type: \"*RelayDenied\"", "optional: true", "r.yaml:6: every step is optional or absent; give one that must be there"),
        ("error_type: \"*RelayDenied\"", "kind: n8n", "r.yaml:6: step 1 has kind n8n, which only system n8n tells"),
        ("error_type: \"*RelayDenied\"", "kind: success, message: x", "r.yaml:6: step 1 has a message, and a success tells none"),
        ("within: 60s", "within: 60s\norder: sequence", "r.yaml:5: order: sequence needs two steps that must be there; with one, leave it out"),
        ("within: 60s", "within: 60s\nmin_count: 0", "r.yaml:5: min_count = '0': needs a whole number from 1 to 1000"),
        ("within: 60s", "within: 60s\nwithin: 5s", "r.yaml:5: key 'within' is given twice; keep one"),
        ("within: 60s", "within: 60s\nscope: service\nmin_services: 2", "r.yaml:6: scope: service looks at one service at a time; min_services needs another"),
        ("suggest: Log in to the relay.", "suggest: {a: b}", "r.yaml:7: 'suggest' is no single value; write it on one line"),
        ("title: The mail", "title: \"The mail", "r.yaml:6: this is no YAML: expected alphabetic or numeric character, but found '\"'; correct it here"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(before: str, after: str, message: str) -> None:
    """And with what to do; the rule is left out."""
    assert before in GOOD
    document = read(GOOD.replace(before, after))
    assert message in [str(each) for each in document.mistakes]
    assert document.rules == ()


STEPS = '  - {system: worker, error_type: "*RelayDenied"}\n'


@pytest.mark.parametrize(
    ("scope", "steps", "message"),
    [
        ("service", "  - {system: worker}\n  - {system: bridge}\n", "steps 1 and 2 are of different services, and scope is service"),
        ("service", "  - {service: a}\n  - {service: b}\n", "steps 1 and 2 are of different services, and scope is service"),
        ("service", "  - {kind: success}\n", "step 1 can be known in a story only: of services, errors are watched, and no success"),
        ("story", "  - {system: n8n}\n  - {system: n8n, absent: true}\n", "step 2 must be absent, and another just like it must be there"),
        ("story", "  - {system: n8n}\n  - {kind: log, absent: true, optional: true}\n", "step 2 is optional and absent: an event that must not be there cannot be optional"),
        ("story", "  - {kind: log}\n  - {optional: true}\n", "a step that fits every event says nothing; give it a system, a kind or a message"),
        ("story", "  - {kind: log}\n" * 9, "the rule has 9 steps; 8 are the most"),
    ],
)  # fmt: skip
def test_what_can_never_be_is_refused(scope: str, steps: str, message: str) -> None:
    """Before anybody relies on it."""
    document = read(GOOD.replace(STEPS, steps).replace("within: 60s", f"within: 60s\nscope: {scope}"))
    assert message in [each.message for each in document.mistakes]


def test_names_every_mistake_of_a_file() -> None:
    """Not only the first."""
    document = read(GOOD.replace("error\n", "eror\n").replace("60s", "soon").replace("system: worker", "sytem: worker"))
    assert [each.line for each in document.mistakes] == [3, 4, 6]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "- a\n- b\n",
        "just words",
        "[" * 10_000,
        "a: &x [*x]\n",
        "\x00",
        "{a: b}: c\n",
        "? [a]\n: b\n",
    ],
)
def test_what_is_no_rule_is_a_mistake_and_no_fault(text: str) -> None:
    """Whatever stands in the file."""
    document = read(text)
    assert document.rules == ()
    assert document.mistakes


def test_two_rules_of_one_id_are_a_mistake_of_the_second() -> None:
    """Which names the first."""
    both = [*read_document(GOOD, "a.yaml").rules, *read_document(GOOD, "b.yaml").rules]
    assert [str(each) for each in duplicates(both)] == [
        "b.yaml:1: id 'relay-denied' is taken by a.yaml:1; choose another"
    ]


def test_a_test_that_fails_is_named() -> None:
    """With the line of the test."""
    event = '{at: 0s, system: worker, kind: exception, error: "RelayDenied: no"}'
    tests = f"tests:\n  should_not:\n    - name: never\n      events: [{event}]\n"
    (written,) = read(GOOD + tests).rules
    assert [str(each) for each in failures_of(written)] == [
        "r.yaml:10: relay-denied: 'never' should not match, and does"
    ]


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ("{at: 0s, kind: log}", "an event has no 'system'"),
        ("{at: 0s, system: worker}", "an event has no 'kind'"),
        ("{at: soon, system: worker, kind: log}", "at = 'soon': needs a number"),
        ("{at: 0s, system: worker, kind: log, eror: x}", "unknown key 'eror'; did you mean 'error'?"),
    ],
)
def test_a_mistake_in_a_test_is_one(event: str, message: str) -> None:
    """A rule is not in force with tests that cannot be read."""
    document = read(GOOD + f"tests:\n  should_match:\n    - name: one\n      events:\n        - {event}\n")
    assert [each.line for each in document.mistakes] == [12]
    assert document.mistakes[0].message.startswith(message)


def test_a_misspelt_key_is_one_mistake() -> None:
    """Not two: that it is unknown, and that the right one is missing."""
    document = read(GOOD.replace("title:", "titel:").replace("steps:", "stesp:"))
    assert [each.line for each in document.mistakes] == [2, 5]
