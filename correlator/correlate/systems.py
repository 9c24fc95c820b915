"""Which tier of the whole a sender belongs to: n8n, bridge, worker, or other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from correlator import semconv

SCOPE_NAME: Final = "scope.name"
"""Pseudo attribute for rules: the instrumentation scope's name."""
OTHER: Final = "other"


@dataclass(frozen=True, slots=True)
class SystemRule:
    """A sender whose resource `attribute` matches `pattern` (a glob, case-insensitive) belongs to `system`."""

    system: str
    attribute: str
    pattern: str


DEFAULT_RULES: Final = (
    SystemRule("n8n", semconv.N8N_INSTANCE_ID, "?*"),
    SystemRule("n8n", SCOPE_NAME, semconv.N8N_SCOPE),
    SystemRule("n8n", semconv.SERVICE_NAME, "n8n*"),
    SystemRule("bridge", semconv.SERVICE_NAME, "*bridge*"),
    SystemRule("worker", semconv.SERVICE_NAME, "*worker*"),
)
"""n8n names itself by its instance id; its own queue workers are n8n, so that rule comes before `*worker*`."""


def system_of(resource_attributes: Mapping[str, Any], scope_name: str, rules: Sequence[SystemRule]) -> str:
    """System of a sender: what its resource says itself (`correlator.system`), else the first rule that matches."""
    own = resource_attributes.get(semconv.SYSTEM)
    if isinstance(own, str) and own:
        return own
    for rule in rules:
        value = scope_name if rule.attribute == SCOPE_NAME else resource_attributes.get(rule.attribute)
        if value is not None and fnmatchcase(str(value).casefold(), rule.pattern.casefold()):
            return rule.system
    return OTHER
