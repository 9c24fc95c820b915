"""What sort of failure an error is, told by its source, its status and the words of its type and message."""

import re
from typing import Final

from correlator import semconv
from correlator.correlate.n8n_status_texts import tells_of_server_failure
from correlator.model.error_chain import ErrorEvent
from correlator.model.error_signal import grpc_status, http_status, is_grpc_failure, is_http_failure
from correlator.model.span import Span

_TIMEOUT: Final = re.compile(r"time[ds]?[ _-]?out|deadline[ _]?exceeded|ETIMEDOUT", re.IGNORECASE)
_GAVE_UP: Final = re.compile(r"abort|cancell?ed", re.IGNORECASE)
_NO_CONNECTION: Final = re.compile(
    r"refused|unreachable|ECONN(REFUSED|RESET|ABORTED)|ENOTFOUND|EAI_AGAIN|EPIPE|broken pipe|name resolution|getaddrinfo"
    r"|no route|(connection|socket)( was)? (reset|aborted|closed|lost)|socket hang up|offline|unavailable",
    re.IGNORECASE,
)
"""What Node's and Python's sockets, curl, gRPC and n8n's own texts say where the other side cannot be reached."""
_CHARACTERS: Final = 2_048  # of type and message that are looked at: what follows is payload
_TIMEOUT_STATUS: Final = frozenset({408, 504})
_OTHER_SIDES_LOAD: Final = frozenset({408, 429})  # client errors by number that are no fault of the request
_DEADLINE_EXCEEDED: Final = 4  # gRPC
N8N_HTTP_REQUEST: Final = "n8n-nodes-base.httpRequest"
N8N_EXTERNAL_ERROR: Final = "NodeApiError"  # n8n raises it only for what another service answered, or did not


def kind_of(error: ErrorEvent, span: Span | None) -> str:
    """exception | http | grpc | timeout | status | n8n | log: what a component's own error is."""
    return "timeout" if is_timeout(error, span) else error.source


def is_timeout(error: ErrorEvent, span: Span | None) -> bool:
    if span is not None and (
        http_status(span.attributes) in _TIMEOUT_STATUS or grpc_status(span.attributes) == _DEADLINE_EXCEEDED
    ):
        return True
    return bool(_TIMEOUT.search(_words(error)))


def gave_up(error: ErrorEvent, span: Span | None) -> bool:
    """Whether the caller ended the call itself: a timeout, or an abort, which is how n8n tells of its timeouts."""
    return is_timeout(error, span) or bool(_GAVE_UP.search(_words(error)))


def could_not_connect(error: ErrorEvent) -> bool:
    """Whether it says that the other side cannot be reached: refused, reset, unknown host, unavailable."""
    return bool(_NO_CONNECTION.search(_words(error)))


def tells_of_call(error: ErrorEvent, span: Span | None) -> bool:
    """Whether an error is that of one side of a call, whose other side reports by itself."""
    if error.error_type == N8N_EXTERNAL_ERROR:
        return True
    return span is not None and (
        span.kind in (semconv.KIND_CLIENT, semconv.KIND_PRODUCER)
        or span.attributes.get(semconv.N8N_NODE_TYPE) == N8N_HTTP_REQUEST
    )


def blames_request(span: Span | None) -> bool:
    """Whether the other side answered that the request itself was wrong (HTTP 4xx, save for 408 and 429)."""
    status = None if span is None else http_status(span.attributes)
    return status is not None and 400 <= status < 500 and status not in _OTHER_SIDES_LOAD


def blames_callee(error: ErrorEvent, span: Span | None) -> bool:
    """Whether the error of a call speaks of the other side: no reason, a failure's status, a timeout or a lost connection."""
    if error.is_generic or error.source in ("http", "grpc") or is_timeout(error, span):
        return True
    return _answered_with_failure(span) or could_not_connect(error) or tells_of_server_failure(error.message)


def _answered_with_failure(span: Span | None) -> bool:
    return span is not None and (
        is_http_failure(http_status(span.attributes), span.kind)
        or is_grpc_failure(grpc_status(span.attributes), span.kind)
    )


def _words(error: ErrorEvent) -> str:
    return f"{error.error_type} {error.message}"[:_CHARACTERS]
