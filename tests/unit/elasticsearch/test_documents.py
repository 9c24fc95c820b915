"""Records as documents, and back."""

import json
from typing import Any

import pytest
from hypothesis import given, settings

from correlator.elasticsearch.documents import Hit, blocks_of, bulk_body, documents_of, tables_of
from correlator.elasticsearch.names import Names
from correlator.model.marks import Mark
from correlator.model.tables import Tables
from tests.conformance.records import log, metric, span, tables, trace_id
from tests.unit.elasticsearch.generated_tables import TABLES

NAMES = Names()


def hits_of(tables: Tables, request: str = "r1") -> list[Hit]:
    """What a search gives of the documents of one request."""
    return [Hit(NAMES.stream(each.signal), each.id, each.source) for each in documents_of(tables, request)]


@settings(max_examples=60, deadline=None)
@given(TABLES)
def test_reading_gives_exactly_what_was_written(tables: Tables) -> None:
    """Of all columns: texts of any characters, times up to the last of int64, numbers, and JSON to the byte."""
    again = tables_of(hits_of(tables))
    for signal in ("spans", "logs", "metrics"):
        read, written = getattr(again, signal), getattr(tables, signal)
        assert repr(read.to_pylist()) == repr(written.to_pylist())  # as texts: NaN is no NaN
        assert read.schema == written.schema


def test_a_span_event_is_a_document_among_the_logs() -> None:
    """With the ids and the sender of its span, its own time, name and attributes; the id tells which of which row."""
    events = '[{"time_unix_nano":1760000000000000007,"name":"exception","attributes":{"exception.type":"E"}},{"time_unix_nano":5,"name":"","attributes":{}}]'
    (_, first, second) = documents_of(tables([span(trace_id(1), 1, events=events)]), "r1")
    document = json.loads(first.source)
    assert (first.signal, first.id, second.id) == ("logs", "r1.0e0", "r1.0e1")
    assert document["@timestamp"] == "1760000000000.000007"
    assert (document["event_name"], document["trace_id"]) == ("exception", trace_id(1).hex())
    assert document["attributes"] == {"event.name": "exception", "exception.type": "E"}
    assert (document["correlator"]["event"], document["correlator"]["service"]) == (0, "bridge-api")
    assert "event_name" not in json.loads(second.source)


def test_resource_and_scope_have_what_else_was_said_of_them() -> None:
    """Where the Collector writes it; a record's counts stand in the document itself, an event's in its own."""
    said: dict[str, Any] = {
        "scope_details": '{"version":"1.2","attributes":{"a":1},"schema_url":"s"}',
        "resource_details": '{"schema_url":"r","dropped_attributes_count":2}',
    }
    events = '[{"time_unix_nano":5,"name":"e","attributes":{},"dropped_attributes_count":7}]'
    spans = [
        span(trace_id(1), 1, events=events, dropped_counts='{"dropped_links_count":3}', **said),
        span(trace_id(2), 2, scope_name="", scope_details=None, resource_details=None),
        span(trace_id(3), 3, scope_name="", **said),
    ]
    first, second, third, event = (json.loads(each.source) for each in documents_of(tables(spans), "r1"))
    scope = {"name": "tests", "version": "1.2", "attributes": {"a": 1}, "schema_url": "s"}
    resource = {"schema_url": "r", "dropped_attributes_count": 2}
    assert (first["scope"], first["resource"], first["dropped_links_count"]) == (scope, resource, 3)
    assert (second["scope"], second["resource"], "dropped_links_count" in second) == ({}, {}, False)
    assert third["scope"] == {name: value for name, value in scope.items() if name != "name"}
    assert (event["scope"], event["resource"], event["dropped_attributes_count"]) == (scope, resource, 7)


def test_only_a_body_that_was_sent_as_a_map_or_a_list_is_written_by_its_fields() -> None:
    """A text that reads like JSON stays a text; a list of anything but maps becomes a map."""
    sent = Mark.STRUCTURED_BODY
    logs = [log(1, body='{"a":1}'), log(2, body='{"a":1}', marks=sent), log(3, body="[{},1]", marks=sent)]
    written = documents_of(tables((), [*logs, log(4, body='[{"b":1}]', marks=sent), log(5, body=None)]), "r")
    assert [json.loads(each.source).get("body") for each in written] == [
        {"text": '{"a":1}'},
        {"text": '{"a":1}', "structured": {"a": 1}},
        {"text": "[{},1]", "structured": {"value": [{}, 1]}},
        {"text": '[{"b":1}]', "structured": [{"b": 1}]},
        None,
    ]


def test_records_are_the_same_alone_and_among_others() -> None:
    """What is equal in all rows of a request is written once for all of them: that must not show."""
    spans = [span(trace_id(n), n, name=f"n{n % 2}", is_error=n == 2, marks=n % 3, flags=n) for n in range(5)]
    logs = [log(n, trace_id(n) if n else None, severity_number=n, arrival_unix_nano=n) for n in range(5)]
    metrics = [metric(n, value_int=n or None, start_time_unix_nano=n) for n in range(5)]
    together = [json.loads(each.source) for each in documents_of(tables(spans, logs, metrics), "r")]
    alone = [
        json.loads(each.source)
        for rows in (
            [tables([one]) for one in spans],
            [tables((), [one]) for one in logs],
            [tables((), (), [one]) for one in metrics],
        )
        for row in rows
        for each in documents_of(row, "r")
    ]
    for one, other in zip(together, alone, strict=True):
        other["correlator"]["row"] = one["correlator"]["row"]
        assert one == other


def test_a_long_resource_does_not_make_long_slices() -> None:
    """Each document repeats its resource and scope: 64 MiB are written at a time, also where one is larger than that."""
    long = {
        "resource_attributes": json.dumps({"a": "w" * 2**19}),
        "scope_details": json.dumps({"version": "w" * 2**19}),
    }
    documents = list(documents_of(tables([span(trace_id(1), n, **long) for n in range(100)]), "r"))
    assert [each.id for each in documents] == [f"r.{n}" for n in range(100)]


@pytest.mark.parametrize("column", ["resource_details", "scope_name", "scope_details"])
def test_nothing_that_documents_repeat_makes_long_slices(column: str) -> None:
    """A schema URL has no bound, nor has a scope's name."""
    text = "w" * 2**20 if column == "scope_name" else json.dumps({"schema_url": "w" * 2**20})
    rows = [span(trace_id(n), n, **{column: text}) for n in range(100)]
    assert max(len(block) for block in blocks_of(tables(rows), "r")) < 100


def test_a_bulk_body_creates_each_document_in_the_stream_of_its_signal() -> None:
    """Two lines for each, and an end of line after the last."""
    names = Names(dataset="d", namespace="n")
    documents = list(documents_of(tables([span(trace_id(1), 1)], [log(1)], [metric(1)]), 'a"b', names))
    lines = bulk_body(documents, names).split(b"\n")
    assert lines.pop() == b""
    assert [json.loads(line) for line in lines[::2]] == [
        {"create": {"_index": f"{signal}-d.otel-n", "_id": 'a"b.0'}} for signal in ("traces", "logs", "metrics")
    ]
    assert lines[1::2] == [each.source for each in documents]


def test_documents_of_others_are_left_out() -> None:
    """The Collector may write into the same data stream: what it wrote has no object of ours."""
    ours = hits_of(tables([span(trace_id(1), 1)]))
    theirs = Hit(NAMES.stream("traces"), "x", b'{"@timestamp":"1.0","data_stream":{"type":"traces"},"trace_id":"00"}')
    assert tables_of([theirs, *ours, theirs]).spans.num_rows == 1
