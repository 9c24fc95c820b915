"""Join keys, found by parsing each record; until correlate.stitch.join_keys is there."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pyarrow as pa

from correlator import semconv
from correlator.model.tables import TIME_COLUMNS, Tables

PREFIXES: Final = {
    semconv.N8N_EXECUTION_ID: "execution",
    semconv.N8N_EXECUTION_RETRY_OF: "execution",
    semconv.N8N_EXECUTION_PARENT_ID: "execution",
    semconv.JOB_ID: "job",
    semconv.MESSAGING_MESSAGE_ID: "job",
    semconv.JOB_IDEMPOTENCY_KEY: "idempotency",
    semconv.PAYLOAD_HASH: "payload",
}
KEYED: Final = pa.schema(
    [
        ("key", pa.string()),
        ("trace_id", pa.binary(16)),
        ("span_id", pa.binary(8)),
        ("time_unix_nano", pa.int64()),
        ("position", pa.int64()),
        ("row", pa.int32()),
        ("signal", pa.string()),
    ]
)


def join_keys(tables: Tables) -> pa.Table:
    """A row for each key of each span and log record."""
    rows = [
        {**record, "key": key, "signal": signal, "time_unix_nano": record[TIME_COLUMNS[signal]]}
        for signal, table in (("traces", tables.spans), ("logs", tables.logs))
        for record in table.to_pylist()
        for key in _keys(record)
    ]
    return pa.Table.from_pylist(rows, schema=KEYED)


def _keys(record: dict[str, Any]) -> Iterator[str]:
    attributes = json.loads(record["attributes"])
    for name, prefix in PREFIXES.items():
        value = attributes.get(name, [])
        yield from (f"{prefix}:{one}" for one in (value if isinstance(value, list) else [value]))
    for link in json.loads(record.get("links") or "[]"):
        if link["trace_id"] != record["trace_id"].hex():
            yield f"trace:{link['trace_id']}"
