"""Join keys in bulk, beside a slow loop over each record."""

import json
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator.correlate.stitch import KEYED, join_keys
from correlator.correlate.stitch.key_attributes import LONGEST_ID
from correlator.model.tables import Tables
from tests.unit.correlate.stitch.records import Row, log, span, tables, trace_id

BY_RECORD = import_module("correlator.correlate.stitch.join_keys").FEW_ROWS
BY_COLUMN = 0
FIELDS = {
    "n8n.execution.id": "execution:",
    "n8n.execution.retry_of": "execution:",
    "n8n.execution.parent_id": "execution:",
    "correlator.job.id": "job:",
    "messaging.message.id": "job:",
    "correlator.job.idempotency_key": "idempotency:",
}
IDS = st.one_of(
    st.sampled_from(["7", 7, "", "a b", 'quote " and \\', "é\u2028", "x" * LONGEST_ID, "x" * (LONGEST_ID + 1)]),
    st.text(max_size=6),
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.lists(st.text(max_size=3), max_size=2),
)
OTHERS = st.dictionaries(
    st.sampled_from(["http.route", 'a"n8n.execution.id', "n8n.execution.id.x", "outer"]),
    st.sampled_from(['"n8n.execution.id":"9"', {"n8n.execution.id": "9"}, "/jobs/{id}", [{"correlator.job.id": "8"}]]),
)
ATTRIBUTES = st.tuples(
    OTHERS,
    st.dictionaries(st.sampled_from(list(FIELDS)), IDS),
    st.just({}) | st.fixed_dictionaries({"correlator.payload.hash": IDS | st.lists(IDS, max_size=3)}),
).map(lambda parts: parts[0] | parts[1] | parts[2])


def by_loop(rows: list[Row]) -> set[tuple[str, int]]:
    """(key, position) of every record."""
    return {(key, row["position"]) for row in rows for key in _keys(row)}


def _keys(row: Row) -> Iterator[str]:
    attributes = json.loads(row["attributes"])
    for name, prefix in FIELDS.items():
        yield from (f"{prefix}{text}" for text in _texts(attributes.get(name)))
    hashes = attributes.get("correlator.payload.hash")
    for value in hashes if isinstance(hashes, list) else [hashes]:
        yield from (f"payload:{text}" for text in _texts(value))
    for link in json.loads(row.get("links") or "[]"):
        if bytes.fromhex(link["trace_id"]) != row["trace_id"]:
            yield f"trace:{link['trace_id']}"


def _texts(value: Any) -> list[str]:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return []
    return [str(value)] if 0 < len(str(value)) <= LONGEST_ID else []


@pytest.mark.parametrize("few_rows", [BY_RECORD, BY_COLUMN])
@given(records=st.lists(st.tuples(st.booleans(), ATTRIBUTES, st.lists(st.sampled_from(["t", "u", "v"]), max_size=3))))
def test_they_are_those_that_a_loop_finds(few_rows: int, records: list[tuple[bool, dict[str, Any], list[str]]]) -> None:
    """Escapes, numbers, nested objects and texts that look like keys included; each key of a record once."""
    rows = [
        log(number, "bridge", attributes=attributes)
        if is_log
        else span("t", f"s{number}", "bridge", attributes=attributes, links=[(label, label) for label in links])
        | {"position": number}
        for number, (is_log, attributes, links) in enumerate(records)
    ]
    found = _join_keys(tables(rows), few_rows)
    pairs = list(zip(found["key"].to_pylist(), found["position"].to_pylist(), strict=True))
    assert set(pairs) == by_loop(rows)
    assert len(pairs) == len(set(pairs))
    assert found.schema == KEYED


def test_a_row_tells_whose_key_it_is() -> None:
    """Where, when and of which signal; a loose log record has no trace."""
    rows = [
        span("t", "s", "bridge", at=(5, 9), attributes={"correlator.job.id": "j"}),
        log(3, "bridge", at=7, attributes={"n8n.execution.id": "1"}),
    ]
    found = sorted(join_keys(tables(rows)).to_pylist(), key=lambda row: row["key"])
    assert [(row["key"], row["trace_id"], row["signal"]) for row in found] == [
        ("execution:1", None, "logs"),
        ("job:j", bytes.fromhex(trace_id("t")), "traces"),
    ]
    assert [(row["position"], row["time_unix_nano"]) for row in found] == [
        (3, rows[1]["time_unix_nano"]),
        (0, rows[0]["start_time_unix_nano"]),
    ]


@pytest.mark.parametrize("few_rows", [BY_RECORD, BY_COLUMN])
@pytest.mark.parametrize("records", [Tables(), tables([span("t", "s", "bridge")])])
def test_records_without_a_key_have_none(few_rows: int, records: Tables) -> None:
    assert _join_keys(records, few_rows).num_rows == 0


@pytest.mark.parametrize("few_rows", [BY_RECORD, BY_COLUMN])
def test_null_attributes_are_none(few_rows: int) -> None:
    """Arrow allows them, though the doors write an empty object."""
    assert _join_keys(tables([span("t", "s", "bridge") | {"attributes": None}]), few_rows).num_rows == 0


def _join_keys(records: Tables, few_rows: int) -> pa.Table:
    """As if only so many rows were few."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_module("correlator.correlate.stitch.join_keys"), "FEW_ROWS", few_rows)
        return join_keys(records)
