"""What n8n told of its executions itself, as far as the store has it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from correlator import semconv
from correlator.doors.n8n_rest.document import FINISHED, Listed
from correlator.doors.n8n_rest.heard import Heard, executions_named_by_others, heard_in
from correlator.doors.n8n_rest.identity import SpanRef
from correlator.doors.n8n_rest.payload_logs import Call
from correlator.doors.n8n_rest.payloads import is_http_request
from correlator.doors.n8n_rest.spans import Resumed
from correlator.doors.n8n_rest.translate import Reported
from correlator.model.rows import spans_of
from correlator.model.span import Span
from correlator.store.contract import Reader

MARGIN_NANO: Final = 300 * 10**9  # n8n's rows and spans differ by less than a second; its machine's clock may by more
RECORDS_PER_EXECUTION: Final = 200  # with its id: two spans of n8n's, and what bridge and worker say of it
WORKER: Final = "worker"
ERROR_WORKFLOW: Final = "error"  # the mode of an execution that handles another's failure


@dataclass(frozen=True, slots=True)
class Own:
    """n8n's own spans of one execution: the workflow span that counts, all of them, and what that leaves to be told.

    `mode` is how it was started, as n8n calls it.
    """

    ref: SpanRef
    reported: Reported
    parts: frozenset[SpanRef]
    mode: str


def own_spans(
    reader: Reader, rows: Sequence[Listed], with_nodes: Set[int], now_unix_nano: int, *, with_calls: bool
) -> dict[int, Own]:
    """By execution number; without those of which n8n told nothing. Two look-ups for all of them.

    `nodes` are looked up for those whose numbers are in `with_nodes`; `with_calls`, also the calls that nobody heard of
    those that ended.
    """
    if not rows:
        return {}
    starts = [row.started_unix_nano or now_unix_nano for row in rows]
    keys = [f"execution:{row.execution_id}" for row in rows]
    end = max(row.stopped_unix_nano or now_unix_nano for row in rows) + MARGIN_NANO
    found = reader.find_joined(keys, min(starts) - MARGIN_NANO, end, RECORDS_PER_EXECUTION)
    by_execution = _by_execution(spans_of(_workflow_spans(found.spans)))
    owns = {row.number: own for row in rows if (own := _own(row, by_execution[row.execution_id], now_unix_nano))}
    doubtful = {number: owns[number] for number in with_nodes & owns.keys()}
    if not with_calls:
        return owns | _with_nodes(reader, doubtful, frozenset())
    ended = {row.number for row in rows if row.status in FINISHED and row.number in owns}
    unnamed = ended - executions_named_by_others(found, rows)
    return owns | _with_nodes(reader, doubtful | {number: owns[number] for number in unnamed}, unnamed)


def _workflow_spans(spans: pa.Table) -> pa.Table:
    return spans.filter(pc.equal(spans.column("name"), semconv.N8N_WORKFLOW_SPAN))


def _by_execution(spans: Iterable[Span]) -> Mapping[str, list[Span]]:
    found: dict[str, list[Span]] = defaultdict(list)
    for span in filter(_is_own, spans):
        found[str(span.attributes.get(semconv.N8N_EXECUTION_ID, ""))].append(span)
    return found


def _own(row: Listed, spans: Iterable[Span], now_unix_nano: int) -> Own | None:
    fitting = sorted((span for span in spans if _is_of(row, span, now_unix_nano)), key=_worker_last)
    ended = [span for span in fitting if span.attributes.get(semconv.N8N_EXECUTION_STATUS) == row.status]
    if ended:
        return _made(ended[-1], Reported(is_whole=True), fitting)
    waited = [span for span in fitting if span.attributes.get(semconv.N8N_EXECUTION_STATUS) == "waiting"]
    if waited and row.status in FINISHED:
        resumed = Resumed(bytes.fromhex(waited[-1].span_id), waited[-1].end_time_unix_nano)
        return _made(waited[-1], Reported(resumed=resumed), fitting)
    return None


def _made(span: Span, reported: Reported, parts: Iterable[Span]) -> Own:
    mode = str(span.attributes.get(semconv.N8N_EXECUTION_MODE, ""))
    return Own(_ref(span), reported, frozenset(map(_ref, parts)), mode)


def _is_own(span: Span) -> bool:
    """Whether n8n sent it itself."""
    return semconv.SOURCE not in span.resource_attributes


def _is_of(row: Listed, span: Span, now_unix_nano: int) -> bool:
    """Whether the span is of this row: ids come again when n8n is reset, and another n8n counts from 1 as well."""
    if span.attributes.get(semconv.N8N_WORKFLOW_ID) != row.workflow_id:
        return False
    earliest, latest = row.started_unix_nano or 0, row.stopped_unix_nano or now_unix_nano
    return earliest - MARGIN_NANO <= span.start_time_unix_nano <= max(earliest, latest) + MARGIN_NANO


def _worker_last(span: Span) -> tuple[bool, int, str]:
    """In queue mode main and worker tell of one execution each; the worker's has the nodes."""
    is_worker = span.resource_attributes.get(semconv.N8N_INSTANCE_ROLE) == WORKER
    return is_worker, span.start_time_unix_nano, span.span_id


def _ref(span: Span) -> SpanRef:
    return SpanRef(bytes.fromhex(span.trace_id), bytes.fromhex(span.span_id))


def _with_nodes(reader: Reader, owns: Mapping[int, Own], unnamed: Set[int]) -> dict[int, Own]:
    """The same with the node spans below them; of the `unnamed`, with the calls that nobody heard."""
    if not owns:
        return {}
    traces = reader.read_traces(sorted({own.ref.trace_id for own in owns.values()}))
    heard = heard_in(traces) if unnamed else None
    nodes = spans_of(traces.spans.filter(pc.equal(traces.spans.column("name"), semconv.N8N_NODE_SPAN)))
    below: dict[SpanRef, list[Span]] = defaultdict(list)
    for node in filter(_is_own, nodes):
        if node.parent_span_id:
            below[_parent(node)].append(node)
    return {number: _with_its_nodes(own, below, heard if number in unnamed else None) for number, own in owns.items()}


def _with_its_nodes(own: Own, below: Mapping[SpanRef, Sequence[Span]], heard: Heard | None) -> Own:
    """`heard` is what others heard of calls; None: nothing is to be told of them."""
    last = sorted(below.get(own.ref, ()), key=lambda node: (node.is_error, node.start_time_unix_nano, node.span_id))
    nodes = {_name(node): bytes.fromhex(node.span_id) for node in last}
    nodes_of_all = (node for part in own.parts for node in below.get(part, ()))
    unheard = [node for node in nodes_of_all if _calls(node) and not _is_heard(node, own, heard)]
    calls = tuple(_call(node) for node in sorted(unheard, key=lambda node: (node.start_time_unix_nano, node.span_id)))
    return replace(own, reported=replace(own.reported, nodes=nodes, unheard=calls))


def _is_heard(node: Span, own: Own, heard: Heard | None) -> bool:
    return heard is None or heard.has(node, is_error_workflow=own.mode == ERROR_WORKFLOW)


def _calls(node: Span) -> bool:
    return is_http_request(str(node.attributes.get(semconv.N8N_NODE_TYPE, "")))


def _call(node: Span) -> Call:
    return Call(node.start_time_unix_nano, _ref(node), _name(node))


def _parent(node: Span) -> SpanRef:
    return SpanRef(bytes.fromhex(node.trace_id), bytes.fromhex(node.parent_span_id or ""))


def _name(node: Span) -> str:
    return str(node.attributes.get(semconv.N8N_NODE_NAME, ""))
