"""Rules that can never fit, or say something else than they seem to: refused when they are read."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

from correlator.explain.pattern.event import DEPLOY, SUCCESS, WARNING
from correlator.explain.pattern.rule import DEPENDENCY, MIN_COUNT, SEQUENCE, SERVICE, STORY, Rule, Step
from correlator.rule_text.glob import Glob, overlap

LONGEST: Final = {STORY: 24 * 3_600 * 10**9, SERVICE: 3_600 * 10**9, DEPENDENCY: 3_600 * 10**9}
"""Of `within`, nanoseconds: a story is read as a whole; of services the events of one window are kept in memory."""
SEQUENCE_EVENTS: Final = 100
"""In order, each event is held against so many places at most."""
_TELLS_NO_ERROR: Final = frozenset({SUCCESS, DEPLOY})
_IN_STORIES_ONLY: Final = frozenset({SUCCESS, WARNING})


@dataclass(frozen=True, slots=True)
class Impossibility:
    """Why, and the key of the rule that says so."""

    message: str
    key: str


def impossibilities(rule: Rule) -> Iterator[Impossibility]:
    """Every reason why the rule cannot be what it seems."""
    yield from _of_numbers(rule)
    for number, step in enumerate(rule.steps, start=1):
        yield from (Impossibility(f"step {number} {problem}", "steps") for problem in _of_step(rule, step))
    yield from _of_scope(rule)
    yield from _contradictions(rule)


def _of_numbers(rule: Rule) -> Iterator[Impossibility]:
    if not rule.required:
        yield Impossibility("every step is optional or absent; give one that must be there", "steps")
    if not 0 < rule.within_nano <= LONGEST[rule.scope]:
        hours = LONGEST[rule.scope] // LONGEST[SERVICE]
        yield Impossibility(
            f"within must be more than 0 and at most {hours}h where the scope is {rule.scope}", "within"
        )
    if rule.order == SEQUENCE and len(rule.required) == 1:
        yield Impossibility("order: sequence needs two steps that must be there; with one, leave it out", "order")
    most = SEQUENCE_EVENTS if rule.order == SEQUENCE else MIN_COUNT
    if rule.events_needed > most:
        yield Impossibility(
            f"min_count times steps is {rule.events_needed}; at most {most} are looked for", "min_count"
        )


def _of_step(rule: Rule, step: Step) -> Iterator[str]:
    kinds = set(step.kinds)
    if step.is_optional and step.is_absent:
        yield "is optional and absent: an event that must not be there cannot be optional"
    if "n8n" in kinds and len(kinds) == 1 and step.systems and "n8n" not in step.systems:
        yield "has kind n8n, which only system n8n tells"
    if kinds and kinds <= _TELLS_NO_ERROR and step.error_types:
        yield f"has an error_type, and {' and '.join(sorted(kinds))} tells none"
    if kinds == {SUCCESS} and step.messages:
        yield "has a message, and a success tells none"
    if kinds and kinds <= {DEPLOY, WARNING, "log", "n8n", "grpc"} and step.status_codes:
        yield f"has a status_code (of HTTP), and {' and '.join(sorted(kinds))} has none"
    if rule.scope != STORY and kinds and kinds <= _IN_STORIES_ONLY:
        yield f"can be known in a story only: of services, errors are watched, and no {' or '.join(sorted(kinds))}"
    if rule.scope == DEPENDENCY and kinds == {DEPLOY}:
        yield "is a deploy, which has no dependency"


def _of_scope(rule: Rule) -> Iterator[Impossibility]:
    if rule.min_services > 1 and rule.scope == SERVICE:
        yield Impossibility("scope: service looks at one service at a time; min_services needs another", "min_services")
    if rule.min_services > 1 and rule.order == SEQUENCE:
        yield Impossibility("min_services counts services in any order; leave out order: sequence", "min_services")
    if rule.min_services > rule.events_needed > 0:
        yield Impossibility(
            f"min_services is {rule.min_services}, of {rule.events_needed} events; raise min_count", "min_services"
        )
    if rule.scope != SERVICE:
        return
    for (first, one), (second, other) in combinations(enumerate(rule.required, start=1), 2):
        if not _may_be_one_service(one, other):
            yield Impossibility(f"steps {first} and {second} are of different services, and scope is service", "steps")


def _may_be_one_service(one: Step, other: Step) -> bool:
    if one.systems and other.systems and set(one.systems).isdisjoint(other.systems):
        return False
    return not one.services or not other.services or _may_overlap(one.services, other.services)


def _may_overlap(some: tuple[Glob, ...], others: tuple[Glob, ...]) -> bool:
    return any(overlap(one, other) for one in some for other in others)


def _contradictions(rule: Rule) -> Iterator[Impossibility]:
    needed = {replace(step, is_optional=False, is_absent=False) for step in rule.required}
    for number, step in enumerate(rule.steps, start=1):
        if step.is_absent and replace(step, is_optional=False, is_absent=False) in needed:
            yield Impossibility(f"step {number} must be absent, and another just like it must be there", "steps")
