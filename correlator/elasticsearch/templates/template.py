"""A template as the server takes it, and what makes it ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

MANAGED_BY: Final = "correlator"
VERSION: Final = 2
"""Raised with every change of a mapping: a data stream of an older one is rolled over by the next setup."""
META: Final = {"managed_by": MANAGED_BY, "version": VERSION}
PRIORITY: Final = 500
"""Above the stock templates of a full server, which match our streams too: 100 (logs-*-*) and 120 (traces-*.otel-*)."""
KEYWORD: Final = {"type": "keyword", "ignore_above": 1024}
"""As Elastic's own mappings have it; a longer text is kept and shown, and not searched by."""
NAME: Final = {"type": "keyword", "ignore_above": 8191}
"""By which the engine itself searches. Longer ones could exceed Lucene's 32,766 bytes for a term."""
LONG: Final = {"type": "long"}
STORED: Final = {"type": "object", "enabled": False}
"""Kept in the source, looked at by nobody: nothing in it can make a document fail."""


@dataclass(frozen=True, slots=True)
class Template:
    """A component template, or an index template; `body` is what its PUT takes."""

    kind: Literal["component template", "index template"]
    name: str
    body: Mapping[str, Any]


def is_ours(meta: Mapping[str, Any] | None) -> bool:
    """By the `_meta` of a template, a data stream or a mapping."""
    return (meta or {}).get("managed_by") == MANAGED_BY


def alias(path: str) -> dict[str, str]:
    """A field under another name."""
    return {"type": "alias", "path": path}
