"""Which rows of a segment, or of a table of the head, carry which join key: hashes of the keys, each with a row.

The file: magic, number of entries, crc32c; then the hashes and the rows, little-endian. It is mapped into memory. A hash
tells a key from most others; who reads the rows looks at their keys. A segment that carries no key has a header alone, 16
bytes, which tells it from one that was never indexed: one of an older engine, or one whose index an older engine took for
an orphan. Such a one is indexed when the store is opened, so the data format and the catalog stay as they were, and both
engines may open the folder in turn.
"""

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import google_crc32c
import numpy as np
import pyarrow as pa

from correlator.correlate.stitch.join_keys import join_keys
from correlator.errors import StoreError
from correlator.model.tables import Tables

MAGIC: Final = b"CKIX0001"
"""Its number grows whenever join_keys finds other keys than before: an index of another number is made anew."""
ROWS_AT_ONCE: Final = 16_384
"""Parsed together. Sealing 131,072 generated spans, all with a key: 0.20 s more CPU than without keys; 0.39 s where all are
parsed at once, since the text that is copied for it does not stay in the cache."""
HEADER: Final = struct.Struct("<8sII")  # magic, entries, crc32c of the arrays


@dataclass(frozen=True, slots=True)
class KeyIndex:
    """Entries by (hash, row). Both arrays are (entries,) uint32."""

    hashes: np.ndarray
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.hashes)

    def find(self, key: str) -> np.ndarray:
        """Rows that may carry the key, ascending; all that do are among them."""
        hashed = np.uint32(zlib.crc32(key.encode()))
        start, stop = np.searchsorted(self.hashes, hashed, "left"), np.searchsorted(self.hashes, hashed, "right")
        rows: np.ndarray = self.rows[start:stop]
        return rows

    def encode(self) -> bytes:
        arrays = self.hashes.astype("<u4").tobytes() + self.rows.astype("<u4").tobytes()
        return HEADER.pack(MAGIC, len(self.hashes), google_crc32c.value(arrays)) + arrays


def key_entries(signal: str, records: pa.Table, first_row: int) -> np.ndarray:
    """A number for each key of each record: its hash above, the record's row number, from `first_row` on, below."""
    starts = range(0, records.num_rows, ROWS_AT_ONCE)
    parts = [_entries(signal, records.slice(start, ROWS_AT_ONCE), first_row + start) for start in starts]
    return np.concatenate([np.empty(0, np.uint64), *parts])


def _entries(signal: str, records: pa.Table, first_row: int) -> np.ndarray:
    place = records.schema.get_field_index("row")
    rows = pa.array(np.arange(records.num_rows, dtype=np.int32))
    numbered = records.set_column(place, records.schema.field(place), rows)
    keyed = join_keys(Tables(spans=numbered) if signal == "traces" else Tables(logs=numbered))
    hashes = np.fromiter(map(zlib.crc32, keyed["key"].cast(pa.binary()).to_pylist()), np.uint64, keyed.num_rows)
    entries: np.ndarray = (hashes << np.uint64(32)) | (keyed["row"].to_numpy().astype(np.uint64) + np.uint64(first_row))
    return entries


def key_index_of(parts: Iterable[np.ndarray]) -> KeyIndex:
    """The index of all `key_entries` of a segment or a table."""
    entries = np.sort(np.concatenate([np.empty(0, np.uint64), *parts]))
    return KeyIndex((entries >> np.uint64(32)).astype(np.uint32), entries.astype(np.uint32))


def read_key_index(path: Path) -> KeyIndex:
    """The index in a file, mapped into memory. Raises StoreError when it is damaged, missing, or of other rules."""
    try:
        content = np.asarray(np.memmap(path, dtype=np.uint8, mode="r"))  # a memmap makes more of each slice
        magic, entries, crc = HEADER.unpack(content[: HEADER.size].tobytes())
    except (OSError, ValueError, struct.error) as error:
        raise StoreError(f"key index {path} cannot be read ({error}); it is made anew at start-up") from error
    body = content[HEADER.size :]
    if magic != MAGIC or len(body) != 8 * entries or google_crc32c.value(body.tobytes()) != crc:
        raise StoreError(f"key index {path} is damaged; remove it, and it is made anew at start-up")
    return KeyIndex(body[: 4 * entries].view("<u4"), body[4 * entries :].view("<u4"))
