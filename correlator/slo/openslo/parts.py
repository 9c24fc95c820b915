"""Documents of one kind that others name: each is read where it is used, in the file where it is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml

from correlator.rule_text.mistake import Mistake, closest
from correlator.rule_text.yaml_fields import Fields


@dataclass(frozen=True, slots=True)
class Part:
    """A document's spec, not yet read."""

    spec: yaml.Node
    file: str


@dataclass(frozen=True, slots=True)
class Parts:
    """Named documents by kind: SLI, AlertPolicy, AlertCondition, DataSource."""

    by_kind: Mapping[str, Mapping[str, Part]] = field(default_factory=dict)

    def named(self, kind: str, key: str, fields: Fields) -> Part | None:
        """The part that a key refers to. None where the key is not given, or names nothing, which is a mistake."""
        name = fields.optional(key, str)
        if name is None:
            return None
        known = self.by_kind.get(kind, {})
        if name not in known:
            close = closest(name, known)
            remedy = f"did you mean {close!r}?" if close else f"add a document of kind {kind}, or write it in place"
            fields.wrong(f"{key} names {name!r}, and no {kind} is called so; {remedy}", key)
        return known.get(name)


def part_fields(part: Part, what: str, known: tuple[str, ...], mistakes: list[Mistake]) -> Fields:
    """A reader of the part's spec."""
    return Fields(part.spec, what, known, part.file, mistakes)
