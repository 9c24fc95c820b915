"""Executions that wait: the part before is told at once, and the rest continues from there."""

from dataclasses import dataclass

from correlator.doors.n8n_rest.document import FINISHED, Listed
from correlator.doors.n8n_rest.identity import SpanRef
from correlator.doors.n8n_rest.ledger import Open
from correlator.doors.n8n_rest.own_spans import Own


@dataclass(frozen=True, slots=True)
class Before:
    """The workflow span of an execution's part before it waited. `is_own`: n8n told it, not this engine."""

    span: SpanRef
    end_unix_nano: int
    is_own: bool


def note_wait(known: Open, row: Listed, span: SpanRef | None) -> None:
    """Its first part is told."""
    known.waited = row.digest
    known.waited_until_unix_nano = row.stopped_unix_nano or 0
    known.waited_span = (span.trace_id + span.span_id).hex() if span else ""


def before_wait(known: Open, own: Own | None) -> Before | None:
    """The part before the wait of an execution that has ended; None where it did not wait."""
    if known.status not in FINISHED:
        return None
    if own is not None and own.reported.resumed is not None:
        return Before(own.ref, own.reported.resumed.end_unix_nano, is_own=True)
    if not known.waited_span:
        return None
    told = bytes.fromhex(known.waited_span)
    return Before(SpanRef(told[:16], told[16:]), known.waited_until_unix_nano, is_own=False)
