"""A callback's body to a Callback, or a refusal that says what to change. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final, TypeVar

import msgspec

from correlator.doors.callbacks.document import CallbackDocument, ErrorTriggerDocument
from correlator.doors.callbacks.error_trigger import N8N, callback_error, failed_call, is_cancellation, node_error
from correlator.doors.callbacks.timestamp import unix_nano
from correlator.doors.n8n_rest import redact
from correlator.errors import InvalidInput
from correlator.payload import payload_hash
from correlator.telemetry.trace_headers import parse_traceparent
from correlator.workflows.callback import CANCELED, KINDS, Callback, CallbackError

Document = TypeVar("Document")

_NESTED: Final = ("workflow", "execution")  # what holds ids in an Error Trigger payload
UID_BYTES: Final = 16
SHOWN: Final = 40  # characters of a wrong value that a refusal repeats


@dataclass(frozen=True, slots=True)
class CallbackLimits:
    """What a callback may measure, and how far from its arrival its timestamp may be."""

    body_bytes: int
    nesting_depth: int
    future_skew_s: float
    past_skew_s: float


def read_callback(
    workflow_id: str, body: bytes, traceparent: str, arrival_unix_nano: int, limits: CallbackLimits
) -> Callback:
    """What a body says. A `traceparent` that is malformed counts as absent, as W3C Trace Context asks.

    Raises InvalidInput for what is none of the documents, or names another workflow than the path.
    """
    written = _decode(body, limits.nesting_depth)
    secrets = redact.secrets_of(written)
    if "workflow" in written and ("execution" in written or "trigger" in written):
        document = _as(ErrorTriggerDocument, written)
        _same_workflow(workflow_id, document.workflow.id)
        return _from_error_trigger(workflow_id, document, secrets, traceparent, arrival_unix_nano, limits)
    if written.get("kind") not in KINDS:
        raise InvalidInput(
            f"kind {str(written.get('kind'))[:SHOWN]!r} is none of {', '.join(KINDS)}; "
            "give one of them, or send n8n's Error Trigger payload as it is"
        )
    told = _as(CallbackDocument, written)
    _same_workflow(workflow_id, told.workflow_id)
    return _from_document(workflow_id, told, secrets, traceparent, arrival_unix_nano, limits)


def _from_document(
    workflow_id: str,
    told: CallbackDocument,
    secrets: Sequence[str],
    traceparent: str,
    arrival_unix_nano: int,
    limits: CallbackLimits,
) -> Callback:
    result_hash = "" if told.result is None else payload_hash(told.result) or ""
    said = None if told.timestamp is None else unix_nano(told.timestamp)
    content = msgspec.json.encode([workflow_id, msgspec.structs.replace(told, workflow_id=None)], order="sorted")
    return Callback(
        kind=told.kind,
        workflow_id=workflow_id,
        execution_id=str(told.execution_id),
        time_unix_nano=_near(said, arrival_unix_nano, limits, told.timestamp),
        uid=_uid(content),
        trace_id=told.trace_id.lower() if told.trace_id else _trace_id(traceparent),
        service_name=told.service or told.system or "",
        system=told.system or "",
        job_id=told.job_id or "",
        correlation_id=told.correlation_id or "",
        progress=told.progress,
        message=redact.text(told.message, secrets),
        error=_failure(told, secrets) if told.kind == "failed" else None,
        result_hash=result_hash,
    )


def _failure(told: CallbackDocument, secrets: Sequence[str]) -> CallbackError:
    error = told.error
    if error is None:
        return CallbackError("", redact.text(told.message, secrets))
    return CallbackError(
        redact.name(error.type),
        redact.text(error.message, secrets),
        redact.text(error.stack, secrets, redact.STACK_CHARACTERS),
        redact.name(error.node),
    )


def _from_error_trigger(
    workflow_id: str,
    told: ErrorTriggerDocument,
    secrets: Sequence[str],
    traceparent: str,
    arrival_unix_nano: int,
    limits: CallbackLimits,
) -> Callback:
    """An odd time is no reason to lose the error: arrival stands in."""
    execution, known = told.execution, node_error(told, secrets)
    call, said = failed_call(known), known.time_unix_nano
    time_unix_nano = arrival_unix_nano if said is None or not _is_near(said, arrival_unix_nano, limits) else said
    execution_id = "" if execution.id is None else str(execution.id)
    # Without an id nothing but its time tells two failures of one trigger apart.
    identity = ["error trigger", workflow_id, execution_id, said, None if execution_id else arrival_unix_nano]
    error = callback_error(known, execution.last_node_executed)
    trace_id = _trace_id(traceparent) or ("" if call is None else f"{call.trace_id:032x}")
    is_of_trace = call is not None and f"{call.trace_id:032x}" == trace_id
    return Callback(
        kind=CANCELED if is_cancellation(error) else "failed",
        workflow_id=workflow_id,
        execution_id=execution_id,
        time_unix_nano=min(time_unix_nano, arrival_unix_nano),
        uid=_uid(msgspec.json.encode([*identity, error.type, error.message])),
        trace_id=trace_id,
        span_id=f"{call.span_id:016x}" if call is not None and is_of_trace else "",
        service_name=N8N,
        system=N8N,
        workflow_name=redact.name(told.workflow.name),
        execution_url=redact.url(execution.url),
        mode=redact.name(execution.mode or (told.trigger.mode if told.trigger else None)),
        retry_of=redact.name(execution.retry_of),
        error=error,
    )


def _decode(body: bytes, nesting_depth: int) -> dict[str, Any]:
    try:
        written = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"the body of {len(body)} bytes is no JSON ({error}); send one JSON object") from error
    except RecursionError as error:
        raise _too_deep(nesting_depth) from error
    if not isinstance(written, dict):
        raise InvalidInput(f"the body is a JSON {type(written).__name__}; send one JSON object")
    level: list[Any] = [written]
    for _ in range(nesting_depth + 1):
        level = [child for each in level for child in _children(each)]
        if not level:
            return written
    raise _too_deep(nesting_depth)


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return [each for each in value.values() if isinstance(each, dict | list)]
    return [each for each in value if isinstance(each, dict | list)]


def _too_deep(nesting_depth: int) -> InvalidInput:
    return InvalidInput(
        f"the body nests deeper than {nesting_depth} levels; send less of it, or raise callbacks.nesting_depth"
    )


def _as(kind: type[Document], written: dict[str, Any]) -> Document:
    try:
        return msgspec.convert(_with_whole_numbers(written), kind)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"the callback cannot be read: {error}; see /openapi.json for its fields") from error


def _with_whole_numbers(written: dict[str, Any]) -> dict[str, Any]:
    """The same, with 60.0 as 60 where ids are: JSON knows no difference."""
    parts = {key: _whole(value) for key, value in written.items() if key in _NESTED and isinstance(value, dict)}
    return _whole(written) | parts


def _whole(written: dict[str, Any]) -> dict[str, Any]:
    return {
        key: int(value) if isinstance(value, float) and value.is_integer() else value for key, value in written.items()
    }


def _same_workflow(in_path: str, in_body: str | int | None) -> None:
    if in_body is not None and str(in_body) != in_path:
        raise InvalidInput(
            f"the path names workflow {in_path!r} and the body {str(in_body)[:SHOWN]!r}; send it to the path of its own"
        )


def _near(said: int | None, arrival_unix_nano: int, limits: CallbackLimits, written: str | int | None) -> int:
    """When it was, never later than arrival. Raises InvalidInput for a time further off than the settings allow."""
    if said is None:
        return arrival_unix_nano
    if not _is_near(said, arrival_unix_nano, limits):
        off_s = (said - arrival_unix_nano) / 1e9
        raise InvalidInput(
            f"timestamp {str(written)[:SHOWN]!r} is {abs(off_s):.0f} s {'ahead of' if off_s > 0 else 'before'} this engine's clock, "
            f"more than limits.{'future' if off_s > 0 else 'past'}_skew; set the sender's clock, or leave it out"
        )
    return min(said, arrival_unix_nano)


def _is_near(said: int, arrival_unix_nano: int, limits: CallbackLimits) -> bool:
    return -limits.past_skew_s <= (said - arrival_unix_nano) / 1e9 <= limits.future_skew_s


def _trace_id(traceparent: str) -> str:
    caller = parse_traceparent(traceparent)
    return "" if caller is None else f"{caller.trace_id:032x}"


def _uid(content: bytes) -> str:
    return blake2b(content, digest_size=UID_BYTES).hexdigest()
