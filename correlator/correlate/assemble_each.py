"""Records of many traces, each trace put together by itself."""

from collections.abc import Iterator, Sequence

from correlator.correlate.assemble import assemble
from correlator.model.span import LogRecord, Span
from correlator.model.trace import Trace


def assemble_each(spans: Sequence[Span], logs: Sequence[LogRecord]) -> Iterator[Trace]:
    """One Trace for each trace id, in their order; then, under an empty id, the log records without one, if there are any."""
    spans_of_trace: dict[str, list[Span]] = {}
    logs_of_trace: dict[str, list[LogRecord]] = {}
    for span in spans:
        spans_of_trace.setdefault(span.trace_id, []).append(span)
    for log in logs:
        logs_of_trace.setdefault(log.trace_id or "", []).append(log)
    for trace_id in sorted({*spans_of_trace, *logs_of_trace} - {""}):
        yield assemble(trace_id, spans_of_trace.get(trace_id, ()), logs_of_trace.get(trace_id, ()))
    if "" in logs_of_trace:
        yield assemble("", (), logs_of_trace[""])
