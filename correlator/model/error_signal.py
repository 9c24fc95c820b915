"""Whether a record tells of an error: the one rule that decoding, storing and explaining share.

A span: status ERROR; an exception event (unless its status is OK); an HTTP status of 500 and over, of 400 and over for a
client span; a gRPC status that is the server's failure (a client's: any but OK and CANCELLED); n8n's execution status
error or crashed. What n8n marks as cancelled is no failure of the system. A log record: severity ERROR and over.
Sources: OpenTelemetry semantic conventions for HTTP and gRPC spans, "Status".
"""

from collections.abc import Mapping
from typing import Any, Final

from correlator import semconv

GRPC_SERVER_FAILURES: Final = frozenset({2, 4, 12, 13, 14, 15})
"""UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS."""
GRPC_OK_OR_CANCELLED: Final = frozenset({0, 1})
GRPC_NAMES: Final = (
    "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
    "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
    "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
)  # fmt: skip
N8N_FAILED: Final = ("error", "crashed")  # a tuple: a hostile value may be a list, which no set can look up

SIGNAL_KEYS: Final = frozenset(
    {
        semconv.HTTP_RESPONSE_STATUS_CODE,
        semconv.HTTP_STATUS_CODE_OLD,
        semconv.RPC_GRPC_STATUS_CODE,
        semconv.RPC_RESPONSE_STATUS_CODE,
        semconv.N8N_EXECUTION_STATUS,
        semconv.N8N_NODE_TERMINATION_REASON,
    }
)
"""The attributes that span_is_error reads: a decoder needs to look at no others."""


def span_is_error(status_code: int, kind: int, attributes: Mapping[str, Any], *, has_exception: bool) -> bool:
    """Whether a span tells of an error. `attributes` may be cut down to SIGNAL_KEYS."""
    if attributes.get(semconv.N8N_NODE_TERMINATION_REASON) == semconv.N8N_WORKFLOW_CANCELLED:
        return False
    if status_code == semconv.STATUS_ERROR:
        return True
    if has_exception and status_code != semconv.STATUS_OK:
        return True
    return (
        is_http_failure(http_status(attributes), kind)
        or is_grpc_failure(grpc_status(attributes), kind)
        or attributes.get(semconv.N8N_EXECUTION_STATUS) in N8N_FAILED
    )


def log_is_error(severity_number: int) -> bool:
    """Whether a log record tells of an error, on OTLP's scale of 1 to 24 (0: not given)."""
    return severity_number >= semconv.SEVERITY_ERROR


def http_status(attributes: Mapping[str, Any]) -> int | None:
    """HTTP response status of a span, by the stable or the old name."""
    return _integer(attributes.get(semconv.HTTP_RESPONSE_STATUS_CODE, attributes.get(semconv.HTTP_STATUS_CODE_OLD)))


def grpc_status(attributes: Mapping[str, Any]) -> int | None:
    """gRPC status code of a span, as a number, though newer senders write its name."""
    value = attributes.get(semconv.RPC_GRPC_STATUS_CODE, attributes.get(semconv.RPC_RESPONSE_STATUS_CODE))
    if isinstance(value, str) and value in GRPC_NAMES:
        return GRPC_NAMES.index(value)
    return _integer(value)


def is_http_failure(status: int | None, kind: int) -> bool:
    return status is not None and status >= (400 if kind == semconv.KIND_CLIENT else 500)


def is_grpc_failure(status: int | None, kind: int) -> bool:
    if status is None:
        return False
    if kind == semconv.KIND_CLIENT:
        return status not in GRPC_OK_OR_CANCELLED
    return status in GRPC_SERVER_FAILURES


def _integer(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10 else None
