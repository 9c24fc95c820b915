"""Takes out of what was recorded whatever tells of the machine it ran on, of secrets, and of the labels."""

import json
import re
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.stack.n8n_process import installation

MESSAGES: Final[dict[str, type[Message]]] = {"traces": ExportTraceServiceRequest, "logs": ExportLogsServiceRequest}
RESOURCE_KEPT: Final = re.compile(
    r"service\.(name|version|instance\.id)|n8n\.instance\.role|telemetry\.sdk\..*|correlator\..*"
)
HEADERS_KEPT: Final = frozenset({"traceparent", "tracestate", "x-n8n-execution-id", "x-n8n-workflow-id"})
DROPPED: Final = frozenset(
    {"resumeToken", "webhookUrl", "pairedItem", "hints", "executionData", "customData", "projectName"}
)
NODE_KEPT: Final = frozenset({"id", "name", "type", "typeVersion", "retryOnFail", "maxTries", "onError"})
PARAMETERS_KEPT: Final = frozenset({"url", "method"})
_PATHS: Final = (str(installation()), str(Path(__file__).parents[2]), str(Path.home()), tempfile.gettempdir())
"""Of this machine: n8n, the repository, who runs it, and where temporary files are; and Python, where that is an environment of its own."""
_PYTHON: Final = (sys.prefix,) if sys.prefix != sys.base_prefix else ()


def scrubbed_otlp(signal: str, body: bytes) -> bytes:
    """The request with only the resource attributes that are kept, and without the machine's paths in its texts."""
    request: Any = MESSAGES[signal].FromString(body)
    for resource in request.resource_spans if signal == "traces" else request.resource_logs:
        kept = [each for each in resource.resource.attributes if RESOURCE_KEPT.fullmatch(each.key)]
        del resource.resource.attributes[:]
        resource.resource.attributes.extend(kept)
    for value in _any_values(request):
        value.string_value = _without_paths(value.string_value)
    return bytes(request.SerializeToString())


def scrubbed_execution(document: Any) -> Any:
    """An execution as n8n's REST API told it, less what no reconciler needs; of headers only the trace's are left."""
    return _scrubbed(document, ())


def scrubbed_line(text: str) -> str:
    """A line of n8n's event log without the name of a project, which is its owner's and their address."""
    return json.dumps(_scrubbed(json.loads(text), ()), separators=(",", ":"))


def _scrubbed(value: Any, path: tuple[str, ...]) -> Any:
    if isinstance(value, list):
        return [_scrubbed(each, path) for each in value]
    if isinstance(value, str):
        return _without_paths(value)
    if not isinstance(value, dict):
        return value
    return {
        key: _scrubbed(each, (*path, key)) for key, each in value.items() if key not in DROPPED and _is_kept(key, path)
    }


def _is_kept(key: str, path: tuple[str, ...]) -> bool:
    last = path[-1] if path else ""
    if last == "headers":
        return key.lower() in HEADERS_KEPT
    if last == "parameters":
        return key in PARAMETERS_KEPT
    if last == "workflowData":
        return key in {"id", "name", "nodes"}
    if last == "nodes":
        return key in NODE_KEPT or key == "parameters"
    return True


def _without_paths(text: str) -> str:
    for path in sorted((*_PATHS, *_PYTHON), key=len, reverse=True):  # the longest first: one may hold another
        text = text.replace(f"{path}/", "/app/")
    return text


def _any_values(message: Message) -> Iterable[Any]:
    """All AnyValues with a text, wherever they lie."""
    if message.DESCRIPTOR.name == "AnyValue" and message.WhichOneof("value") == "string_value":
        yield message
    for field, value in message.ListFields():
        if field.type == field.TYPE_MESSAGE:
            for each in value if field.is_repeated else (value,):
                yield from _any_values(each)
