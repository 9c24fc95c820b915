"""Records of certain names among all others: a window of time is looked through by name first, and read only where there are some."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from correlator.model.tables import TIME_COLUMNS
from correlator.store.contract import Reader

WINDOW_NANO: Final = 30 * 60 * 10**9
"""So much is to be looked through at a time: at 1,000 records a second 1.8 million names, 50 MB. Each window costs a scan."""
ROWS_READ: Final = 50_000
"""About so many records are read whole at a time: 15 MB of attributes at 300 B each."""
NAMES_AT_ONCE: Final = 1_800_000
"""A signal of no more records needs no windows: each costs a scan."""


@dataclass(frozen=True, slots=True)
class NamedRecords:
    """Records of a signal whose column `name` begins with one of the prefixes; and what to read of them, that column included."""

    signal: str
    name: str
    prefixes: tuple[str, ...]
    columns: tuple[str, ...]


def find_named(
    reader: Reader, wanted: NamedRecords, start_unix_nano: int, end_unix_nano: int
) -> Iterator[dict[str, Any]]:
    """Those of [start, end), by column. The names of all records there are held at once: a window at a time, see WINDOW_NANO."""
    time = TIME_COLUMNS[wanted.signal]
    named = reader.scan(wanted.signal, start_unix_nano, end_unix_nano, (wanted.name, time))
    found = named.filter(_is_wanted(named, wanted))
    if not found.num_rows:
        return
    pieces = named.num_rows // ROWS_READ + 1
    width = (end_unix_nano - start_unix_nano) // pieces + 1
    offsets = pc.divide(pc.subtract(found[time], start_unix_nano), width)
    for piece in pc.unique(offsets).to_pylist():
        first = start_unix_nano + piece * width
        records = reader.scan(wanted.signal, first, min(end_unix_nano, first + width), wanted.columns)
        yield from records.filter(_is_wanted(records, wanted)).to_pylist()


def windows_of(records: int, start_unix_nano: int, end_unix_nano: int) -> Iterator[tuple[int, int]]:
    """[start, end) in pieces to look through one by one, newest first, where a signal has so many records in all."""
    width = WINDOW_NANO if records > NAMES_AT_ONCE else end_unix_nano - start_unix_nano
    while end_unix_nano > start_unix_nano:
        start = max(start_unix_nano, end_unix_nano - width)
        yield start, end_unix_nano
        end_unix_nano = start


def _is_wanted(table: pa.Table, wanted: NamedRecords) -> Any:
    names = table[wanted.name].cast(pa.string())
    is_wanted = pc.starts_with(names, wanted.prefixes[0])
    for prefix in wanted.prefixes[1:]:
        is_wanted = pc.or_(is_wanted, pc.starts_with(names, prefix))
    return pc.fill_null(is_wanted, False)
