"""The saved objects that travel with the package, made to fit an engine. Pure but for reading the file."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ENGINE_URL: Final = "http://127.0.0.1:7070"
"""What links in the file begin with."""
INDEX_PREFIX: Final = "correlator"
"""What indices of conclusions begin with in the file."""
MARK: Final = ("tag", "correlator-tag")
"""The tag that every object of ours refers to: an object without it is another's, whatever its id."""

Key = tuple[str, str]
"""Type and id: what names a saved object within a space."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """One saved object. `document` is a line of the file."""

    document: Mapping[str, Any]

    @property
    def key(self) -> Key:
        return self.document["type"], self.document["id"]

    @property
    def title(self) -> str:
        return title_of(self.document)


def shipped_file() -> Path:
    """Within the package where it was installed from a wheel, beside it in a clone."""
    package = Path(__file__).parents[2]
    installed = package / "data" / "dashboards" / "kibana" / "correlator.ndjson"
    return installed if installed.is_file() else package.parent / "dashboards" / "kibana" / "correlator.ndjson"


def shipped_objects(engine_url: str, index_prefix: str) -> tuple[Shipped, ...]:
    """All objects of the file, links to `engine_url`, conclusions read from `{index_prefix}-incidents*` and the like."""
    lines = shipped_file().read_text(encoding="utf-8").splitlines()
    return tuple(Shipped(_fitted(json.loads(line), engine_url.rstrip("/"), index_prefix)) for line in lines)


def ndjson(objects: Iterable[Shipped]) -> bytes:
    """The objects as the file that Kibana imports."""
    return b"".join(json.dumps(each.document, ensure_ascii=False).encode() + b"\n" for each in objects)


def is_ours(document: Mapping[str, Any]) -> bool:
    """Whether a saved object that Kibana has was written by us: it carries our tag, or is the tag."""
    if (document["type"], document["id"]) == MARK:
        return bool(document["attributes"].get("name") == "correlator")
    return any((each["type"], each["id"]) == MARK for each in document.get("references", ()))


def title_of(document: Mapping[str, Any]) -> str:
    """What people call it: a data view's title is its pattern, which they do not see."""
    attributes = document["attributes"]
    return str(attributes.get("name") or attributes.get("title") or document["id"])


def _fitted(document: dict[str, Any], engine_url: str, index_prefix: str) -> dict[str, Any]:
    if document["type"] != "index-pattern":
        return document
    given = document["attributes"]
    formats = given["fieldFormatMap"].replace(ENGINE_URL, engine_url)
    fitted = {"title": fitted_pattern(given["title"], index_prefix), "fieldFormatMap": formats}
    return document | {"attributes": given | fitted}


def fitted_pattern(pattern: str, index_prefix: str) -> str:
    """The index pattern with the engine's own prefix on what it concludes."""
    parts = pattern.split(",")
    ours = f"{INDEX_PREFIX}-"
    return ",".join(f"{index_prefix}-{part.removeprefix(ours)}" if part.startswith(ours) else part for part in parts)
