"""Documents as columns: nothing is done document by document that can be done for many at once."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import repeat
from json.encoder import encode_basestring as quote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from correlator.elasticsearch.documents.document import Document
from correlator.elasticsearch.documents.json_columns import Texts, joined, strings


@dataclass(frozen=True, slots=True)
class Block:
    """Documents of one signal, none null. A slice shares its memory with the whole."""

    signal: str  # traces | logs | metrics
    ids: Texts
    sources: Texts  # JSON

    def __len__(self) -> int:
        return len(self.ids)

    def slice(self, start: int, stop: int) -> "Block":
        """The documents `[start, stop)`."""
        length = stop - start
        return Block(self.signal, self.ids.slice(start, length), self.sources.slice(start, length))

    def without(self, ids: Collection[str]) -> "Block":
        """The documents that have none of these ids."""
        if not ids:
            return self
        is_kept = pc.invert(pc.is_in(self.ids, value_set=pa.array(ids, pa.string())))
        return Block(self.signal, self.ids.filter(is_kept), self.sources.filter(is_kept))

    def ends(self) -> np.ndarray:
        """How many bytes the sources have up to the end of each: (documents,), growing."""
        return np.cumsum(pc.binary_length(self.sources).to_numpy(), dtype=np.int64)

    def bulk_lines(self, stream: str) -> memoryview:
        """What a bulk request says to create them in a data stream: two lines for each."""
        where = f'{{"create":{{"_index":{quote(stream)}'
        lines = joined([where, *strings("_id", self.ids), "}}\n", self.sources, "\n"])
        _, ends, content = lines.buffers()
        return memoryview(content)[: np.frombuffer(ends, np.int32)[len(lines)]]

    def documents(self) -> Iterator[Document]:
        """One by one."""
        sources = self.sources.view(pa.binary()).to_pylist()
        return map(Document, repeat(self.signal), self.ids.to_pylist(), sources)


def block_of(signal: str, documents: Iterable[Document]) -> Block:
    """Documents that were made one by one."""
    some = list(documents)
    ids, sources = [each.id for each in some], [each.source for each in some]
    return Block(signal, pa.array(ids, pa.string()), pa.array(sources, pa.string()))
