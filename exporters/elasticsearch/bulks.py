"""Documents in groups that one request carries. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeVar

import numpy as np

from correlator.elasticsearch import Names
from correlator.elasticsearch.documents import Block
from exporters.delivery import Parcel

ACTION_BYTES: Final = 100  # the line before each document: names its data stream and its id
DOCUMENTS: Final = 10_000
"""In one request at most: so many ids can be looked up at once (index.max_result_window)."""
Each = TypeVar("Each")


class Part(NamedTuple):
    """Documents, and the request that they are of."""

    parcel: Parcel
    block: Block


@dataclass(frozen=True, slots=True)
class Bulk:
    """What goes in one request. Its slices are bulks."""

    parts: tuple[Part, ...]

    def __len__(self) -> int:
        return sum(len(part.block) for part in self.parts)

    def __getitem__(self, places: slice) -> "Bulk":
        start, stop, _ = places.indices(len(self))
        parts: list[Part] = []
        first = 0
        for parcel, block in self.parts:
            inside = block.slice(*np.clip([start - first, stop - first], 0, len(block)).tolist())
            parts += [Part(parcel, inside)] if len(inside) else []
            first += len(block)
        return Bulk(tuple(parts))

    def without(self, ids: set[str]) -> "Bulk":
        """The documents that have none of these ids."""
        return Bulk(tuple(Part(parcel, block.without(ids)) for parcel, block in self.parts))

    def by_part(self, each: Sequence[Each]) -> Iterator[tuple[Part, Sequence[Each]]]:
        """With each part what belongs to its documents, of something that there is for each document."""
        first = 0
        for part in self.parts:
            yield part, each[first : first + len(part.block)]
            first += len(part.block)

    def body(self, names: Names) -> bytes:
        return b"".join(block.bulk_lines(names.stream(block.signal)) for _, block in self.parts if len(block))


def bulks(parts: Iterable[Part], max_bytes: int) -> Iterator[Bulk]:
    """In their order. A document that is longer than `max_bytes` goes alone."""
    bulk: list[Part] = []
    count = size = 0
    for parcel, block in parts:
        ends = block.ends() + ACTION_BYTES * np.arange(1, len(block) + 1)
        start = before = 0
        while start < len(block):
            fitting = int(np.searchsorted(ends, before + max_bytes - size, "right"))
            stop = max(min(fitting, start + DOCUMENTS - count), start if bulk else start + 1)
            if stop > start:
                bulk.append(Part(parcel, block.slice(start, stop)))
                count, size = count + stop - start, size + int(ends[stop - 1]) - before
                start, before = stop, int(ends[stop - 1])
            if start < len(block):
                yield Bulk(tuple(bulk))
                bulk, count, size = [], 0, 0
    if bulk:
        yield Bulk(tuple(bulk))
