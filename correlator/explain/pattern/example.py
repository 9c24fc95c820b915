"""Tests beside a rule: a few events written by hand, and whether the rule fits them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from correlator.explain.pattern.event import KINDS, PatternEvent, Telling
from correlator.explain.pattern.match import find_match
from correlator.explain.pattern.rule import DEPENDENCY, SERVICE, Rule
from correlator.rule_text.yaml_fields import Fields, duration_nano, one_of, whole_number, words

EXAMPLE_KEYS: Final = ("name", "events")
EVENT_KEYS: Final = ("at", "system", "service", "operation", "kind", "error", "status_code", "dependency", "attempt")
ATTEMPTS: Final = 1_000
_TEXT: Final = 2_000  # characters


@dataclass(frozen=True, slots=True)
class Example:
    """One test: its name, where it is written, its events with times from 0."""

    name: str
    line: int
    events: tuple[PatternEvent, ...]


def example_in(fields: Fields, systems: Collection[str]) -> Example:
    """The test that a mapping tells."""
    name = fields.required("name", words(_TEXT)) or ""
    if fields.lacks("events") or ("events" in fields and not fields.entries("events")):
        fields.wrong("the test has no events; write at least one", "events")
    events = [
        _event(number, each, systems) for number, each in enumerate(fields.each("events", "an event", EVENT_KEYS))
    ]
    return Example(name, fields.line, tuple(events))


def groups_of(rule: Rule, events: Sequence[PatternEvent]) -> dict[str, list[PatternEvent]]:
    """The events that a rule looks at together, by the name of what it looks at: service, dependency, or the whole story."""
    groups: dict[str, list[PatternEvent]] = defaultdict(list)
    for event in events:
        if (name := group_of(rule, event)) is not None:
            groups[name].append(event)
    return groups


def group_of(rule: Rule, event: PatternEvent) -> str | None:
    """Where a rule counts the event; None for one that names no dependency where the scope is that."""
    if rule.scope == DEPENDENCY:
        return event.dependency or None
    return event.service_name if rule.scope == SERVICE else ""


def rule_fits(rule: Rule, events: Sequence[PatternEvent]) -> bool:
    """Whether the rule fits these events, taken as one story, or in any service or dependency among them."""
    return any(find_match(rule, group) is not None for group in groups_of(rule, events).values())


def _event(number: int, fields: Fields, systems: Collection[str]) -> PatternEvent:
    """Events of one test differ by their span, as they do in a trace."""
    system = fields.required("system", one_of(systems, "system")) or ""
    error_type, colon, message = (fields.optional("error", words(_TEXT)) or "").partition(": ")
    is_typed = bool(colon) and " " not in error_type
    kinds = fields.several("kind", one_of(KINDS, "kind"))
    if fields.lacks("kind"):
        fields.wrong("an event has no 'kind'; give it one")
    return PatternEvent(
        time_unix_nano=fields.required("at", duration_nano) or 0,
        system=system,
        service_name=fields.optional("service", words(_TEXT)) or system,
        operation=fields.optional("operation", words(_TEXT)) or "",
        tellings=(
            Telling(kinds, error_type, message) if is_typed else Telling(kinds, "", error_type + colon + message),
        ),
        status_code=fields.optional("status_code", whole_number(100, 599)),
        dependency=fields.optional("dependency", words(_TEXT)) or "",
        span_id=f"{number:016x}",
        attempt=fields.optional("attempt", whole_number(1, ATTEMPTS)) or 1,
    )
