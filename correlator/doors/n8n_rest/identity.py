"""Which trace an execution belongs to, and the span ids of its parts: the same however often one asks.

n8n keeps `tracingContext.traceparent`: with its OpenTelemetry on, the workflow span's own ids; without, the header that a
webhook was called with, which is then the workflow span's parent. The two are told apart by the header in the webhook's
own item. Verified against n8n 2.41's spans.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from correlator.doors.n8n_rest.document import Execution, NodeRun

_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")


@dataclass(frozen=True, slots=True)
class SpanRef:
    """A span, named by its trace."""

    trace_id: bytes
    span_id: bytes


@dataclass(frozen=True, slots=True)
class Identity:
    """Where an execution's workflow span stands. `is_traced`: n8n traced it itself, so that the ids are its own."""

    trace_id: bytes
    span_id: bytes
    parent_span_id: bytes | None
    is_traced: bool

    @property
    def ref(self) -> SpanRef:
        return SpanRef(self.trace_id, self.span_id)


def identify(execution: Execution, instance: str, parent: SpanRef | None = None) -> Identity:
    """The ids of its workflow span.

    `instance` names the n8n (its base URL). `parent` is the workflow span of the execution that called this one, or of the
    part of this one before it waited; the inbound header counts where there is none. An execution that n8n did not trace
    joins the trace of its parent.
    """
    own, inbound = _read(execution.traceparent), _read(execution.inbound_traceparent)
    if own is None or own in (inbound, parent):
        return _derived(execution, instance, parent or own or inbound)
    caller = next((each for each in (parent, inbound) if each and each.trace_id == own.trace_id and each != own), None)
    return Identity(own.trace_id, own.span_id, caller.span_id if caller else None, is_traced=True)


def node_span_id(identity: Identity, run: NodeRun) -> bytes:
    """n8n's own span id where a failed request tells it, which carried it as its parent; else derived."""
    told = _read(run.error.traceparent) if run.error is not None and identity.is_traced else None
    if told and told.trace_id == identity.trace_id and told.span_id not in (identity.span_id, identity.parent_span_id):
        return told.span_id
    return _digest(identity.trace_id.hex(), identity.span_id.hex(), run.node_name, str(run.index))[:8]


def record_uid(execution: Execution, instance: str, *place: str) -> str:
    """Name of a log record made of an execution: two with one name are one."""
    return _digest("log", instance, execution.execution_id, execution.created, *place)[:16].hex()


def _derived(execution: Execution, instance: str, parent: SpanRef | None) -> Identity:
    digest = _digest(instance, execution.execution_id, execution.created)
    if parent is None:
        return Identity(digest[:16], digest[16:24], None, is_traced=False)
    return Identity(parent.trace_id, digest[16:24], parent.span_id, is_traced=False)


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("\x1f".join(parts).encode()).digest()


def _read(traceparent: str) -> SpanRef | None:
    """A valid traceparent's ids."""
    match = _TRACEPARENT.fullmatch(traceparent)
    if match is None or match[1].strip("0") == "" or match[2].strip("0") == "":
        return None
    return SpanRef(bytes.fromhex(match[1]), bytes.fromhex(match[2]))
