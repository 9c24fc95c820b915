"""What a list of traces says of each, and whether a trace belongs in the list. Pure, for every store."""

from typing import Any

import pyarrow as pa

from correlator.store.contract import TraceQuery, TraceSummary

SUMMARY_COLUMNS = (
    "trace_id",
    "span_id",
    "name",
    "start_time_unix_nano",
    "end_time_unix_nano",
    "is_error",
    "service_name",
    "system",
)


def summaries(spans: pa.Table, query: TraceQuery) -> list[TraceSummary]:
    """One line for each trace in `spans` that the query asks for, newest start first, ties by trace id.

    `spans` holds SUMMARY_COLUMNS, and all spans of each trace, each once.
    """
    traces: dict[bytes, list[dict[str, Any]]] = {}
    for span in spans.select(list(SUMMARY_COLUMNS)).to_pylist():
        traces.setdefault(span["trace_id"], []).append(span)
    lines = [_summary(trace) for trace in traces.values() if _is_asked_for(trace, query)]
    return sorted(lines, key=lambda line: (-line.start_time_unix_nano, line.trace_id))


def _is_asked_for(trace: list[dict[str, Any]], query: TraceQuery) -> bool:
    if query.error is False and any(span["is_error"] for span in trace):
        return False
    return any(_span_matches(span, query) for span in trace)


def _span_matches(span: dict[str, Any], query: TraceQuery) -> bool:
    start = span["start_time_unix_nano"]
    return (
        (query.service_name is None or span["service_name"] == query.service_name)
        and (query.system is None or span["system"] == query.system)
        and (not query.error or span["is_error"])
        and (query.start_unix_nano is None or start >= query.start_unix_nano)
        and (query.end_unix_nano is None or start < query.end_unix_nano)
        and (query.span_name is None or span["name"] == query.span_name)
        and _lasts_as_asked(span, query)
    )


def _lasts_as_asked(span: dict[str, Any], query: TraceQuery) -> bool:
    duration = max(0, span["end_time_unix_nano"] - span["start_time_unix_nano"])
    shortest, longest = query.min_duration_nano, query.max_duration_nano
    return (shortest is None or duration >= shortest) and (longest is None or duration <= longest)


def _summary(trace: list[dict[str, Any]]) -> TraceSummary:
    first = min(trace, key=lambda span: (span["start_time_unix_nano"], span["span_id"]))
    return TraceSummary(
        trace_id=first["trace_id"].hex(),
        name=first["name"],
        service_name=first["service_name"],
        system=first["system"],
        start_time_unix_nano=first["start_time_unix_nano"],
        end_time_unix_nano=max(span["end_time_unix_nano"] for span in trace),
        spans=len(trace),
        errors=sum(span["is_error"] for span in trace),
        services=tuple(sorted({span["service_name"] for span in trace})),
    )
