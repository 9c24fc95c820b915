"""Logs as Filebeat ships them, in a story with spans that the engine took in over OTLP."""

import json
import secrets
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from elasticsearch import Elasticsearch

from correlator.elasticsearch import Connection, connect
from correlator.elasticsearch.foreign.reader import FIRST_POSITION, ForeignReader
from correlator.elasticsearch.foreign.sources import Source
from correlator.elasticsearch.foreign.with_foreign import WithForeign
from correlator.model.tables import Tables
from correlator.pipeline.stories.investigate import Investigator
from correlator.settings import Settings
from correlator.store.contract import Frame
from correlator.store.memory import MemoryStore
from correlator.wiring import make_decode
from correlator.wiring.foreign import make_foreign_reader
from tests.e2e.failing_story import CONSUMER, failing_stories, span_id, trace_id

NOW = 1795286400 * 10**9
ALL_TIMES = (0, 2**63 - 1)
TRACE_ID = trace_id(1)
SPANS = failing_stories([1])
ERROR_LINE: dict[str, Any] = {
    "@timestamp": "2026-11-21T18:40:00.123Z", "log.level": "error", "message": "template 'invoice' lacks a field",
    "trace.id": TRACE_ID.hex(), "span.id": span_id(CONSUMER).hex(), "service.name": "worker", "ecs.version": "8.0.0",
    "error": {"type": "billing.TemplateFieldMissing", "message": "template 'invoice' needs field 'vat_id'"},
    "log.record.uid": "01JD6T0000000000000000000A", "labels": {"job_id": "job-000000042"},
}  # fmt: skip
"""As our own telemetry and Elastic's ecs-logging libraries write it into a file or onto stdout."""
LOOSE_LINE: dict[str, Any] = {
    "level": "error", "message": "Worker errored while running execution 4242 (job 7)",
    "metadata": {"executionId": "4242", "file": "job-processor.js", "function": "run", "timestamp": "2026-11-21T18:40:00.200Z"},
}  # fmt: skip
"""Of n8n's stdout: no trace, but an execution."""
SHIPPER = {
    "@timestamp": "2026-11-21T18:40:01.000Z", "agent": {"type": "filebeat", "version": "9.4.3", "id": "a1"},
    "ecs": {"version": "8.0.0"}, "input": {"type": "filestream"}, "host": {"name": "node-1"},
    "log": {"offset": 1024, "file": {"path": "/var/log/worker.json"}},
}  # fmt: skip
"""What Filebeat writes beside a line (its documentation, "Exported fields")."""

decode = make_decode(Settings())


def as_text(line: dict[str, Any]) -> dict[str, Any]:
    """By an input without a parser."""
    return SHIPPER | {"message": json.dumps(line)}


def as_fields(line: dict[str, Any]) -> dict[str, Any]:
    """By the parser `ndjson`, with its option `overwrite_keys`."""
    return SHIPPER | line


def below_json(line: dict[str, Any]) -> dict[str, Any]:
    """By the parser `ndjson` as it is without options."""
    return SHIPPER | {"json": line}


@pytest.fixture(params=[as_text, as_fields, below_json], ids=["text", "fields", "json"])
def foreign(request: pytest.FixtureRequest, elasticsearch_url: str) -> Iterator[ForeignReader]:
    """An index with both lines in one of the ways of shipping."""
    index = f"filebeat-test-{secrets.token_hex(4)}"
    with connect(Connection((elasticsearch_url,))) as client:
        for line in (ERROR_LINE, LOOSE_LINE):
            client.index(index=index, document=request.param(line))
        client.indices.refresh(index=index)
        try:
            yield make_foreign_reader(Settings(), client, [Source(index, "ecs")])
        finally:
            client.indices.delete(index=index)


def spans() -> MemoryStore:
    store = MemoryStore()
    take(store, "traces", "protobuf", SPANS)
    return store


def take(store: MemoryStore, signal: str, encoding: str, payload: bytes) -> None:
    frame = Frame(signal, encoding, NOW, payload)
    store.append(frame, decode(frame).tables).result()


