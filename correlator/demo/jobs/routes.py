"""Which queue takes a job: the first rule whose every condition holds. Rules are data, read from JSON."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from correlator.errors import SettingsError

DEFAULT_RULES: Final = Path(__file__).with_name("routes.json")


@dataclass(frozen=True, slots=True)
class RoutedJob:
    """What rules look at. `release` is stale for a job that goes to workers of an older version."""

    processing_type: str
    priority: int
    size_bytes: int
    release: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """Send to `queue` what meets every condition that is given."""

    queue: str
    processing_type: str | None = None
    priority_at_least: int | None = None
    larger_than_bytes: int | None = None
    release: str | None = None

    def takes(self, job: RoutedJob) -> bool:
        return (
            self.processing_type in (None, job.processing_type)
            and (self.priority_at_least is None or job.priority >= self.priority_at_least)
            and (self.larger_than_bytes is None or job.size_bytes > self.larger_than_bytes)
            and self.release in (None, job.release)
        )


def find_queue(rules: Sequence[Rule], job: RoutedJob) -> str:
    """The first matching rule's queue; `read_rules` saw to it that the last rule takes anything."""
    return next(rule.queue for rule in rules if rule.takes(job))


def read_rules(text: str) -> tuple[Rule, ...]:
    """Rules from a JSON array. Raises SettingsError with the rule's number."""
    try:
        documents = json.loads(text)
    except ValueError as error:
        raise SettingsError(f"the routes are no JSON: {error}") from error
    rules = tuple(_read_rule(number, document) for number, document in enumerate(documents, 1))
    if not rules or rules[-1] != Rule(rules[-1].queue):
        raise SettingsError('the last route must take any job; add {"queue": "work"} at the end')
    return rules


def _read_rule(number: int, document: dict[str, Any]) -> Rule:
    known = {field.name for field in fields(Rule)}
    unknown = sorted(document.keys() - known)
    if unknown:
        raise SettingsError(f"route {number}: {unknown[0]!r} is no condition; known are {', '.join(sorted(known))}")
    if not isinstance(document.get("queue"), str):
        raise SettingsError(f"route {number} names no queue")
    return Rule(**document)
