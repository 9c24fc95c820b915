"""Which time is stored, and which of its minutes are known."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pyarrow.compute as pc

from correlator.model.objective import DAY_S
from correlator.slo.minute_series import MINUTE_NANO
from correlator.store.contract import OutcomeLedger, Reader, TraceQuery

DAY_NANO: Final = DAY_S * 10**9
NEWEST: Final = 100
"""Traces by their beginning: one that began earlier may end later, but not by much more than these."""
COLUMNS: Final = ("start_time_unix_nano", "arrival_unix_nano")


@dataclass(frozen=True, slots=True)
class StoredRange:
    """Unix minutes [first, end) that hold spans, and the minute in which the first of them arrived."""

    first_minute: int
    end_minute: int
    first_arrival_minute: int


def last_minute(reader: Reader) -> int | None:
    """The minute after the last of the newest traces has ended; None where there is none."""
    newest = reader.find_traces(TraceQuery(limit=NEWEST)).traces
    return max((each.end_time_unix_nano for each in newest), default=-MINUTE_NANO) // MINUTE_NANO + 1 or None


def stored_range(reader: Reader, first_minute: int, end_minute: int) -> StoredRange | None:
    """What of the minutes [first, end) is stored; None where nothing is. A day is read at a time."""
    days = [found for found in _days(reader, first_minute * MINUTE_NANO, end_minute * MINUTE_NANO) if found]
    if not days:
        return None
    return StoredRange(
        min(each.first_minute for each in days),
        max(each.end_minute for each in days),
        min(each.first_arrival_minute for each in days),
    )


def recorded_minutes(ledger: OutcomeLedger, stored: StoredRange, end_minute: int) -> frozenset[int]:
    """The minutes in which an engine listened, as it noted them; and, before anything arrived here, all that the records span.

    For what arrived later than it happened was imported: nobody knows of gaps in it, so it counts as whole.
    """
    imported = range(stored.first_minute, min(stored.first_arrival_minute, stored.end_minute, end_minute))
    return frozenset({*imported, *ledger.known_minutes(stored.first_minute, end_minute)})


def _days(reader: Reader, start_unix_nano: int, end_unix_nano: int) -> Iterator[StoredRange | None]:
    for start in range(start_unix_nano, end_unix_nano, DAY_NANO):
        spans = reader.scan("traces", start, min(start + DAY_NANO, end_unix_nano), COLUMNS)
        if not spans.num_rows:
            continue
        starts, arrivals = (pc.min_max(spans[name]).as_py() for name in COLUMNS)
        yield StoredRange(
            starts["min"] // MINUTE_NANO, starts["max"] // MINUTE_NANO + 1, arrivals["min"] // MINUTE_NANO
        )
