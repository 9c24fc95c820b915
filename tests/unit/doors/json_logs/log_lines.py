"""Lines as n8n wrote them, and as loggers elsewhere do."""

import gzip
import json
from pathlib import Path
from typing import Any

N8N = Path(__file__).parents[3] / "fixtures" / "n8n"
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
SPAN_ID = "b7ad6b7169203331"
TIME = "2026-11-21T04:06:00.079Z"
TIME_UNIX_NANO = 1_795_233_960_079_000_000


def recorded(name: str) -> list[dict[str, Any]]:
    """The lines of a log file that a real n8n wrote."""
    with gzip.open(N8N / f"{name}.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


EVENT = {
    "__type": "$$EventMessageWorkflow",
    "id": "5c9214ae-90ac-450c-ad8d-28b841271689",
    "ts": TIME,
    "eventName": "n8n.workflow.failed",
    "message": "n8n.workflow.failed",
    "payload": {
        "executionId": "3", "workflowId": "o5hk1", "workflowName": "invoices", "lastNodeExecuted": "Call Bridge",
        "errorNodeType": "n8n-nodes-base.httpRequest", "errorMessage": "Bad gateway", "mode": "webhook",
        "projectName": "Ann Owner <ann@example.test>", "_email": "ann@example.test", "_firstName": "Ann", "_lastName": "Owner",
    },
}  # fmt: skip
STDOUT = {
    "level": "warn",
    "message": "Webhook execution failed before a response was sent",
    "metadata": {"executionId": "1691", "file": "webhook-helpers.js", "timestamp": TIME, "workflowId": "o5hk1"},
}
ECS = {
    "@timestamp": TIME, "log.level": "error", "message": "no stock left", "ecs.version": "9.0.0", "service.name": "bridge",
    "trace.id": TRACE_ID, "span.id": SPAN_ID, "log.logger": "orders", "error.type": "OutOfStock",
    "error.message": "none of 7", "error.stack_trace": "Traceback", "labels": {"job_id": "job-12345678"},
}  # fmt: skip
ECS_NESTED = {
    "@timestamp": TIME, "log": {"level": "error", "logger": "orders"}, "message": "no stock left",
    "ecs": {"version": "1.6.0"}, "service": {"name": "bridge"}, "trace": {"id": TRACE_ID}, "span": {"id": SPAN_ID},
    "error": {"type": "OutOfStock", "message": "none of 7", "stack_trace": "Traceback"},
    "labels": {"job_id": "job-12345678"},
}  # fmt: skip
CONSOLE = {
    "body": "boom 1", "severity_number": 17, "severity_text": "ERROR", "attributes": {"execution_id": 3, "exception.type": "E"},
    "dropped_attributes": 0, "timestamp": TIME, "observed_timestamp": TIME, "trace_id": f"0x{TRACE_ID}",
    "span_id": f"0x{SPAN_ID}", "trace_flags": 3, "event_name": "",
    "resource": {"attributes": {"service.name": "bridge", "correlator.system": "bridge"}, "schema_url": ""},
}  # fmt: skip
DATA_MODEL = {
    "Timestamp": "1795233960079000000", "ObservedTimestamp": "1795233960079000000", "TraceId": TRACE_ID, "SpanId": SPAN_ID,
    "SeverityText": "ERROR", "Body": "boom 1", "Resource": {"service.name": "bridge"}, "Attributes": {"execution_id": 3},
}  # fmt: skip
GO = {
    "Timestamp": TIME, "ObservedTimestamp": TIME, "Severity": 17, "SeverityText": "", "Body": {"Type": "String", "Value": "boom 1"},
    "Attributes": [{"Key": "execution_id", "Value": {"Type": "Int64", "Value": 3}}],
    "TraceID": TRACE_ID, "SpanID": SPAN_ID, "TraceFlags": "01",
    "Resource": [{"Key": "service.name", "Value": {"Type": "STRING", "Value": "bridge"}}], "Scope": {"Name": "orders"},
}  # fmt: skip
OTLP_RECORD = {
    "timeUnixNano": "1795233960079000000", "severityNumber": 17, "body": {"stringValue": "boom 1"}, "traceId": TRACE_ID,
    "spanId": SPAN_ID, "attributes": [{"key": "execution_id", "value": {"intValue": "3"}}],
}  # fmt: skip
OTEL = {"console": CONSOLE, "data_model": DATA_MODEL, "go": GO, "otlp_record": OTLP_RECORD}
ONE_OF_EACH = {"n8n_event_log": EVENT, "n8n_stdout": STDOUT, "ecs": ECS, "otel_json": CONSOLE}
