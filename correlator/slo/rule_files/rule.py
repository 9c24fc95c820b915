"""Rules as values, and the mappings that Prometheus reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording rule."""

    record: str
    expr: str
    labels: Labels

    def document(self) -> dict[str, object]:
        return {"record": self.record, "expr": self.expr, "labels": dict(self.labels)}


@dataclass(frozen=True, slots=True)
class Alert:
    """An alerting rule. Labels and annotations are templates of Go: see `literally`."""

    alert: str
    expr: str
    labels: Labels
    annotations: Labels = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        labels, annotations = dict(self.labels), dict(self.annotations)
        return {"alert": self.alert, "expr": self.expr, "labels": labels, "annotations": annotations}


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that are evaluated one after the other."""

    name: str
    interval: str
    rules: tuple[Recording | Alert, ...]

    def document(self) -> dict[str, object]:
        return {"name": self.name, "interval": self.interval, "rules": [rule.document() for rule in self.rules]}


def literally(text: str) -> str:
    """The text as a template that gives it back: an author's braces run nothing."""
    return text.replace("{{", '{{"{{"}}')
