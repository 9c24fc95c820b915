"""One thing heard of an execution, whoever told it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from correlator import semconv
from correlator.model.execution import ExecutionState
from correlator.workflows.callback import CANCELED, EVENT_PREFIX, Callback, CallbackError

STATE_OF_KIND: Final = {
    "started": "started",
    "progress": "running",
    "completed": "completed",
    "failed": "failed",
    CANCELED: "canceled",
}
_STATE_OF_N8N: Final = {
    "new": "started",
    "running": "running",
    "waiting": "waiting",
    "success": "completed",
    "error": "failed",
    "crashed": "failed",
    "canceled": "canceled",
}


@dataclass(frozen=True, slots=True)
class Observation:
    """`state` is started | running | waiting | completed | failed | canceled, as told at `time_unix_nano`."""

    workflow_id: str
    execution_id: str
    state: str
    time_unix_nano: int
    is_sign_of_life: bool = False  # told by a callback
    started_unix_nano: int | None = None
    trace_id: str = ""
    progress: float | None = None
    message: str = ""
    error_type: str = ""
    error_message: str = ""


def of_callback(callback: Callback) -> Observation:
    """What a callback tells."""
    error = callback.error or CallbackError("", "")
    return Observation(
        callback.workflow_id,
        callback.execution_id,
        STATE_OF_KIND[callback.kind],
        callback.time_unix_nano,
        is_sign_of_life=True,
        trace_id=callback.trace_id,
        progress=callback.progress,
        message=callback.message,
        error_type=error.type,
        error_message=error.message,
    )


def of_execution(told: ExecutionState, observed_unix_nano: int) -> Observation | None:
    """What n8n's database says of an execution; None for a status that n8n did not have when this was written.

    An end counts from when the execution stopped, all else from when it was read.
    """
    state = _STATE_OF_N8N.get(told.status)
    if state is None:
        return None
    has_ended = state in ("completed", "failed", "canceled")
    return Observation(
        told.workflow_id,
        told.execution_id,
        state,
        (told.stopped_unix_nano if has_ended else None) or observed_unix_nano,
        started_unix_nano=told.started_unix_nano,
        trace_id=told.trace_id or "",
        error_message=told.error_message,
    )


def of_log(
    event_name: str, attributes: Mapping[str, Any], time_unix_nano: int, trace_id: bytes | None
) -> Observation | None:
    """What a stored callback told: the same as of_callback for what it was made from. None for any other record."""
    kind = event_name.removeprefix(EVENT_PREFIX)
    ids = _ids(attributes)
    if kind not in STATE_OF_KIND or ids is None:
        return None
    return Observation(
        *ids,
        STATE_OF_KIND[kind],
        time_unix_nano,
        is_sign_of_life=True,
        trace_id="" if trace_id is None else trace_id.hex(),
        progress=_share(attributes.get(semconv.PROGRESS)),
        message=str(attributes.get(semconv.CALLBACK_MESSAGE, "")),
        error_type=str(attributes.get(semconv.EXCEPTION_TYPE, "")),
        error_message=str(attributes.get(semconv.EXCEPTION_MESSAGE, "")),
    )


@dataclass(frozen=True, slots=True)
class Silence:
    """A timeout that is on record: of the execution's silence since then."""

    workflow_id: str
    execution_id: str
    since_unix_nano: int


def silence_of_log(attributes: Mapping[str, Any]) -> Silence | None:
    """What a stored timeout told; None for a record of that name which is not ours, whoever sent it."""
    since, ids = attributes.get(semconv.SILENT_SINCE), _ids(attributes)
    return Silence(*ids, since) if ids is not None and isinstance(since, int) else None


def _ids(attributes: Mapping[str, Any]) -> tuple[str, str] | None:
    """Of workflow and execution, as the door writes them; None for what it did not write."""
    workflow_id, execution_id = attributes.get(semconv.N8N_WORKFLOW_ID), attributes.get(semconv.N8N_EXECUTION_ID)
    if not (isinstance(workflow_id, str) and isinstance(execution_id, str) and workflow_id and execution_id):
        return None
    return workflow_id, execution_id


def _share(told: Any) -> float | None:
    """0 to 1; None for anything else, which a stranger's record may hold."""
    return float(told) if isinstance(told, int | float) and 0 <= told <= 1 else None


def of_workflow_span(
    attributes: Mapping[str, Any], end_unix_nano: int, start_unix_nano: int, trace_id: bytes, status_message: str
) -> Observation | None:
    """What a stored workflow span tells, n8n's own or one made of its database. None where it names no execution or status."""
    state = _STATE_OF_N8N.get(str(attributes.get(semconv.N8N_EXECUTION_STATUS, "")))
    execution_id = str(attributes.get(semconv.N8N_EXECUTION_ID, ""))
    if state is None or not execution_id:
        return None
    has_failed = state == "failed"
    return Observation(
        str(attributes.get(semconv.N8N_WORKFLOW_ID, "")),
        execution_id,
        state,
        end_unix_nano,
        started_unix_nano=start_unix_nano,
        trace_id=trace_id.hex(),
        error_type=str(attributes.get(semconv.N8N_EXECUTION_ERROR_TYPE, "")) if has_failed else "",
        error_message=status_message if has_failed else "",
    )
