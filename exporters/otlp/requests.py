"""Parcels to the bytes of one request. Pure."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from exporters.delivery import Parcel, Refused

IDS: Final = frozenset({"traceId", "spanId", "parentSpanId"})


@dataclass(frozen=True, slots=True)
class Service:
    """What OTLP has of a signal: the service's method over gRPC, its messages, the name of what was refused in part."""

    method: str
    request: type[Message]
    response: type[Message]
    rejected: str


SERVICES: Final = {
    "traces": Service(
        "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
        ExportTraceServiceRequest,
        ExportTraceServiceResponse,
        "rejected_spans",
    ),
    "logs": Service(
        "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
        ExportLogsServiceRequest,
        ExportLogsServiceResponse,
        "rejected_log_records",
    ),
    "metrics": Service(
        "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
        ExportMetricsServiceRequest,
        ExportMetricsServiceResponse,
        "rejected_data_points",
    ),
}


def joined(parcels: Sequence[Parcel]) -> bytes:
    """One protobuf request with the records of all: a message's repeated fields add up where its bytes are put together."""
    return b"".join(parcel.content for parcel in parcels)


def as_protobuf(signal: str, document: bytes) -> bytes:
    """An OTLP/JSON request in protobuf. Raises Refused where it has no place there."""
    try:
        request = ParseDict(
            _ids_as_base64(msgspec.json.decode(document)), SERVICES[signal].request(), ignore_unknown_fields=True
        )
    except (msgspec.MsgspecError, ParseError, ValueError, TypeError) as error:  # not its text: it quotes the payload
        raise Refused(
            f"this OTLP/JSON has no form in protobuf ({type(error).__name__}); forward it over http"
        ) from None
    content: bytes = request.SerializeToString()
    return content


def _ids_as_base64(value: Any) -> Any:
    """OTLP/JSON has ids in hex, protobuf's JSON in base64."""
    if isinstance(value, list):
        return [_ids_as_base64(each) for each in value]
    if isinstance(value, dict):
        return {key: _id(each) if key in IDS else _ids_as_base64(each) for key, each in value.items()}
    return value


def _id(text: str | None) -> str:
    return base64.b64encode(bytes.fromhex(text or "")).decode()
