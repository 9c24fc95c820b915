"""What OTLP senders are answered, over HTTP and gRPC alike: export responses, refusals as google.rpc.Status."""

from dataclasses import dataclass
from typing import Final

from google.protobuf.duration_pb2 import Duration
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from google.rpc.code_pb2 import DEADLINE_EXCEEDED, INVALID_ARGUMENT, RESOURCE_EXHAUSTED, UNAUTHENTICATED, UNAVAILABLE
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from correlator.errors import BodyTimeout, BodyTooLarge, InvalidInput, Overloaded, Unavailable, UnsupportedMedia
from correlator.pipeline.record import Receipt

MESSAGE_CHARACTERS: Final = 1_024  # gRPC clients take 8 KiB of metadata, where the message stands twice
FAILED_RETRY_S: Final = 5  # after an error nobody foresaw: long enough not to hammer, short enough not to lose data


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request was not taken. `answer` is its name in our metrics; a retry makes sense only with `retry_after_s`."""

    answer: str
    http_status: int
    grpc_code: int  # google.rpc.Code
    message: str
    retry_after_s: int | None = None

    @property
    def status(self) -> Status:
        """google.rpc.Status, with RetryInfo where a retry makes sense."""
        status = Status(code=self.grpc_code, message=self.message)
        if self.retry_after_s is not None:
            status.details.add().Pack(RetryInfo(retry_delay=Duration(seconds=self.retry_after_s)))
        return status


_KINDS: Final = (  # the first that fits; the subclasses stand before their bases
    (BodyTooLarge, "too_large", 413, INVALID_ARGUMENT),
    (UnsupportedMedia, "unsupported", 415, INVALID_ARGUMENT),
    (InvalidInput, "invalid", 400, INVALID_ARGUMENT),
    (BodyTimeout, "timeout", 408, DEADLINE_EXCEEDED),
    (Overloaded, "overloaded", 429, RESOURCE_EXHAUSTED),
    (Unavailable, "unavailable", 503, UNAVAILABLE),
)

UNAUTHORIZED: Final = Refusal(
    "unauthorized", 401, UNAUTHENTICATED, "a bearer token is needed; send the header authorization: Bearer TOKEN"
)
"""Over gRPC, headers are metadata."""
STOPPING: Final = Refusal(
    "unavailable", 503, UNAVAILABLE, "the engine is stopping; send again to its successor", FAILED_RETRY_S
)
FAILED: Final = Refusal(
    "failed", 503, UNAVAILABLE, "the engine failed on this request and has logged why; send again later", FAILED_RETRY_S
)
"""The answer to an error nobody foresaw: its text may quote the payload, so it is not repeated."""


def refusal_of(error: Exception) -> Refusal:
    """How `error` is told to the sender; FAILED for what is none of ours."""
    for kind, answer, http_status, grpc_code in _KINDS:
        if isinstance(error, kind):
            retry_after_s = error.retry_after_s if isinstance(error, Unavailable) else None
            return Refusal(answer, http_status, grpc_code, str(error)[:MESSAGE_CHARACTERS], retry_after_s)
    return FAILED


def answer_of(receipt: Receipt) -> str:
    """The name of a success in our metrics."""
    return "partial" if receipt.rejections else "accepted"


def export_response(signal: str, receipt: Receipt) -> Message:
    """Export*ServiceResponse of a signal; empty when all was accepted."""
    message = receipt.message[:MESSAGE_CHARACTERS]
    if signal == "traces":
        traces = ExportTraceServiceResponse()
        if receipt.rejections:
            traces.partial_success.rejected_spans = receipt.rejected
            traces.partial_success.error_message = message
        return traces
    if signal == "logs":
        logs = ExportLogsServiceResponse()
        if receipt.rejections:
            logs.partial_success.rejected_log_records = receipt.rejected
            logs.partial_success.error_message = message
        return logs
    metrics = ExportMetricsServiceResponse()
    if receipt.rejections:
        metrics.partial_success.rejected_data_points = receipt.rejected
        metrics.partial_success.error_message = message
    return metrics


def to_json(message: Message) -> bytes:
    """protobuf's JSON mapping, on one line."""
    return str(MessageToJson(message, indent=None)).encode()
