"""Which of n8n's calls were heard: somebody else's record stands below the node's span, or names its execution."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from correlator import semconv
from correlator.doors.n8n_rest.document import Listed
from correlator.doors.n8n_rest.identity import SpanRef
from correlator.model.rows import json_object, logs_of, spans_of
from correlator.model.span import LogRecord, Span
from correlator.model.tables import Tables

N8N: Final = "n8n"
SLACK_NANO: Final = 10**9  # between n8n's clock and this engine's; more costs a question to n8n, and nothing else


def executions_named_by_others(found: Tables, rows: Sequence[Listed]) -> set[int]:
    """Numbers of those that a record of another system names: who called it is known by that."""
    records: list[Span | LogRecord] = [*spans_of(_of_others(found.spans)), *logs_of(_of_others(found.logs))]
    told = {_named(record) for record in records}
    return {row.number for row in rows if {(row.execution_id, row.workflow_id), (row.execution_id, "")} & told}


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of calls in some traces: `spans`, below or at which another system told of something; and when callbacks
    came in (unix nanoseconds), by trace id and whether n8n itself reported a failure by them, in an error workflow."""

    spans: Set[SpanRef]
    callbacks: Mapping[tuple[bytes, bool], Sequence[int]]

    def has(self, node: Span, *, is_error_workflow: bool) -> bool:
        """Whether somebody heard the call of this node's span: a callback, which names no span, if it came while that ran."""
        ref = SpanRef(bytes.fromhex(node.trace_id), bytes.fromhex(node.span_id))
        earliest, latest = node.start_time_unix_nano - SLACK_NANO, node.end_time_unix_nano + SLACK_NANO
        received = self.callbacks.get((ref.trace_id, is_error_workflow), ())
        return ref in self.spans or any(earliest <= time <= latest for time in received)


def heard_in(traces: Tables) -> Heard:
    """Of whole traces."""
    callbacks: dict[tuple[bytes, bool], list[int]] = defaultdict(list)
    received = _of_source(traces.logs, {semconv.FROM_N8N_CALLBACK})
    for trace_id, system, time in _columns(received, "trace_id", "system", "observed_time_unix_nano"):
        callbacks[trace_id, system == N8N].append(time)
    return Heard(_spans_heard(traces), callbacks)


def _spans_heard(traces: Tables) -> set[SpanRef]:
    """Those above others' spans and log records, however far."""
    above = _columns(traces.spans, "trace_id", "span_id", "parent_span_id")
    parents = {SpanRef(trace_id, span_id): parent for trace_id, span_id, parent in above}
    heard: set[SpanRef] = set()
    for trace_id, span_id in _told_at(traces):
        place = SpanRef(trace_id, span_id) if span_id else None
        while place is not None and place not in heard:
            heard.add(place)
            parent = parents.get(place)
            place = SpanRef(trace_id, parent) if parent else None
    return heard


def _told_at(traces: Tables) -> Iterator[tuple[Any, ...]]:
    """Trace and span id: the parents of others' spans, and the spans that others' log records name."""
    yield from _columns(_of_others(traces.spans), "trace_id", "parent_span_id")
    yield from _columns(_of_others(traces.logs), "trace_id", "span_id")


def _columns(records: pa.Table, *names: str) -> Iterator[tuple[Any, ...]]:
    return zip(*(records[name].to_pylist() for name in names), strict=True)


def _of_others(records: pa.Table) -> pa.Table:
    """What another system than n8n told, itself or by a callback."""
    told = _of_source(records, {None, semconv.FROM_N8N_CALLBACK})
    return told.filter(pc.not_equal(told["system"].cast(pa.string()), N8N))


def _of_source(records: pa.Table, sources: Set[str | None]) -> pa.Table:
    """Records whose resource names one of these sources; None: no source, its sender told it itself."""
    resources = records["resource_attributes"].cast(pa.string())
    fitting = [text for text in pc.unique(resources).to_pylist() if json_object(text).get(semconv.SOURCE) in sources]
    return records.filter(pc.is_in(resources, value_set=pa.array(fitting, pa.string())))


def _named(record: Span | LogRecord) -> tuple[str, str]:
    values = (record.attributes.get(name, "") for name in (semconv.N8N_EXECUTION_ID, semconv.N8N_WORKFLOW_ID))
    execution_id, workflow_id = map(str, values)
    return execution_id, workflow_id
