"""A request's marker: the document that says "all of this request is there", and by its place when it came.

Markers lie in an index of one primary shard, which numbers its writes (`_seq_no`). That number, made larger by SHIFT bits, is
the request's position: it increases over all engines that write, and costs no coordination. The shift leaves each request 64
KiB to whoever reckons in bytes of a log. A marker is written once and never changed, so its number stays.
"""

from dataclasses import dataclass
from typing import Any, Final

import msgspec
import pyarrow.compute as pc

from correlator.model.tables import Tables
from correlator.store.event_page import is_event, is_of_n8n

SHIFT: Final = 16
NEVER: Final = -1
"""Below every _seq_no, and below every position."""


@dataclass(frozen=True, slots=True)
class Marker:
    """What a reader wants to know of a request before it fetches anything of it; counts are rows."""

    arrival_unix_nano: int
    writer: str  # which engine recorded it
    spans: int
    logs: int
    metrics: int
    errors: int  # spans and logs with is_error
    events: int  # spans that Reader.events_after tells of

    def source(self) -> bytes:
        return msgspec.json.encode(self)


def marker_of(tables: Tables, arrival_unix_nano: int, writer: str) -> Marker:
    spans, logs = tables.spans, tables.logs
    return Marker(
        arrival_unix_nano=arrival_unix_nano,
        writer=writer,
        spans=spans.num_rows,
        logs=logs.num_rows,
        metrics=tables.metrics.num_rows,
        errors=_true(spans["is_error"]) + _true(logs["is_error"]),
        events=_true(pc.or_(is_event(spans), is_of_n8n(spans))),
    )


def position_of(seq_no: int) -> int:
    return seq_no << SHIFT


def seq_no_of(position: int) -> int:
    """Of the last marker at or before the position; NEVER for -1."""
    return position >> SHIFT


def _true(column: Any) -> int:
    return pc.sum(column).as_py() or 0
