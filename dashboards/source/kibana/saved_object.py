"""One of Kibana's saved objects: what a line of the file holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

CORE_VERSION: Final = "8.8.0"
"""coreMigrationVersion: since 8.8 nothing of the envelope has changed."""
TYPE_VERSIONS: Final = {"index-pattern": "8.0.0", "search": "10.5.0", "dashboard": "10.2.0", "tag": "8.0.0"}
"""typeMigrationVersion: the newest that 8.19 and 9.4 both know. Kibana migrates an older object, and refuses a newer one."""
PREFIX: Final = "correlator-"
"""What every id of ours begins with."""


@dataclass(frozen=True, slots=True)
class Reference:
    """To another saved object: `name` is how the attributes call it."""

    type: str
    id: str
    name: str

    def within(self, place: str) -> "Reference":
        """The same, called by a part of the object, such as a panel."""
        return Reference(self.type, self.id, f"{place}:{self.name}")

    def as_json(self) -> dict[str, str]:
        return {"id": self.id, "name": self.name, "type": self.type}


@dataclass(frozen=True, slots=True)
class SavedObject:
    """`type` is one of TYPE_VERSIONS; ids begin with PREFIX and stay the same from release to release."""

    type: str
    id: str
    attributes: Mapping[str, Any]
    references: tuple[Reference, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As `_export` writes it. All but the tag itself carry the tag: by it an import knows what is ours."""
        marked = self.references if self.type == TAG.type else (*self.references, MARK)
        return {
            "type": self.type,
            "id": self.id,
            "attributes": dict(self.attributes),
            "references": [reference.as_json() for reference in marked],
            "coreMigrationVersion": CORE_VERSION,
            "typeMigrationVersion": TYPE_VERSIONS[self.type],
            "managed": False,
        }


TAG: Final = SavedObject(
    "tag",
    f"{PREFIX}tag",
    {"name": "correlator", "description": "Written by correlator: `correlator kibana import`.", "color": "#0B64DD"},
)
MARK: Final = Reference(TAG.type, TAG.id, f"tag-ref-{TAG.id}")
