"""What becomes of one execution: what is sent of it, and how that is remembered."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog

from correlator.doors.n8n_rest.client import Reason, Refusal
from correlator.doors.n8n_rest.document import Listed
from correlator.doors.n8n_rest.identity import SpanRef
from correlator.doors.n8n_rest.ledger import Open, Settled
from correlator.doors.n8n_rest.own_spans import Own
from correlator.doors.n8n_rest.translate import Requests
from correlator.model.execution import ExecutionState

MAX_FAILURES: Final = 3  # turns in which a document would not come; then it is told without its data
OF_ONE_DOCUMENT: Final = (Reason.SERVER_ERROR, Reason.NOT_N8N, Reason.TIMEOUT)
"""Refusals that may be due to one damaged or huge execution: the lists were just answered."""
NOTHING: Final = Requests()

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Done:
    """What became of an execution: `outcome` is whole | detail | reconstructed | unchanged | gone | unreadable."""

    row: Listed
    outcome: str
    sent: str = ""  # digest of the requests
    state: ExecutionState | None = None
    span: SpanRef | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """An execution dealt with, once its requests are durable."""

    done: Done
    requests: Requests = NOTHING


def whole(row: Listed, own: Own) -> Told:
    """n8n told all of it itself."""
    return Told(Done(row, "whole", state=_state(row, own.ref), span=own.ref))


def translated(row: Listed, ref: SpanRef, requests: Requests, settled: Settled | None, message: str) -> Told:
    """What n8n did not tell, told in its place; nothing of it where the same was sent before, as `settled` says.

    `message` is the error's, for who asks how it ended.
    """
    sent, state = _digest(requests), _state(row, ref, message)
    if settled is not None and settled.sent == sent:
        return Told(Done(row, "unchanged", sent, state, ref))
    outcome = "reconstructed" if requests.traces else "detail" if requests.logs else "whole"
    return Told(Done(row, outcome, sent, state, ref), requests)


def says_nothing(document: Mapping[str, Any] | Refusal | None) -> bool:
    """Whether n8n has no document of this one execution any more, though it answers."""
    return isinstance(document, Refusal) and document.reason is Reason.NOT_FOUND


def given_up(row: Listed, known: Open, refusal: Refusal) -> Told | Refusal:
    """What a refusal says of this one execution; the refusal where it says more of n8n."""
    if refusal.reason is Reason.NOT_FOUND:
        return Told(Done(row, "gone"))
    if refusal.reason in OF_ONE_DOCUMENT and known.failures >= MAX_FAILURES:
        log.error("n8n_execution_unreadable", execution_id=row.execution_id, reason=refusal.reason)
        return Told(Done(row, "unreadable"))
    return refusal


def _state(row: Listed, ref: SpanRef, message: str = "") -> ExecutionState:
    return ExecutionState(
        workflow_id=row.workflow_id,
        execution_id=row.execution_id,
        status=row.status,
        started_unix_nano=row.started_unix_nano,
        stopped_unix_nano=row.stopped_unix_nano,
        trace_id=ref.trace_id.hex(),
        error_message=message,
    )


def _digest(requests: Requests) -> str:
    """Of what is sent, so that the same is not sent again."""
    return hashlib.sha256((requests.traces or b"") + b"\x1f" + (requests.logs or b"")).hexdigest()[:16]
