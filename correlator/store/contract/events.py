"""What the ledger follows: events of requests, in the order of the log."""

from dataclasses import dataclass
from typing import Final

import pyarrow as pa

N8N_COLUMNS: Final = (
    "position", "marks", "trace_id", "span_id", "parent_span_id", "name", "start_time_unix_nano", "end_time_unix_nano",
    "is_error", "service_name", "system", "attributes", "resource_attributes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EventPage:
    """Spans of requests above a log position, up to and with `position`; that is the one asked for where none came.

    `spans` are events by their kind (server, producer, consumer), each once, of which no version was told before.
    `told_again` are whole spans: the new versions of events of which one was, and those with a position up to the one asked
    for that are still kept. `n8n` are workflow.execute and node.execute, in N8N_COLUMNS, each version that came.
    """

    position: int
    spans: pa.Table
    told_again: pa.Table
    n8n: pa.Table
