"""Spans counted in columns."""

import json
from collections import Counter
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from correlator.model.objective import RecordSource
from correlator.model.outcome import MinuteChange, MinuteKey
from correlator.model.tables import SPANS
from correlator.slo.minute_series import MINUTE_NANO
from correlator.slo.selection import Event, Selection
from correlator.slo.span_counts import ATTRIBUTES, COLUMNS, EVENTS_OF_KIND, count_spans, difference
from tests.conformance.records import span, tables
from tests.unit.slo.series import objective

MS = 10**6
SOURCES = (
    RecordSource("server_calls"),
    RecordSource("server_calls", system="bridge", latency_ms=200.0),
    RecordSource("server_calls", operation="POST *", latency_ms=0.5),
    RecordSource("jobs", service="*1"),
    RecordSource("sends", failing=()),
    RecordSource("server_calls", attributes=(("env", "prod*"),), latency_ms=200.0),
    RecordSource("jobs", attributes=(("retry", "true"), ("env", "*"))),
)
SELECTION = Selection([objective(source=source, id=f"o{number}") for number, source in enumerate(SOURCES)])

SPAN = st.fixed_dictionaries(
    {
        "kind": st.sampled_from([2, 4, 5]),
        "system": st.sampled_from(["bridge", "worker"]),
        "service_name": st.sampled_from(["s1", "s2"]),
        "name": st.sampled_from(["POST /a", "GET /a", ""]),
        "is_error": st.booleans(),
        "start_time_unix_nano": st.sampled_from([0, MINUTE_NANO - MS, 5 * MINUTE_NANO]),
        "duration": st.sampled_from([-MS, 0, MS // 2, MS // 2 + 1, 200 * MS, 200 * MS + 1, 3 * MINUTE_NANO]),
        "attributes": st.sampled_from(["{}", '{"env":"production"}', '{"env":"test","retry":true}']),
        "resource_attributes": st.sampled_from(["{}", '{"env":"prod"}']),
    }
)


def table(rows: list[dict[str, Any]]) -> pa.Table:
    """As a store gives it."""
    spans = [
        span(bytes(16), n, **{k: v for k, v in row.items() if k != "duration"})
        | {"end_time_unix_nano": row["start_time_unix_nano"] + row["duration"]}
        for n, row in enumerate(rows)
    ]
    return tables(spans).spans


def one_by_one(rows: list[dict[str, Any]]) -> dict[MinuteKey, MinuteChange]:
    """The loop that columns stand for."""
    good: Counter[MinuteKey] = Counter()
    total: Counter[MinuteKey] = Counter()
    for row in rows:
        event = Event(
            EVENTS_OF_KIND[row["kind"]],
            "",
            row["start_time_unix_nano"] + row["duration"],
            row["is_error"],
            row["duration"] / 1e6,
            row["system"],
            row["service_name"],
            row["name"],
            attributes=json.loads(row["resource_attributes"]) | json.loads(row["attributes"]),
        )
        for outcome in SELECTION.outcomes_of(event):
            key = MinuteKey(outcome.objective_id, outcome.minute)
            total[key] += 1
            good[key] += outcome.is_good
    return {key: MinuteChange(good[key], count) for key, count in total.items()}


@settings(deadline=None)
@given(rows=st.lists(SPAN, max_size=60), cut=st.integers(0, 60))
def test_columns_count_as_the_loop_does(rows: list[dict[str, Any]], cut: int) -> None:
    """Of any spans, in one table or in several pieces with dictionaries of their own."""
    pieces = pa.concat_tables([table(rows[:cut]), table(rows[cut:])])
    assert count_spans(pieces, SELECTION) == one_by_one(rows)


def test_few_columns_suffice_where_no_attributes_are_asked_for() -> None:
    """So that a store reads few."""
    plain = Selection([objective(source=SOURCES[0])])
    assert not plain.asks_for_attributes(of_executions=False)
    assert SELECTION.asks_for_attributes(of_executions=False)
    assert not SELECTION.asks_for_attributes(of_executions=True)
    spans = table([{"start_time_unix_nano": 0, "duration": 1}])
    assert count_spans(spans.select(COLUMNS), plain) == {MinuteKey("bridge-availability", 0): MinuteChange(1, 1)}
    with pytest.raises(KeyError):
        count_spans(spans.select([*COLUMNS, ATTRIBUTES[0]]), SELECTION)


def test_no_spans_are_no_minutes() -> None:
    """Empty in, empty out."""
    assert count_spans(SPANS.empty_table(), SELECTION) == {}


def test_a_difference_leads_from_one_to_the_other() -> None:
    """What is the same is left out; what is gone is taken back."""
    a, b, c = (MinuteKey("o", minute) for minute in range(3))
    before = {a: MinuteChange(1, 1), b: MinuteChange(1, 2)}
    after = {a: MinuteChange(1, 1), c: MinuteChange(0, 1)}
    assert difference(after, before) == {b: MinuteChange(-1, -2), c: MinuteChange(0, 1)}
    assert difference(before, before) == {}
