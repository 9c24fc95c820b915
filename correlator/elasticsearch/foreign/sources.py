"""Where others' records are, and how their documents are to be read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Kind = Literal["otel", "ecs", "custom"]


@dataclass(frozen=True, slots=True)
class Source:
    """Documents of one kind. `index` is a name or a pattern with `*`, of indices, aliases or data streams.

    `fields` leads from a name of ECS to the document's own (dotted, nested or not): all that `custom` documents have, and
    what differs in `ecs` ones. `otel` documents have the names that the Collector gives them.
    """

    index: str
    kind: Kind
    fields: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def by_name(cls, index: str) -> "Source":
        """Of a name alone: spans are in OpenTelemetry's shape (ECS has none of their own), and what `otel` is in; the rest are log lines."""
        name = index.rpartition(":")[2]  # a remote cluster's name stands before
        return cls(index, "otel" if "otel" in name or name.startswith("traces-") else "ecs")

    @property
    def local_places(self) -> tuple[str, ...]:
        """What `index` names of the cluster itself, without what it leaves out (`-name`)."""
        return tuple(each for each in self.index.split(",") if ":" not in each and not each.startswith("-"))


OTEL_STREAMS: Final = (Source("traces-*.otel-*", "otel"), Source("logs-*.otel-*", "otel"))
"""Where the Collector's Elasticsearch exporter writes in OTel mode."""


@dataclass(frozen=True, slots=True)
class KeyFields:
    """Names of attributes that carry a join key, by its kind: execution, job, idempotency, payload.

    Given by who knows all spellings: semconv's own, and those that log lines have for them.
    """

    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def all_names(self) -> frozenset[str]:
        """Of every kind."""
        return frozenset(name for names in self.names.values() for name in names)
