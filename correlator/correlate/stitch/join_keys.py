"""The keys by which records of different traces can know each other, for all records of some tables at once."""

from typing import Final

import pyarrow as pa

from correlator.model.tables import Tables

KEYED: Final = pa.schema(
    [
        pa.field("key", pa.string()),  # see join_keys
        pa.field("trace_id", pa.binary(16)),  # of the record that carries it; null for a log record without one
        pa.field("span_id", pa.binary(8)),  # of the span, or the one that the log record names; null when not given
        pa.field("time_unix_nano", pa.int64()),  # a span's start; when a log record happened
        pa.field("position", pa.int64()),
        pa.field("row", pa.int32()),
        pa.field("signal", pa.string()),  # traces | logs
    ]
)


def join_keys(tables: Tables) -> pa.Table:
    """A row of KEYED for each distinct key of each span and log record; records without a key have none.

    `execution:<id>`     n8n.execution.id, and those that n8n.execution.retry_of and .parent_id refer to
    `job:<id>`           correlator.job.id or messaging.message.id
    `idempotency:<key>`  correlator.job.idempotency_key
    `payload:<hash>`     correlator.payload.hash, each of an array
    `trace:<32 hex>`     of each span link that leads to another trace. To find what links to a trace, look for its own id

    In no particular order.
    """
    return KEYED.empty_table()
