"""Reads the trace that a caller continues out of its HTTP headers, and writes it again.

Precedence: traceparent > B3 single > B3 multi > X-Trace-ID. A malformed or all-zero id counts as absent, and the
next form is tried. Sources: W3C Trace Context level 1 and 2, the B3 propagation specification.
"""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from opentelemetry.trace import SpanContext, TraceFlags, TraceState

from correlator import semconv

_TRACEPARENT: Final = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_B3_TRACE_ID: Final = re.compile(r"[0-9a-f]{32}|[0-9a-f]{16}")
_B3_SPAN_ID: Final = re.compile(r"[0-9a-f]{16}")
_TRACE_ID: Final = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SAMPLED: Final = 0x01
_B3_NOT_SAMPLED: Final = frozenset({"0", "false"})


@dataclass(frozen=True, slots=True)
class IncomingTrace:
    """The trace that a caller asks to continue.

    `span_id` is 0 where the caller named a trace only (X-Trace-ID): the next span is then the root of that trace.
    `source` is the header form it came from: traceparent | b3 | b3multi | x-trace-id.
    """

    trace_id: int
    span_id: int
    trace_flags: int
    tracestate: str
    source: str

    def span_context(self) -> SpanContext:
        """The caller's span as a remote parent; invalid where `span_id` is 0."""
        state = TraceState.from_header([self.tracestate]) if self.tracestate else TraceState()
        return SpanContext(self.trace_id, self.span_id, True, TraceFlags(self.trace_flags), state)


def read_incoming_trace(headers: Mapping[str, str]) -> IncomingTrace | None:
    """Return the trace to continue, or None for a new one.

    `headers` has lowercase names; a header that came more than once is joined by commas.
    """
    for read in (_from_traceparent, _from_b3_single, _from_b3_multi, _from_trace_id):
        incoming = read(headers)
        if incoming is not None:
            return incoming
    return None


def parse_traceparent(value: str, tracestate: str = "") -> IncomingTrace | None:
    """Return what a `traceparent` says, or None where it is malformed, of version ff, or has an all-zero id."""
    match = _TRACEPARENT.fullmatch(value.strip())
    if match is None:
        return None
    version, trace_id, span_id, flags, rest = match.groups()
    if version == "ff" or (version == "00" and rest):
        return None
    return _incoming(trace_id, span_id, int(flags, 16), tracestate, semconv.HEADER_TRACEPARENT)


def format_traceparent(span_context: SpanContext) -> str:
    """Return the `traceparent` of a span: `00-{32 hex}-{16 hex}-{2 hex}`."""
    return f"00-{span_context.trace_id:032x}-{span_context.span_id:016x}-{span_context.trace_flags:02x}"


def _from_traceparent(headers: Mapping[str, str]) -> IncomingTrace | None:
    return parse_traceparent(
        headers.get(semconv.HEADER_TRACEPARENT, ""), headers.get(semconv.HEADER_TRACESTATE, "").strip()
    )


def _from_b3_single(headers: Mapping[str, str]) -> IncomingTrace | None:
    parts = headers.get(semconv.HEADER_B3, "").strip().lower().split("-")
    if not 2 <= len(parts) <= 4:  # a lone "0" or "1" is a sampling wish without a trace
        return None
    sampled = parts[2] if len(parts) > 2 else ""
    return _from_b3_ids(parts[0], parts[1], sampled, "b3")


def _from_b3_multi(headers: Mapping[str, str]) -> IncomingTrace | None:
    return _from_b3_ids(
        headers.get(semconv.HEADER_B3_TRACE_ID, "").strip().lower(),
        headers.get(semconv.HEADER_B3_SPAN_ID, "").strip().lower(),
        headers.get(semconv.HEADER_B3_SAMPLED, "").strip().lower(),
        "b3multi",
    )


def _from_b3_ids(trace_id: str, span_id: str, sampled: str, source: str) -> IncomingTrace | None:
    if not _B3_TRACE_ID.fullmatch(trace_id) or not _B3_SPAN_ID.fullmatch(span_id):
        return None
    flags = 0 if sampled in _B3_NOT_SAMPLED else _SAMPLED  # absent: the decision is ours, and we keep
    return _incoming(trace_id.zfill(32), span_id, flags, "", source)


def _from_trace_id(headers: Mapping[str, str]) -> IncomingTrace | None:
    value = headers.get(semconv.HEADER_TRACE_ID, "").strip().lower()
    if not _TRACE_ID.fullmatch(value) or not uuid.UUID(value).int:
        return None
    return IncomingTrace(uuid.UUID(value).int, 0, _SAMPLED, "", semconv.HEADER_TRACE_ID)


def _incoming(trace_id: str, span_id: str, flags: int, tracestate: str, source: str) -> IncomingTrace | None:
    if not int(trace_id, 16) or not int(span_id, 16):
        return None
    return IncomingTrace(int(trace_id, 16), int(span_id, 16), flags, tracestate, source)
