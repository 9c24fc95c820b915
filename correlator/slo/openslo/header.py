"""What every OpenSLO document begins with: apiVersion, kind, metadata, spec."""

from dataclasses import dataclass
from typing import Final

import yaml

from correlator.rule_text.mistake import Mistake
from correlator.rule_text.yaml_fields import Fields, one_of, words
from correlator.slo.openslo.scalars import equal_to, name

API_VERSION: Final = "openslo/v1"
SLO: Final = "SLO"
KINDS: Final = (SLO, "SLI", "AlertPolicy", "AlertCondition", "DataSource", "Service", "AlertNotificationTarget")
HEADER_KEYS: Final = ("apiVersion", "kind", "metadata", "spec")
METADATA_KEYS: Final = ("name", "displayName", "labels", "annotations")
TITLE: Final = 200  # characters


@dataclass(frozen=True, slots=True)
class Header:
    """A document's beginning. What is found wrong in the rest of it goes to its `mistakes`."""

    kind: str
    name: str
    title: str
    labels: tuple[tuple[str, str], ...]
    metadata: Fields
    spec: yaml.Node
    file: str
    line: int
    mistakes: list[Mistake]


def header_of(node: yaml.Node, file: str, mistakes: list[Mistake]) -> Header | None:
    """The header; None where something that is needed is missing or wrong. `mistakes` are of this document only."""
    fields = Fields(node, "the document", HEADER_KEYS, file, mistakes)
    version = fields.required("apiVersion", equal_to(API_VERSION, f"only {API_VERSION} is read"))
    kind = fields.required("kind", one_of(KINDS, "kind"))
    metadata = fields.needed("metadata", METADATA_KEYS)
    spec = fields.node("spec")
    if metadata is None:
        return None
    called = metadata.required("name", name)
    title = metadata.optional("displayName", words(TITLE))
    if version is None or kind is None or called is None or spec is None:
        return None
    return Header(kind, called, title or called, metadata.texts("labels"), metadata, spec, file, fields.line, mistakes)
