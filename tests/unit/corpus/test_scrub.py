"""What is kept of a recording, and what is not."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from correlator.demo.faults import FAULTS
from tests.corpus.plan import plan
from tests.corpus.recording import CALLBACK, EXECUTION, LOG_LINE, OTLP, RECORDED, Recorded, read_recorded
from tests.corpus.scrub import scrubbed_execution, scrubbed_otlp

LABELS = re.compile(r"x-demo|" + "|".join(sorted(FAULTS)))
MACHINE = re.compile("|".join(map(re.escape, (str(Path.home()) + "/", str(Path(__file__).parents[3]) + "/", "/tmp/"))))
REPOSITORY = Path(__file__).parents[3]
STORIES = {case.story for case in plan()}

EXECUTION_DOCUMENT = {
    "id": "7",
    "tracingContext": {"traceparent": "00-aa-bb-01"},
    "workflowData": {
        "id": "w",
        "name": "plain",
        "settings": {"errorWorkflow": "e"},
        "nodes": [
            {"id": "n", "name": "Call Bridge", "type": "t", "position": [0, 0], "parameters": {"url": "http://b", "jsonBody": "={{ secret }}"}}
        ],
    },
    "data": {
        "resumeToken": "secret",
        "resultData": {
            "error": {"stack": f"Error at {REPOSITORY}/x.py", "context": {"request": {"headers": {"x-demo-fault": "bad_gateway"}}}},
            "runData": {
                "Webhook": [
                    {"data": {"main": [[{"json": {"body": {"order": 1}, "headers": {"Traceparent": "00-aa-bb-01", "x-demo-story": "s001", "cookie": "secret"}}}]]}}
                ]
            },
        },
    },
}  # fmt: skip


def trace_request() -> bytes:
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    for key, value in (("service.name", "worker"), ("host.name", "secret"), ("process.command_args", "secret")):
        resource.resource.attributes.add(key=key).value.string_value = value
    span = resource.scope_spans.add().spans.add(name="process work")
    event = span.events.add(name="exception")
    event.attributes.add(
        key="exception.stacktrace"
    ).value.string_value = f"{REPOSITORY}/worker.py and {sys.prefix}/lib/x"
    listed = span.attributes.add(key="listed").value.array_value.values.add()
    listed.string_value = f"{Path.home()}/y"
    return bytes(request.SerializeToString())


def test_labels_secrets_and_what_no_reconciler_needs_are_taken_out_of_an_execution() -> None:
    """Headers but the trace's, the resume token, a node's parameters but its address, and paths of this machine."""
    text = json.dumps(scrubbed_execution(EXECUTION_DOCUMENT))
    assert "secret" not in text
    assert LABELS.search(text) is None
    assert "s001" not in text
    assert str(REPOSITORY) not in text


def test_what_the_reconciler_reads_of_an_execution_stays() -> None:
    """Its ids and trace, its nodes and their addresses, payloads, errors, the trace in the headers."""
    kept: Any = scrubbed_execution(EXECUTION_DOCUMENT)
    (node,) = kept["workflowData"]["nodes"]
    body = kept["data"]["resultData"]["runData"]["Webhook"][0]["data"]["main"][0][0]["json"]
    assert kept["tracingContext"] == {"traceparent": "00-aa-bb-01"}
    assert node == {"id": "n", "name": "Call Bridge", "type": "t", "parameters": {"url": "http://b"}}
    assert body == {"body": {"order": 1}, "headers": {"Traceparent": "00-aa-bb-01"}}
    assert kept["data"]["resultData"]["error"]["stack"] == "Error at /app/x.py"


def test_a_resource_keeps_who_sent_and_not_from_where() -> None:
    """The service's name, and nothing of host or process; no path of this machine, however deep in a value."""
    request = ExportTraceServiceRequest.FromString(scrubbed_otlp("traces", trace_request()))
    (resource,) = request.resource_spans
    text = str(request)
    assert [each.key for each in resource.resource.attributes] == ["service.name"]
    assert resource.scope_spans[0].spans[0].name == "process work"
    assert "/app/worker.py and /app/lib/x" in text
    assert '"/app/y"' in text


def test_scrubbing_twice_is_scrubbing_once() -> None:
    """So that a recording can be scrubbed again when more is to be taken out."""
    once = scrubbed_otlp("traces", trace_request())
    document = scrubbed_execution(EXECUTION_DOCUMENT)
    assert scrubbed_otlp("traces", once) == once
    assert scrubbed_execution(document) == document


def test_logs_are_scrubbed_as_traces_are() -> None:
    """Bodies too."""
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add()
    record.body.string_value = f"wrote {REPOSITORY}/log"
    scrubbed = ExportLogsServiceRequest.FromString(scrubbed_otlp("logs", request.SerializeToString()))
    assert scrubbed.resource_logs[0].scope_logs[0].log_records[0].body.string_value == "wrote /app/log"


@pytest.mark.skipif(not RECORDED.exists(), reason="no corpus is recorded here; make one with `make corpus`")
def test_nothing_that_was_recorded_tells_a_label_or_the_machine() -> None:
    """The engine reads this: it must find neither what the driver asked for, nor who recorded it."""
    for each in read_recorded():
        text = _text(each)
        assert LABELS.search(text) is None, (each.kind, text[:200])
        assert MACHINE.search(text) is None, (each.kind, text[:200])
        assert STORIES.isdisjoint(re.findall(r"\bs\d{3}\b", text)), (each.kind, text[:200])


def _text(recorded: Recorded) -> str:
    if recorded.kind == OTLP:
        kind = ExportTraceServiceRequest if recorded.content["signal"] == "traces" else ExportLogsServiceRequest
        return str(kind.FromString(recorded.body))
    assert recorded.kind in (EXECUTION, CALLBACK, LOG_LINE)
    return json.dumps(recorded.content)
