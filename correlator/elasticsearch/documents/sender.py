"""Who sent a record that is read: its resource, scope, service and system."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from correlator import semconv
from correlator.correlate.systems import DEFAULT_RULES, system_of
from correlator.elasticsearch.documents.source import Source, object_text

SystemOf = Callable[[Mapping[str, Any], str], str]
"""Resource attributes and scope name to n8n | bridge | worker | other."""


def default_system_of(resource_attributes: Mapping[str, Any], scope_name: str) -> str:
    """By the rules that hold without settings."""
    return system_of(resource_attributes, scope_name, DEFAULT_RULES)


@dataclass(slots=True)
class Senders:
    """The last four columns of a table; resources of others are parsed once each."""

    system_of: SystemOf
    _known: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)

    def row(self, source: Source) -> tuple[str, str, str, str]:
        """service_name, system, scope_name, resource_attributes."""
        resource, scope = object_text(source.resource.attributes), source.scope.name or ""
        if source.correlator is not None:
            return source.correlator.service, source.correlator.system, scope, resource
        if (resource, scope) not in self._known:
            attributes = msgspec.json.decode(resource, type=dict[str, Any])
            self._known[resource, scope] = _service_name(attributes), self.system_of(attributes, scope)
        return *self._known[resource, scope], scope, resource


def _service_name(resource_attributes: Mapping[str, Any]) -> str:
    name = resource_attributes.get(semconv.SERVICE_NAME)
    return name if isinstance(name, str) and name else semconv.UNKNOWN_SERVICE
