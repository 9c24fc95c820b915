"""Tables as decoding makes them, generated: every column, with nulls where the schema says so, and hostile texts."""

import json
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from correlator.model.details import dropped_counts, resource_details, scope_details
from correlator.model.tables import LOGS, METRICS, SPANS, Tables

INT64_MAX = 2**63 - 1
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ['"', "\\", "\n\x00\x7f", "null"]
)
TIMES = st.integers(0, INT64_MAX) | st.integers(1_760_000_000 * 10**9, 1_760_000_001 * 10**9)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), INT64_MAX)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=4
)
OBJECTS = st.dictionaries(TEXTS | st.sampled_from(["event.name", "n8n.execution.id"]), VALUES, max_size=3).map(
    lambda value: json.dumps(value, ensure_ascii=False)
)
FLOATS = st.floats() | st.none()
COUNTS = st.integers(0, INT64_MAX) | st.none()
NOT_EMPTY = TEXTS.filter(bool) | st.none()


def ids(width: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=width, max_size=width).filter(any)


ORIGIN = {"position": st.just(0), "arrival_unix_nano": TIMES, "marks": st.integers(0, 63)}
DROPPED = st.integers(0, 2**32 - 1)
SENDER = {
    "service_name": TEXTS,
    "system": TEXTS,
    "scope_name": TEXTS,
    "scope_details": st.just(None) | st.builds(scope_details, TEXTS, OBJECTS, TEXTS, DROPPED),
    "resource_attributes": OBJECTS,
    "resource_details": st.just(None) | st.builds(resource_details, TEXTS, DROPPED),
}
COMMON = {**ORIGIN, **SENDER, "attributes": OBJECTS, "flags": st.integers(0, 2**32 - 1)}


def _array(**fields: st.SearchStrategy[str]) -> st.SearchStrategy[str | None]:
    """A JSON array of objects with these fields, each JSON text; null instead of none."""
    objects = st.fixed_dictionaries(fields).map(_object)
    return st.lists(objects, max_size=2).map(lambda each: f"[{','.join(each)}]" if each else None)


def _object(fields: dict[str, str]) -> str:
    return f"{{{','.join(f'{json.dumps(name)}:{value}' for name, value in fields.items())}}}"


def _json(values: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    return values.map(lambda value: json.dumps(value, ensure_ascii=False))


def _hex(width: int) -> st.SearchStrategy[str]:
    return _json(ids(width).map(bytes.hex))


ROWS_OF_SPANS = st.fixed_dictionaries(
    {
        **COMMON,
        "trace_id": ids(16),
        "span_id": ids(8),
        "parent_span_id": ids(8) | st.none(),
        "trace_state": NOT_EMPTY,
        "name": TEXTS,
        "kind": st.integers(0, 5),
        "start_time_unix_nano": TIMES,
        "end_time_unix_nano": TIMES,
        "status_code": st.integers(0, 2),
        "status_message": NOT_EMPTY,
        "is_error": st.booleans(),
        "events": _array(
            time_unix_nano=_json(TIMES),
            name=_json(TEXTS),
            attributes=OBJECTS,
            dropped_attributes_count=_json(DROPPED),
        ),
        "links": _array(trace_id=_hex(16), span_id=_hex(8), trace_state=_json(TEXTS), attributes=OBJECTS),
        "dropped_counts": st.builds(dropped_counts, DROPPED, DROPPED, DROPPED),
    }
)
ROWS_OF_LOGS = st.fixed_dictionaries(
    {
        **COMMON,
        "trace_id": ids(16) | st.none(),
        "span_id": ids(8) | st.none(),
        "time_unix_nano": TIMES,
        "observed_time_unix_nano": TIMES,
        "severity_number": st.integers(0, 24),
        "severity_text": NOT_EMPTY,
        "event_name": NOT_EMPTY,
        "body": TEXTS | st.none() | OBJECTS,
        "dropped_counts": st.builds(dropped_counts, DROPPED),
        "is_error": st.booleans(),
    }
)
ROWS_OF_METRICS = st.fixed_dictionaries(
    {
        **COMMON,
        "name": TEXTS,
        "unit": TEXTS,
        "description": TEXTS,
        "type": st.sampled_from(["gauge", "sum", "histogram", "exponential_histogram", "summary"]),
        "temporality": st.integers(0, 2),
        "is_monotonic": st.booleans(),
        "start_time_unix_nano": TIMES | st.just(0),
        "time_unix_nano": TIMES,
        "value": FLOATS,
        "value_int": st.integers(-(2**63), INT64_MAX) | st.none(),
        "count": COUNTS,
        "sum": FLOATS,
        "min": FLOATS,
        "max": FLOATS,
        "buckets": st.none() | st.just('{"bounds":[1.0,"Infinity"],"counts":[1,2,3]}'),
        "exemplars": _array(
            time_unix_nano=_json(TIMES), value=_json(SCALARS), trace_id=_hex(16), span_id=st.just("null")
        ),
    }
)


def _table(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist([{**row, "row": number} for number, row in enumerate(rows)], schema=schema)


TABLES = st.builds(
    lambda spans, logs, metrics: Tables(_table(spans, SPANS), _table(logs, LOGS), _table(metrics, METRICS)),
    *(st.lists(rows, max_size=4) for rows in (ROWS_OF_SPANS, ROWS_OF_LOGS, ROWS_OF_METRICS)),
)
