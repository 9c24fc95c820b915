"""What a commit writes: documents as they will be, and what is forgotten. Pure.

Documents are results, never differences: to write them twice is to write them once, and of two commits the later one wins,
since their number is the documents' version (`external_gte`).
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import msgspec

from correlator.elasticsearch.names import Names

BULK_DOCUMENTS: Final = 5_000
BULK_BYTES: Final = 4 * 2**20
"""Elastic advises a few MB a bulk; the server's own limit is 100 MB."""


class Place(NamedTuple):
    """Where a document is: `kind` is one of the words in Names.index."""

    kind: str
    id: str


class Change(msgspec.Struct, frozen=True, array_like=True):
    """A document as it will be; never a deletion, since the server remembers those for a minute only."""

    kind: str
    id: str
    source: msgspec.Raw

    @property
    def place(self) -> Place:
        return Place(self.kind, self.id)


class Forget(msgspec.Struct, frozen=True):
    """As LedgerCommit's fields of these names."""

    before_minute: int | None = None
    parts_before_minute: int | None = None


class Changes(msgspec.Struct, frozen=True):
    """All that a commit writes; what is forgotten goes after the documents are written."""

    documents: tuple[Change, ...] = ()
    forget: Forget | None = None


def change(kind: str, name: str, document: Any) -> Change:
    return Change(kind, name, msgspec.Raw(msgspec.json.encode(document)))


def bulks(changes: Iterable[Change], names: Names, version: int) -> Iterator[list[Any]]:
    """Operations of a bulk, in parts that a server takes well. A version that is there already, or a later one, stays."""
    lines: list[Any] = []
    size = 0
    for each in changes:
        if len(lines) >= 2 * BULK_DOCUMENTS or size > BULK_BYTES:
            yield lines
            lines, size = [], 0
        action = {
            "_index": names.index(each.kind),
            "_id": each.id,
            "version": version,
            "version_type": "external_gte",
        }
        lines += [msgspec.json.encode({"index": action}), bytes(each.source)]
        size += len(lines[-1])
    if lines:
        yield lines
