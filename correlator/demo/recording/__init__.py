"""What a real n8n 2.41 sent and whom it called, cut to six executions and without what tells of the machine.

`traces.jsonl` is OTLP/JSON, one trace a line; `calls.jsonl` are n8n's HTTP requests to the bridge, one a line. The program
that cut them is tests/fixtures/record_demo_story.py.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from correlator import semconv

EXPLAINED_TRACE_ID: Final = "c75856d6a6aee7611d18187826107a55"
"""lab-bridge-500, run by a webhook, with its error workflow: the trace that the demo has explained."""

_ID_FIELDS: Final = frozenset({"traceId", "spanId", "parentSpanId"})


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """One request of n8n to the bridge. `status` is what the bridge of the recording answered."""

    recorded_unix_nano: int  # when that bridge received it
    method: str
    path: str
    headers: Mapping[str, str]
    body: str
    status: int

    @property
    def trace_id(self) -> str:
        return self.headers[semconv.HEADER_TRACEPARENT].split("-")[1]

    @property
    def node_span_id(self) -> str:
        """Span id of the node that called: n8n puts it into the traceparent."""
        return self.headers[semconv.HEADER_TRACEPARENT].split("-")[2]


@dataclass(frozen=True, slots=True)
class RecordedTrace:
    """One execution: n8n's spans, first start first, and its calls, first call first."""

    trace_id: str
    request: ExportTraceServiceRequest
    calls: tuple[RecordedCall, ...]

    @property
    def start_unix_nano(self) -> int:
        return min(span.start_time_unix_nano for span in spans_of(self.request))

    @property
    def end_unix_nano(self) -> int:
        return max(span.end_time_unix_nano for span in spans_of(self.request))


def load_recording() -> tuple[RecordedTrace, ...]:
    """The recorded story, first execution first."""
    calls = [RecordedCall(**line) for line in _lines("calls.jsonl")]
    return tuple(_trace(line, calls) for line in _lines("traces.jsonl"))


def spans_of(request: ExportTraceServiceRequest) -> list[Span]:
    """All spans of an OTLP request, in its order. They are the request's own, not copies."""
    return [span for group in request.resource_spans for scope in group.scope_spans for span in scope.spans]


def _trace(line: Mapping[str, Any], calls: list[RecordedCall]) -> RecordedTrace:
    request = ParseDict(_ids_as_base64(line), ExportTraceServiceRequest())
    trace_id = spans_of(request)[0].trace_id.hex()
    return RecordedTrace(trace_id, request, tuple(call for call in calls if call.trace_id == trace_id))


def _ids_as_base64(value: Any) -> Any:
    """OTLP/JSON writes ids in hex, where protobuf's own JSON mapping wants base64."""
    if isinstance(value, list):
        return [_ids_as_base64(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    return {
        key: base64.b64encode(bytes.fromhex(item)).decode() if key in _ID_FIELDS else _ids_as_base64(item)
        for key, item in value.items()
    }


def _lines(name: str) -> Iterator[dict[str, Any]]:
    text = files(__name__).joinpath(name).read_text("utf-8")
    return (json.loads(line) for line in text.splitlines())
