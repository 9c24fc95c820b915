"""Records for the stores' tests: literal rows, generated requests, and a payload that only these tests can decode."""

import base64
from collections.abc import Sequence
from random import Random
from typing import Any

import msgspec
import pyarrow as pa

from correlator.model.tables import LOGS, METRICS, SPANS, Tables
from correlator.store.contract import Frame

T0 = 1_760_000_000_000_000_000
SECOND = 1_000_000_000
IDS = frozenset({"trace_id", "span_id", "parent_span_id"})
SERVICES = {"n8n": "n8n", "bridge-api": "bridge", "worker": "worker", "billing": "other"}
SENDER = {
    "service_name": "bridge-api",
    "system": "bridge",
    "scope_name": "tests",
    "scope_details": '{"version":"1.2"}',
    "resource_attributes": "{}",
    "resource_details": '{"schema_url":"https://opentelemetry.io/schemas/1.38.0"}',
}
ORIGIN = {"position": 0, "arrival_unix_nano": T0, "marks": 0}


def trace_id(number: int) -> bytes:
    """Ids that differ in both halves, in no order of `number`."""
    return Random(number).randbytes(16)


def span_id(number: int) -> bytes:
    return Random(-number - 1).randbytes(8)


def span(trace: bytes, number: int, **given: Any) -> dict[str, Any]:
    """A row of SPANS."""
    start = given.get("start_time_unix_nano", T0 + number * SECOND)
    return {
        **ORIGIN,
        **SENDER,
        "trace_id": trace,
        "span_id": span_id(number),
        "parent_span_id": None,
        "name": f"GET /{number % 7}",
        "kind": 2,
        "start_time_unix_nano": start,
        "end_time_unix_nano": start + 1000,
        "status_code": 0,
        "is_error": False,
        "attributes": f'{{"n":{number}}}',
        "dropped_counts": None if number % 5 else '{"dropped_events_count":2}',
        "flags": 0,
        **given,
    }


def log(number: int, trace: bytes | None = None, **given: Any) -> dict[str, Any]:
    """A row of LOGS."""
    time = given.get("time_unix_nano", T0 + number * SECOND)
    return {
        **ORIGIN,
        **SENDER,
        "trace_id": trace,
        "time_unix_nano": time,
        "observed_time_unix_nano": time,
        "severity_number": 9,
        "body": f"message {number}",
        "is_error": False,
        "attributes": "{}",
        "dropped_counts": None if number % 5 else '{"dropped_attributes_count":1}',
        "flags": 0,
        **given,
    }


def metric(number: int, **given: Any) -> dict[str, Any]:
    """A row of METRICS."""
    return {
        **ORIGIN,
        **SENDER,
        "name": f"metric.{number % 3}",
        "unit": "1",
        "description": "",
        "type": "gauge",
        "temporality": 0,
        "is_monotonic": False,
        "start_time_unix_nano": 0,
        "time_unix_nano": T0 + number * SECOND,
        "value": float(number),
        "attributes": "{}",
        "flags": 0,
        **given,
    }


def tables(
    spans: Sequence[dict[str, Any]] = (), logs: Sequence[dict[str, Any]] = (), metrics: Sequence[dict[str, Any]] = ()
) -> Tables:
    """The rows as tables, numbered in their order."""
    return Tables(_table(spans, SPANS), _table(logs, LOGS), _table(metrics, METRICS))


def frame_of(records: Tables, arrival_unix_nano: int = T0) -> Frame:
    """A request that `decode` turns into `records` again."""
    signal = "traces" if records.spans.num_rows else "logs" if records.logs.num_rows else "metrics"
    rows = [table.to_pylist() for table in (records.spans, records.logs, records.metrics)]
    return Frame(signal, "json", arrival_unix_nano, msgspec.json.encode(rows))


def decode(frame: Frame) -> Tables:
    """Pure, as the contract's Decode."""
    spans, logs, metrics = msgspec.json.decode(frame.payload)
    return tables(*([_with_bytes(row) for row in rows] for rows in (spans, logs, metrics)))


def generated_trace(random: Random, number: int) -> list[dict[str, Any]]:
    """One to six spans of several services, some of them failed; no two traces start at one time."""
    trace, start = random.randbytes(16), T0 + number * SECOND
    return [
        span(
            trace,
            random.getrandbits(60),
            start_time_unix_nano=start + offset * 1_000,
            service_name=(service := random.choice(list(SERVICES))),
            system=SERVICES[service],
            is_error=random.random() < 0.2,
        )
        for offset in range(random.randint(1, 6))
    ]


def _table(rows: Sequence[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist([{**row, "row": number} for number, row in enumerate(rows)], schema=schema)


def _with_bytes(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: base64.b64decode(value) if name in IDS and value is not None else value for name, value in row.items()
    }
