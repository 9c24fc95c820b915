"""n8n's Error Trigger payload to a Callback. Lenient: n8n sends it once, and what it says of the error has no fixed form.

The error itself is read as n8n's database is read, so that both tell of a failure in the same words.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from correlator.doors.callbacks.document import ErrorTriggerDocument
from correlator.doors.n8n_rest import redact
from correlator.doors.n8n_rest.node_error import NodeError, read_error
from correlator.doors.n8n_rest.spans import error_type, http_status
from correlator.telemetry.trace_headers import IncomingTrace, parse_traceparent
from correlator.workflows.callback import CallbackError

N8N: Final = "n8n"
"""System and service of these payloads: n8n's own default for service.name."""
_UNNAMED: Final = NodeError("Error", "", "", "", "", "", "", "", "", "", None)
_CANCELED: Final = re.compile(
    r"cancell?ed by user|cancell?ed manually|execution was cancell?ed|ExecutionCancell?edError", re.IGNORECASE
)
"""n8n 2.41: "Task cancelled by user" of a Code node, "The execution was cancelled manually" and its class of all others."""


def node_error(document: ErrorTriggerDocument, secrets: Sequence[str]) -> NodeError:
    """What n8n tells of the error, without `secrets`."""
    told = document.execution.error
    if told is None and document.trigger is not None:
        told = document.trigger.error
    return read_error(told if isinstance(told, dict) else {"message": told}, secrets) or _UNNAMED


def callback_error(told: NodeError, last_node: Any) -> CallbackError:
    """Why it failed. n8n's message may only say that a service failed: its description says what that answered."""
    return CallbackError(
        type=told.type,
        message=": ".join(dict.fromkeys(part for part in (told.message, told.description) if part)),
        stacktrace=told.stack,
        node_name=told.node_name or redact.name(last_node),
        node_type=told.node_type,
        http_status=http_status(told),
        network_code=error_type(told),
        description=told.description,
        upstream=told.upstream,
        url=told.url,
    )


def failed_call(told: NodeError) -> IncomingTrace | None:
    """The trace and span of the node that failed, where it called someone: of the request's headers only that is read."""
    return parse_traceparent(told.traceparent)


def is_cancellation(error: CallbackError) -> bool:
    """Whether somebody stopped the execution: n8n runs the Error Trigger then too, with an error that says so."""
    return _CANCELED.search(f"{error.type} {error.message}") is not None
