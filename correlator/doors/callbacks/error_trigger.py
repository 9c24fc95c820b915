"""n8n's Error Trigger payload to a Callback. Lenient: n8n sends it once, and what it says of the error has no fixed form."""

import re
from typing import Any, Final

from correlator.correlate.generic_error import is_generic
from correlator.doors.callbacks.document import ErrorTriggerDocument
from correlator.doors.callbacks.safe_text import MESSAGE, NAME, STACKTRACE, UPSTREAM, safe_text
from correlator.telemetry.trace_headers import IncomingTrace, parse_traceparent
from correlator.workflows.callback import CallbackError

N8N: Final = "n8n"
"""System and service of these payloads: n8n's own default for service.name."""
NANOS_A_MILLI: Final = 1_000_000
LAST_MILLI: Final = (2**63 - 1) // NANOS_A_MILLI
_CANCELED: Final = re.compile(
    r"cancell?ed by user|cancell?ed manually|execution was cancell?ed|ExecutionCancell?edError", re.IGNORECASE
)
"""n8n 2.41: "Task cancelled by user" of a Code node, "The execution was cancelled manually" and its class of all others."""


def error_of(document: ErrorTriggerDocument) -> CallbackError:
    """Why it failed. Where n8n's message only says that a service failed, its description says what that answered."""
    told = _error(document)
    error_type, message = safe_text(told.get("name"), NAME), safe_text(told.get("message"), MESSAGE)
    description = safe_text(told.get("description"), MESSAGE)
    node = told.get("node")
    return CallbackError(
        type=error_type,
        message=description if description and is_generic(error_type, message) else message,
        stacktrace=safe_text(told.get("stack"), STACKTRACE),
        node_name=safe_text(
            node.get("name") if isinstance(node, dict) else document.execution.last_node_executed, NAME
        ),
        http_status=_http_status(told.get("httpCode")),
        upstream=_upstream(told.get("messages")),
    )


def time_of(document: ErrorTriggerDocument) -> int | None:
    """When the error was, unix nanoseconds; None where n8n does not say."""
    milliseconds = _error(document).get("timestamp")
    if not isinstance(milliseconds, int) or isinstance(milliseconds, bool):
        return None
    return milliseconds * NANOS_A_MILLI if 0 < milliseconds <= LAST_MILLI else None


def failed_call(document: ErrorTriggerDocument) -> IncomingTrace | None:
    """The trace and span of the node that failed, where it called someone: of the request's headers only that is read."""
    headers: Any = _error(document)
    for name in ("context", "request", "headers"):
        headers = headers.get(name) if isinstance(headers, dict) else None
    traceparent = headers.get("traceparent") if isinstance(headers, dict) else None
    return parse_traceparent(traceparent) if isinstance(traceparent, str) else None


def is_cancellation(error: CallbackError) -> bool:
    """Whether somebody stopped the execution: n8n runs the Error Trigger then too, with an error that says so."""
    return _CANCELED.search(f"{error.type} {error.message}") is not None


def _error(document: ErrorTriggerDocument) -> dict[str, Any]:
    told = document.execution.error
    if told is None and document.trigger is not None:
        told = document.trigger.error
    return told if isinstance(told, dict) else {"message": told}


def _http_status(code: Any) -> int | None:
    """n8n has it as text; in its place may stand a socket's error, as ECONNABORTED."""
    text = str(code)
    return int(text) if text.isascii() and text.isdigit() and 100 <= int(text[:4]) <= 599 and len(text) == 3 else None


def _upstream(messages: Any) -> str:
    first = messages[0] if isinstance(messages, list) and messages else None
    return safe_text(first, UPSTREAM)
