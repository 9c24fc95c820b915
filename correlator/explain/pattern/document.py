"""YAML to rules: docs/how-to/write-a-pattern.md is the format. Each YAML document is one rule; a file may hold several."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import yaml

from correlator.explain.pattern.event import KINDS
from correlator.explain.pattern.example import ATTEMPTS, EXAMPLE_KEYS, Example, example_in
from correlator.explain.pattern.impossible import impossibilities
from correlator.explain.pattern.rule import ANY, MIN_COUNT, ORDERS, SCOPES, SEVERITIES, STEPS, STORY, Rule, Step
from correlator.rule_text.glob import CHARACTERS, Glob, containing
from correlator.rule_text.mistake import Mistake, Written
from correlator.rule_text.mistake import duplicates as duplicate_ids
from correlator.rule_text.yaml_fields import (
    Fields,
    boolean,
    documents,
    duration_nano,
    one_of,
    whole_number,
    words,
)

SYSTEMS: Final = ("n8n", "bridge", "worker", "other")
RULE_KEYS: Final = (
    "id", "title", "severity", "scope", "order", "within", "min_count", "min_services", "steps", "suggest", "tests",
)  # fmt: skip
STEP_KEYS: Final = (
    "system", "service", "operation", "kind", "error_type", "message", "status_code", "dependency", "min_attempt", "optional", "absent",
)  # fmt: skip
TEST_KEYS: Final = ("should_match", "should_not")
_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_TITLE: Final = 200  # characters
_SUGGESTION: Final = 2_000


@dataclass(frozen=True, slots=True)
class WrittenRule:
    """A rule, where it is written, and the tests beside it."""

    rule: Rule
    file: str
    line: int
    should_match: tuple[Example, ...] = ()
    should_not: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds. Rules with a mistake are left out."""

    rules: tuple[WrittenRule, ...]
    mistakes: tuple[Mistake, ...]


def read_document(text: str, file: str) -> Document:
    """The rules of one file and every mistake in it, by line. `file` is what messages call it."""
    mistakes: list[Mistake] = []
    rules: list[WrittenRule] = []
    nodes = documents(text, file, mistakes)
    if not nodes and not mistakes:
        mistakes.append(Mistake(file, 1, "no rule is in this file; write one, or delete it"))
    for node in nodes:
        of_rule: list[Mistake] = []
        written = _written_rule(node, file, of_rule)
        if not of_rule and written is not None:
            rules.append(written)
        mistakes += of_rule
    return Document(tuple(rules), tuple(sorted(dict.fromkeys(mistakes), key=lambda each: (each.line, each.message))))


def duplicates(rules: Iterable[WrittenRule]) -> list[Mistake]:
    """A mistake for each rule whose id another has that was given before it."""
    return duplicate_ids(Written(each.rule.rule_id, each.file, each.line) for each in rules)


def _written_rule(node: yaml.Node, file: str, mistakes: list[Mistake]) -> WrittenRule | None:
    fields = Fields(node, "the rule", RULE_KEYS, file, mistakes)
    rule_id = fields.required("id", _rule_id)
    title = fields.required("title", words(_TITLE))
    severity = fields.required("severity", one_of(SEVERITIES, "severity"))
    within = fields.required("within", duration_nano)
    suggestion = fields.required("suggest", words(_SUGGESTION))
    steps = _steps(fields)
    matching, others = _tests(fields)
    if rule_id is None or title is None or severity is None or within is None or suggestion is None or not steps:
        return None
    rule = Rule(
        rule_id=rule_id,
        title=title,
        severity=severity,
        steps=tuple(steps),
        within_nano=within,
        suggestion=suggestion,
        scope=fields.optional("scope", one_of(SCOPES, "scope")) or STORY,
        order=fields.optional("order", one_of(ORDERS, "order")) or ANY,
        min_count=fields.optional("min_count", whole_number(1, MIN_COUNT)) or 1,
        min_services=fields.optional("min_services", whole_number(1, MIN_COUNT)) or 1,
    )
    for problem in impossibilities(rule):
        fields.wrong(problem.message, problem.key)
    return WrittenRule(rule, file, fields.line, matching, others)


def _rule_id(text: str) -> str:
    if _ID.fullmatch(text) is None:
        raise ValueError("needs lowercase letters, digits and dashes, at most 64")
    return text


def _steps(fields: Fields) -> list[Step]:
    if fields.lacks("steps") or ("steps" in fields and not fields.entries("steps")):
        fields.wrong("the rule has no steps; give at least one event that must happen", "steps")
    steps = [_step(each) for each in fields.each("steps", "a step", STEP_KEYS)]
    if len(steps) > STEPS:
        fields.wrong(f"the rule has {len(steps)} steps; {STEPS} are the most", "steps")
    return steps[:STEPS]


def _step(fields: Fields) -> Step:
    step = Step(
        systems=fields.several("system", one_of(SYSTEMS, "system")),
        services=fields.several("service", _glob),
        operations=fields.several("operation", _glob),
        kinds=fields.several("kind", one_of(KINDS, "kind")),
        error_types=fields.several("error_type", _glob),
        messages=fields.several("message", _part),
        status_codes=fields.several("status_code", whole_number(100, 599)),
        dependencies=fields.several("dependency", _glob),
        min_attempt=fields.optional("min_attempt", whole_number(2, ATTEMPTS)) or 1,
        is_optional=fields.optional("optional", boolean) or False,
        is_absent=fields.optional("absent", boolean) or False,
    )
    if step == Step(is_optional=step.is_optional, is_absent=step.is_absent):
        fields.wrong("a step that fits every event says nothing; give it a system, a kind or a message")
    return step


def _tests(fields: Fields) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    tests = fields.inner("tests", TEST_KEYS)
    if tests is None:
        return (), ()
    matching, others = (
        tuple(example_in(each, SYSTEMS) for each in tests.each(key, "a test", EXAMPLE_KEYS)) for key in TEST_KEYS
    )
    return matching, others


def _glob(text: str) -> Glob:
    return Glob(_globbed(text))


def _part(text: str) -> Glob:
    return containing(_globbed(text))


def _globbed(text: str) -> str:
    if not text.strip("*") or len(text) > CHARACTERS:
        raise ValueError(f"needs 1 to {CHARACTERS} characters, and not only '*'")
    return text
