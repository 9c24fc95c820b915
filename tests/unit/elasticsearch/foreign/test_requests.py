"""Requests made of documents, decoded as a door's."""

import json

import msgspec

from correlator.elasticsearch.documents import documents_of
from correlator.elasticsearch.foreign.requests import logs_request, spans_request
from correlator.elasticsearch.foreign.sources import Source
from correlator.settings import Settings
from correlator.store.contract import Frame
from correlator.wiring import make_decode
from correlator.wiring.foreign import key_fields
from tests.conformance.records import T0, log, span, tables, trace_id

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
LINE = {
    "@timestamp": "2026-11-21T10:00:00.123Z", "log.level": "error", "message": "job failed", "trace.id": TRACE_ID,
    "service.name": "worker", "error": {"type": "TemplateError", "message": "no vat_id", "stack_trace": "at render"},
    "labels": {"execution_id": "42"},
}  # fmt: skip
SHIPPED = {
    "@timestamp": "2026-11-21T10:00:01.000Z", "message": json.dumps(LINE), "agent": {"type": "filebeat", "version": "9.4.3"},
    "ecs": {"version": "8.0.0"}, "input": {"type": "filestream"}, "log": {"file": {"path": "/var/log/worker.log"}},
}  # fmt: skip
ECS = Source("filebeat-*", "ecs")
decode = make_decode(Settings())


def test_a_shipped_line_is_the_record_that_the_line_is_at_a_door() -> None:
    """Time, severity, error, ids and system are the line's; the shipper's fields come beside it."""
    (row,) = decode(logs_request([SHIPPED], ECS)).tables.logs.to_pylist()
    body = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"stringValue": json.dumps(LINE)}}]}]}]}
    (sent,) = decode(Frame("logs", "json", row["arrival_unix_nano"], msgspec.json.encode(body))).tables.logs.to_pylist()
    same = (
        "trace_id",
        "span_id",
        "time_unix_nano",
        "severity_number",
        "body",
        "is_error",
        "service_name",
        "system",
        "marks",
    )
    assert {name: row[name] for name in same} == {name: sent[name] for name in same}
    assert row["is_error"]
    assert row["system"] == "worker"
    attributes, of_sent = json.loads(row["attributes"]), json.loads(sent["attributes"])
    assert attributes["n8n.execution.id"] == "42"
    assert of_sent.items() - attributes.items() == {("log.record.uid", of_sent["log.record.uid"])}


def test_a_line_without_a_trace_is_a_record_without_one() -> None:
    """And what says no time arrives at none."""
    line = {name: value for name, value in LINE.items() if name != "trace.id"}
    (row,) = decode(logs_request([line], ECS)).tables.logs.to_pylist()
    assert row["trace_id"] is None


def test_values_of_several_are_read_where_the_record_has_one() -> None:
    """Names that carry a story's ids too."""
    line = LINE | {"trace.id": [TRACE_ID], "execution_id": ["43"], "labels": {}}
    (row,) = decode(logs_request([line], ECS, key_fields().all_names())).tables.logs.to_pylist()
    assert row["trace_id"].hex() == TRACE_ID
    assert json.loads(row["attributes"])["n8n.execution.id"] == "43"


DETAILS = {
    "scope_details": '{"version":"1.2","attributes":{"of":"scope"},"schema_url":"s","dropped_attributes_count":3}',
    "resource_details": '{"schema_url":"r","dropped_attributes_count":2}',
}
EVENTS = f'[{{"time_unix_nano":{T0},"name":"e","attributes":{{}},"dropped_attributes_count":7}}]'
LINKS = f'[{{"trace_id":"{"ab" * 16}","span_id":"{"cd" * 8}","trace_state":"a=b","attributes":{{}},"dropped_attributes_count":4}}]'
COUNTS = '{"dropped_attributes_count":1,"dropped_events_count":2,"dropped_links_count":3}'


def test_what_a_document_says_of_its_sender_and_of_what_was_dropped_is_read() -> None:
    """Of documents in the Collector's shape, as ours are."""
    given = span(trace_id(1), 1, events=EVENTS, links=LINKS, dropped_counts=COUNTS, **DETAILS)
    document, event = (json.loads(each.source) for each in documents_of(tables([given]), "r"))
    (row,) = decode(spans_request([document], [event])).tables.spans.to_pylist()
    kept = ("events", "links", "dropped_counts", *DETAILS)
    assert {name: row[name] for name in kept} == {name: given[name] for name in kept}
    given = log(1, dropped_counts='{"dropped_attributes_count":5}', **DETAILS)
    (document,) = (json.loads(each.source) for each in documents_of(tables((), [given]), "r"))
    (row,) = decode(logs_request([document], Source("logs-*", "otel"))).tables.logs.to_pylist()
    assert {name: row[name] for name in ("dropped_counts", *DETAILS)} == {
        name: given[name] for name in ("dropped_counts", *DETAILS)
    }


def test_a_count_that_is_none_loses_no_record() -> None:
    """Others may write anything."""
    document = {"@timestamp": "1.0", "observed_timestamp": "1.0", "dropped_attributes_count": -1, "body": {"text": "x"}}
    odd = document | {"scope": {"version": 2, "schema_url": [], "dropped_attributes_count": 2**32}, "resource": "none"}
    (row,) = decode(logs_request([odd], Source("logs-*", "otel"))).tables.logs.to_pylist()
    assert (row["body"], row["dropped_counts"], row["scope_details"], row["resource_details"]) == (
        "x",
        None,
        None,
        None,
    )
