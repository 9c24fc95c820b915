"""Spans as a trace: spans in order, each with the process that sent it."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from correlator.model.span import Span
from correlator.serve.jaeger.identifiers import shown_trace_id
from correlator.serve.jaeger.spans import process_tags, span_of


def trace_of(trace_id: str, spans: Iterable[Span]) -> dict[str, Any]:
    """The trace as it goes out, spans by (start, span id), processes numbered as they come."""
    in_order = sorted(spans, key=lambda span: (span.start_time_unix_nano, span.span_id))
    span_ids = {span.span_id for span in in_order}
    processes = _Processes()
    return {
        "traceID": shown_trace_id(trace_id),
        "spans": [span_of(span, processes.number(span), span_ids) for span in in_order],
        "processes": processes.numbered(),
        "warnings": None,
    }


def by_trace(spans: Sequence[Span]) -> dict[str, list[Span]]:
    """The spans of each trace id."""
    traces: dict[str, list[Span]] = {}
    for span in spans:
        traces.setdefault(span.trace_id, []).append(span)
    return traces


class _Processes:
    """Each distinct sender once; `number` gives its id."""

    def __init__(self) -> None:
        self._ids: dict[bytes, str] = {}
        self._processes: dict[str, dict[str, Any]] = {}

    def number(self, span: Span) -> str:
        process = {"serviceName": span.service_name, "tags": process_tags(span)}
        identity = msgspec.json.encode(process)
        if identity not in self._ids:
            self._ids[identity] = f"p{len(self._ids) + 1}"
            self._processes[self._ids[identity]] = process
        return self._ids[identity]

    def numbered(self) -> dict[str, dict[str, Any]]:
        return self._processes