def sent_over_otlp(store: MemoryStore, line: dict[str, Any]) -> None:
    """As a Collector forwards the line of a file to a door."""
    body = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"stringValue": json.dumps(line)}}]}]}]}
    take(store, "logs", "json", msgspec.json.encode(body))


def test_the_finding_is_that_of_the_same_line_over_otlp(foreign: ForeignReader) -> None:
    """The worker's log is evidence, whichever way it came."""
    over_otlp = spans()
    sent_over_otlp(over_otlp, ERROR_LINE)
    own = spans()
    found, expected = Investigator(WithForeign(own, foreign)), Investigator(over_otlp)
    explained, of_otlp = found.explain(TRACE_ID.hex()), expected.explain(TRACE_ID.hex())
    assert of_otlp is not None
    assert of_otlp != Investigator(own).explain(TRACE_ID.hex())
    assert explained == of_otlp


def test_a_log_without_a_trace_is_found_by_its_execution(foreign: ForeignReader) -> None:
    """Once, and under a place of its own."""
    logs = foreign.with_keys(["execution:4242", "job:none"], *ALL_TIMES, 10).logs
    assert logs["body"].to_pylist() == [LOOSE_LINE["message"]]
    assert logs["trace_id"].to_pylist() == [None]
    assert logs["position"].to_pylist()[0] >= FIRST_POSITION


def test_a_log_is_found_by_its_job_and_by_nothing_it_does_not_carry(foreign: ForeignReader) -> None:
    """What only looks alike is left out."""
    assert foreign.with_keys(["job:job-000000042"], *ALL_TIMES, 10).logs["body"].to_pylist() == [ERROR_LINE["message"]]
    assert foreign.with_keys(["job:job", "execution:7", "execution:42"], *ALL_TIMES, 10).num_rows == 0


def test_a_range_is_read_up_to_a_bound(foreign: ForeignReader) -> None:
    """The oldest first, and the count of all is known."""
    streams = foreign.streams(*ALL_TIMES)
    assert sum(stream.documents for stream in streams) == 2
    assert [count for _, count in foreign.requests(streams, 1)] == [1]
    assert [count for _, count in foreign.requests(streams, 10)] == [2]


def test_documents_of_an_engine_of_ours_are_read_only_where_asked_for(elasticsearch_url: str) -> None:
    """An engine has them already."""
    index = f"filebeat-test-{secrets.token_hex(4)}"
    with connect(Connection((elasticsearch_url,))) as client:
        client.index(index=index, document=as_fields(ERROR_LINE) | {"correlator": {"request": "r1"}}, refresh=True)
        try:
            assert tables_of_trace(client, index, with_own=False).num_rows == 0
            assert tables_of_trace(client, index, with_own=True).num_rows == 1
        finally:
            client.indices.delete(index=index)


def tables_of_trace(client: Elasticsearch, index: str, *, with_own: bool) -> Tables:
    return make_foreign_reader(Settings(), client, [Source(index, "ecs")], with_own=with_own).of_traces([TRACE_ID])


def test_fields_of_a_users_own_are_read_by_their_mapping(elasticsearch_url: str) -> None:
    """Trace, time, level and service under other names."""
    index = f"app-test-{secrets.token_hex(4)}"
    names = {"@timestamp": "time", "message": "msg", "log.level": "sev", "trace.id": "ctx.trace", "service.name": "app"}
    document = {
        "time": "2026-11-21T18:40:00.123Z",
        "msg": "no stock",
        "sev": "error",
        "ctx": {"trace": TRACE_ID.hex()},
        "app": "worker",
    }
    with connect(Connection((elasticsearch_url,))) as client:
        client.index(index=index, document=document, refresh=True)
        try:
            reader = make_foreign_reader(Settings(), client, [Source(index, "custom", names)])
            (row,) = reader.of_traces([TRACE_ID]).logs.to_pylist()
            assert len(reader.streams(*ALL_TIMES)) == 1
        finally:
            client.indices.delete(index=index)
    assert (row["body"], row["is_error"], row["system"]) == ("no stock", True, "worker")
