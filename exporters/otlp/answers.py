"""What a backend's answer means: taken, not now, never. By OTLP's specification, but for who does not know us. Pure."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

import grpc
import msgspec
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from exporters.delivery import Delivered, Refused, TryAgain
from exporters.delivery.retry_after import retry_after_s
from exporters.otlp.requests import SERVICES

RETRYABLE_HTTP: Final = frozenset({408, 429, 502, 503, 504})
UNKNOWN_TO_IT_HTTP: Final = frozenset({401, 403, 407})
"""It is we who are refused, not the data: what waits goes out once somebody mends the token."""

RETRYABLE_GRPC: Final = frozenset(
    {
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.OUT_OF_RANGE,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DATA_LOSS,
    }
)
UNKNOWN_TO_IT_GRPC: Final = frozenset({grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED})
STATUS_DETAILS: Final = "grpc-status-details-bin"
MESSAGE_CHARACTERS: Final = 300  # of the backend's own words
TOKEN_REMEDY: Final = "write what it asks for into the target's token_file"


def http_answer(
    signal: str, status: int, headers: Mapping[str, str], content: bytes, now: datetime | None = None
) -> Delivered:
    """Raises TryAgain or Refused. `headers` by lower-case name."""
    is_json = "json" in headers.get("content-type", "")
    if 200 <= status < 300:
        return _partial_json(signal, content) if is_json else partial_success(signal, content)
    if status in UNKNOWN_TO_IT_HTTP:
        raise TryAgain(f"answers {status}; {TOKEN_REMEDY}", retry_after_s(headers.get("retry-after", ""), now))
    told = f"answers {status} {_reason(status)}: {_message(content, is_json)}".removesuffix(": ")
    if status in RETRYABLE_HTTP:
        raise TryAgain(told, retry_after_s(headers.get("retry-after", ""), now))
    raise Refused(told)


def grpc_failure(code: grpc.StatusCode, message: str, details: bytes | None) -> TryAgain | Refused:
    """What to raise. `details` are those of the trailer grpc-status-details-bin."""
    retry_after_s = _retry_info_s(details)
    if code in UNKNOWN_TO_IT_GRPC:
        return TryAgain(f"answers {code.name}; {TOKEN_REMEDY}", retry_after_s)
    told = f"answers {code.name}: {message[:MESSAGE_CHARACTERS]}".removesuffix(": ")
    if code in RETRYABLE_GRPC or (code is grpc.StatusCode.RESOURCE_EXHAUSTED and retry_after_s is not None):
        return TryAgain(told, retry_after_s)
    return Refused(told)


def partial_success(signal: str, content: bytes) -> Delivered:
    """Of an Export*ServiceResponse; one that is none says nothing, since the status did."""
    service = SERVICES[signal]
    try:
        partial: Any = service.response.FromString(content).partial_success  # type: ignore[attr-defined]
    except DecodeError:
        return Delivered()
    return Delivered(getattr(partial, service.rejected), partial.error_message[:MESSAGE_CHARACTERS])


def _partial_json(signal: str, content: bytes) -> Delivered:
    first, *more = SERVICES[signal].rejected.split("_")
    rejected = first + "".join(word.title() for word in more)
    try:
        partial = msgspec.json.decode(content, type=dict[str, Any]).get("partialSuccess") or {}
        return Delivered(int(partial.get(rejected, 0)), str(partial.get("errorMessage", ""))[:MESSAGE_CHARACTERS])
    except (msgspec.MsgspecError, ValueError, AttributeError, TypeError):
        return Delivered()


def _retry_info_s(details: bytes | None) -> float | None:
    try:
        status = Status.FromString(details or b"")
        for each in status.details:
            info = RetryInfo()
            if each.Unpack(info):
                return float(info.retry_delay.seconds + info.retry_delay.nanos / 1e9)
    except DecodeError:
        pass
    return None


def _message(content: bytes, is_json: bool) -> str:
    """google.rpc.Status in either encoding; else the text as it is."""
    try:
        if is_json:
            return str(msgspec.json.decode(content, type=dict[str, Any]).get("message", ""))[:MESSAGE_CHARACTERS]
        return str(Status.FromString(content).message)[:MESSAGE_CHARACTERS]
    except (DecodeError, msgspec.MsgspecError, UnicodeDecodeError):
        return content[:MESSAGE_CHARACTERS].decode(errors="replace").strip()


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
