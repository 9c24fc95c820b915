"""Executions as a real n8n 2.41 answered them, and their spans as the reconciler tells them."""

import gzip
import json
from pathlib import Path
from typing import Any, Final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from correlator.correlate.systems import DEFAULT_RULES, system_of
from correlator.doors.n8n_rest.document import Execution, read_execution
from correlator.doors.n8n_rest.identity import SpanRef, identify
from correlator.doors.n8n_rest.translate import Instance, Reported, Requests, translate
from correlator.doors.otlp_decode import decode
from correlator.model.limits import Limits
from correlator.model.rows import logs_of, spans_of
from correlator.model.span import LogRecord, Span
from correlator.store.contract import Frame

FIXTURES: Final = Path(__file__).parents[3] / "fixtures" / "n8n"
INSTANCE: Final = Instance("http://n8n.test")
TRACED: Final = "api_executions.jsonl.gz"
UNTRACED: Final = "api_executions_otel_off.jsonl.gz"
LISTED: Final = "api_executions_list.jsonl.gz"


def lines(name: str) -> list[dict[str, Any]]:
    with gzip.open(FIXTURES / name, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def documents(name: str = TRACED) -> dict[str, dict[str, Any]]:
    """Execution id to its document."""
    return {document["id"]: document for document in lines(name)}


def requests_of(document: Any, reported: Reported | None = None, parent: SpanRef | None = None) -> Requests:
    execution: Execution = read_execution(document)
    return translate(execution, identify(execution, INSTANCE.name, parent), INSTANCE, reported)


def spans(document: Any, reported: Reported | None = None, parent: SpanRef | None = None) -> list[Span]:
    """What the store would have of it: the workflow span first."""
    body = requests_of(document, reported, parent).traces
    return spans_of(_decoded("traces", body).spans) if body else []


def log(document: Any, reported: Reported | None = None) -> LogRecord | None:
    body = requests_of(document, reported).logs
    if body is None:
        return None
    assert ExportLogsServiceRequest.FromString(body)
    (record,) = logs_of(_decoded("logs", body).logs)
    return record


def _decoded(signal: str, body: bytes) -> Any:
    decoded = decode(
        Frame(signal, "protobuf", 0, body), Limits(), lambda sender, scope: system_of(sender, scope, DEFAULT_RULES)
    )
    assert not decoded.rejections
    return decoded.tables
