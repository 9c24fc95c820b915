"""Nodes that went on though their call was answered with an error: n8n tells such a node, and its execution, as a success.

Only who was called knows: its span stands below the node's. The trace is read where both a call failed and an execution
ended well, whichever was told first; until then a mark of the failed call waits among the parts. Of several calls of one
node, which retried, the last decides. Limit: the answer to a last try that is told later than all else comes too late.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from correlator import semconv
from correlator.model.rows import spans_of
from correlator.model.run import RunPart
from correlator.model.span import Span
from correlator.model.tables import Tables
from correlator.pipeline.slo.n8n_spans import ToldExecution, ToldNode
from correlator.slo.run_parts import Node
from correlator.store.contract import OutcomeLedger

COLUMNS: Final = ("trace_id", "parent_span_id")
MARKS: Final = 1_000
"""Traces with a failed call that are kept of a page, the newest: an outage elsewhere must not fill the ledger."""
TRACES_AT_ONCE: Final = 100
HEX: Final = 32
"""Characters of a trace id at the beginning of a part's name."""
MARK: Final = "!"
"""Ends the name of a mark, which is a trace's and no span's."""
WELL: Final = "success"


class TraceReader(Protocol):
    """Gives traces: a Reader does."""

    def read_traces(self, trace_ids: Sequence[bytes]) -> Tables:
        """As Reader.read_traces."""
        ...


@dataclass(frozen=True, slots=True)
class FailedCalls:
    """Nodes whose calls failed, as tellings, and marks to be kept."""

    nodes: tuple[ToldNode, ...]
    marks: tuple[RunPart, ...]


def failed_calls(
    ledger: OutcomeLedger, reader: TraceReader, spans: pa.Table, told: Iterable[ToldExecution | ToldNode]
) -> FailedCalls:
    """What new calls and new tellings of executions come to. `spans` have COLUMNS, kind, is_error and their end."""
    marks = _marks(spans)
    told = tuple(told)
    marked = {_trace(mark.ref) for mark in marks}
    known = ledger.parts_in(marked | {_trace(each.ref) for each in told})
    marked |= {_trace(part.ref) for part in known if part.ref.endswith(MARK)}
    ended_well = {_trace(part.ref) for part in known if any(each.status == WELL for each in part.tellings)}
    ended_well |= {_trace(each.ref) for each in told if isinstance(each, ToldExecution) and each.telling.status == WELL}
    return FailedCalls(tuple(_nodes_in(reader, sorted(marked & ended_well))), marks)


def nodes_with_failed_calls(spans: Iterable[Span]) -> Iterator[ToldNode]:
    """Of whole traces: the nodes whose last call was answered with an error."""
    each = tuple(spans)
    nodes = {(span.trace_id, span.span_id): span for span in each if span.name == semconv.N8N_NODE_SPAN}
    calls = [span for span in each if span.kind == semconv.KIND_SERVER and span.parent_span_id is not None]
    last = {
        (call.trace_id, call.parent_span_id): call
        for call in sorted(calls, key=lambda call: (call.end_time_unix_nano, call.span_id))
    }
    for place, node in nodes.items():
        call = last.get(place)
        if call is not None and call.is_error and node.parent_span_id is not None:
            name = str(node.attributes.get(semconv.N8N_NODE_NAME, ""))
            told = Node(name, node.end_time_unix_nano, None, has_failed=True)
            yield ToldNode(f"{node.trace_id}{node.parent_span_id}", told)


def _marks(spans: pa.Table) -> tuple[RunPart, ...]:
    is_failed = pc.and_(spans["is_error"], pc.equal(spans["kind"], semconv.KIND_SERVER))
    failed = spans.filter(pc.and_(is_failed, pc.is_valid(spans["parent_span_id"])))
    ordered = failed.sort_by([("end_time_unix_nano", "descending")]).select(["trace_id", "end_time_unix_nano"])
    newest: dict[str, int] = {}
    for row in ordered.slice(0, MARKS).to_pylist():
        newest.setdefault(row["trace_id"].hex(), row["end_time_unix_nano"])
    return tuple(RunPart(f"{trace_id}{MARK}", newest_unix_nano=end) for trace_id, end in newest.items())


def _nodes_in(reader: TraceReader, trace_ids: Sequence[str]) -> Iterator[ToldNode]:
    for first in range(0, len(trace_ids), TRACES_AT_ONCE):
        some = [bytes.fromhex(each) for each in trace_ids[first : first + TRACES_AT_ONCE]]
        yield from nodes_with_failed_calls(spans_of(reader.read_traces(some).spans))


def _trace(ref: str) -> str:
    return ref[:HEX]
