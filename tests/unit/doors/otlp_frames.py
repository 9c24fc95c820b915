"""Short ways to a request and to what decode makes of it."""

from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from correlator.doors.otlp_decode import Decoded, decode
from correlator.model.limits import Limits
from correlator.store.contract import Frame

ARRIVAL = 1_795_234_200_000_000_000
TRACE_ID = bytes(range(1, 17))
SPAN_ID = b"spanspan"
TIMES = {"start_time_unix_nano": ARRIVAL - 2_000, "end_time_unix_nano": ARRIVAL - 1_000}


def other_system(_resource_attributes: Any, _scope_name: str) -> str:
    """No rules."""
    return "other"


def decoded(signal: str, payload: bytes, limits: Limits | None = None, encoding: str = "protobuf") -> Decoded:
    """What decode makes of a payload that arrives at ARRIVAL."""
    return decode(Frame(signal, encoding, ARRIVAL, payload), limits or Limits(), other_system)


def trace_request(*spans: dict[str, Any]) -> ExportTraceServiceRequest:
    """A request with one service, and spans that differ from a good one by the given fields."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.add(key="service.name").value.string_value = "bridge"
    scope = group.scope_spans.add()
    for span in spans:
        scope.spans.add(**({"trace_id": TRACE_ID, "span_id": SPAN_ID, "name": "work"} | TIMES | span))
    return request


def log_request(*records: dict[str, Any]) -> ExportLogsServiceRequest:
    """A request with log records of the given fields, one nanosecond before arrival where no time is given."""
    request = ExportLogsServiceRequest()
    scope = request.resource_logs.add().scope_logs.add()
    for record in records:
        scope.log_records.add(**({"time_unix_nano": ARRIVAL - 1} | record))
    return request


def metric_request() -> tuple[ExportMetricsServiceRequest, Any]:
    """An empty request, and its one list of metrics."""
    request = ExportMetricsServiceRequest()
    return request, request.resource_metrics.add().scope_metrics.add().metrics


def span_rows(*spans: dict[str, Any], limits: Limits | None = None) -> list[dict[str, Any]]:
    """Rows of the spans that are kept."""
    return decoded("traces", trace_request(*spans).SerializeToString(), limits).tables.spans.to_pylist()


def rejected(signal: str, request: Any, limits: Limits | None = None) -> dict[str, int]:
    """Count of rejected records by reason."""
    answer = decoded(signal, request.SerializeToString(), limits)
    return {rejection.reason: rejection.count for rejection in answer.rejections}


def attribute(key: str, **value: Any) -> dict[str, Any]:
    """A KeyValue for a message's constructor."""
    return {"key": key, "value": value}


def sized(content: bytes) -> bytes:
    """`content` after its length as a varint."""
    size, prefix = len(content), bytearray()
    while size > 127:
        prefix.append(size & 127 | 128)
        size >>= 7
    return bytes([*prefix, size]) + content
