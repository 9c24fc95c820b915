"""Documents in groups that one request carries. Pure."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from correlator.elasticsearch.documents import Document
from exporters.delivery import Parcel

ACTION_BYTES: Final = 100  # the line before each document: names its data stream and its id
DOCUMENTS: Final = 10_000
"""In one request at most: so many ids can be looked up at once (index.max_result_window)."""


class Item(NamedTuple):
    """A document, and the request that it is of."""

    parcel: Parcel
    document: Document


def bulks(items: Iterable[Item], max_bytes: int) -> Iterator[list[Item]]:
    """In their order. A document that is longer than `max_bytes` goes alone."""
    bulk: list[Item] = []
    size = 0
    for item in items:
        length = len(item.document.source) + ACTION_BYTES
        if bulk and (size + length > max_bytes or len(bulk) == DOCUMENTS):
            yield bulk
            bulk, size = [], 0
        bulk.append(item)
        size += length
    if bulk:
        yield bulk
