"""Who called whom in a trace: its tree of parents, set right where a sender's tree is not that of its calls.

- n8n makes a sub-workflow a child of the calling *workflow*; its caller is the Execute Workflow node that ran then.
- n8n in queue mode has two workflow spans for an execution; main called worker, also where both are orphans.
- n8n makes the part of an execution after a wait a child of the part before it, which has ended: both were called by
  whoever called the first.
- An error workflow (mode `error`) is a child of the failed workflow, but a reaction: it has no caller.
- A job that is only linked to what queued it was called by that; a link to an earlier attempt of itself is no call.
- In a story of several traces, a head that a join leads to was called by where the join comes from, by the surest of
  several. A retried execution calls nobody, and records that only name the same execution do not call each other.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from correlator import semconv
from correlator.correlate.running_span import LastStarted
from correlator.model.span import Span
from correlator.model.trace import EXECUTION_ID, JOB_KEY, METHODS, RETRY_OF, SPAN_LINK, Edge, Trace

_REACTION_MODE: Final = "error"
_SUB_WORKFLOW_MODE: Final = "integrated"
_EXECUTE_WORKFLOW_NODE: Final = "executeWorkflow"
_WAITING: Final = "waiting"
_OF_ATTEMPTS: Final = frozenset({SPAN_LINK, EXECUTION_ID, JOB_KEY})
"""Methods that join attempts at one piece of work, and its parts before and after it waited, as well as calls."""


@dataclass(frozen=True, slots=True)
class Causality:
    """The calls of one trace. `callers` maps a span id to its caller's and has no cycle; who has none is a head.

    `order` holds all span ids, callers before callees. `detached` are the spans whose caller does not wait for them
    (queued jobs), `reactions` the heads that only ran because something had failed. `joins` maps a span id whose caller is in
    another trace to the edge that says so.
    """

    callers: Mapping[str, str]
    order: tuple[str, ...]
    detached: frozenset[str]
    reactions: frozenset[str]
    joins: Mapping[str, Edge] = field(default_factory=dict)


def causality_of(trace: Trace) -> Causality:
    """Who called whom, by the rules above; the plain tree of parents where none applies."""
    spans = {span.span_id: span for span in trace.spans}
    reactions = frozenset(span.span_id for span in trace.spans if _mode(span) == _REACTION_MODE)
    callers = {child: parent for parent, children in trace.children.items() for child in children}
    callers = {child: parent for child, parent in callers.items() if child not in reactions}
    _undo_resumptions(spans, callers)
    for callee, caller in _corrections(trace, spans, callers):
        if callee not in reactions and not _is_above(callee, caller, callers):
            callers[callee] = caller
    joins = _joins(trace, spans, callers, reactions)
    return Causality(
        callers=callers,
        order=tuple(_callers_first(trace.spans, callers)),
        detached=frozenset(child for child, caller in callers.items() if _is_detached(spans[child], spans[caller])),
        reactions=reactions,
        joins=joins,
    )


def _undo_resumptions(spans: Mapping[str, Span], callers: dict[str, str]) -> None:
    """Give each part of an execution that had waited the caller of its first part, in place of the part before it."""
    for span in sorted(spans.values(), key=_by_start):
        earlier = spans.get(callers.get(span.span_id, ""))
        if earlier is not None and _goes_on(span, earlier):
            del callers[span.span_id]
            if earlier.span_id in callers:
                callers[span.span_id] = callers[earlier.span_id]


def _goes_on(later: Span, earlier: Span) -> bool:
    """Whether two workflow spans are of one execution, the second after a wait."""
    execution = later.attributes.get(semconv.N8N_EXECUTION_ID)
    is_one = execution is not None and execution == earlier.attributes.get(semconv.N8N_EXECUTION_ID)
    return is_one and earlier.attributes.get(semconv.N8N_EXECUTION_STATUS) == _WAITING


def _joins(
    trace: Trace, spans: Mapping[str, Span], callers: dict[str, str], reactions: frozenset[str]
) -> dict[str, Edge]:
    """The edges between traces that give a head its caller, by head; `callers` is filled in."""
    joins: dict[str, Edge] = {}
    across = [edge for edge in trace.edges if edge.from_trace_id != edge.to_trace_id]
    for edge in sorted(across, key=lambda edge: _surest_first(edge, spans)):
        callee, caller = edge.to_span_id, edge.from_span_id
        is_head = callee not in callers and callee not in reactions
        if is_head and _is_call(edge, spans) and not _is_above(callee, caller, callers):
            callers[callee], joins[callee] = caller, edge
    return joins


def _surest_first(edge: Edge, spans: Mapping[str, Span]) -> tuple[int, bool, int, str]:
    """By method; of one method a producer before others, the last started before the callee."""
    caller = spans[edge.from_span_id]
    return (
        METHODS.index(edge.method),
        caller.kind != semconv.KIND_PRODUCER,
        -caller.start_time_unix_nano,
        caller.span_id,
    )


def _is_call(edge: Edge, spans: Mapping[str, Span]) -> bool:
    caller, callee = spans[edge.from_span_id], spans[edge.to_span_id]
    if edge.method in _OF_ATTEMPTS and is_retry_of(callee, caller):
        return False
    if edge.method == EXECUTION_ID:
        return caller.name in (semconv.N8N_WORKFLOW_SPAN, semconv.N8N_NODE_SPAN)
    return edge.method != RETRY_OF


def is_retry_of(later: Span, earlier: Span) -> bool:
    """Whether `later` does the same work again, by what both are called."""
    return (later.service_name, later.name, later.kind) == (earlier.service_name, earlier.name, earlier.kind)


def _corrections(trace: Trace, spans: Mapping[str, Span], callers: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """(callee, caller) that stand in for the parent."""
    calling_nodes, mains = _calling_nodes(trace, spans), _mains_by_execution(trace)
    for span in trace.spans:
        caller = calling_nodes.get(span.span_id) or _main_of_worker(span, mains, callers) or _queued_by(span, spans)
        if caller is not None and (span.span_id not in callers or _mode(span) == _SUB_WORKFLOW_MODE or _is_job(span)):
            yield span.span_id, caller.span_id


def _calling_nodes(trace: Trace, spans: Mapping[str, Span]) -> dict[str, Span]:
    """Sub-workflow to the last started Execute Workflow node of its parent workflow that ran when it started."""
    workflows: dict[str, list[Span]] = defaultdict(list)  # by their parent
    for span in trace.spans:
        if _mode(span) == _SUB_WORKFLOW_MODE:
            workflows[span.parent_span_id or ""].append(span)
    calling: dict[str, Span] = {}
    for parent, called in workflows.items():
        siblings = (spans[span_id] for span_id in trace.children.get(parent, ()))
        nodes = LastStarted(span for span in siblings if _executes_workflow(span))
        for workflow in sorted(called, key=_by_start):
            if node := nodes.running_at(workflow.start_time_unix_nano):
                calling[workflow.span_id] = node
    return calling


def _executes_workflow(node: Span) -> bool:
    return str(node.attributes.get(semconv.N8N_NODE_TYPE, "")).endswith(_EXECUTE_WORKFLOW_NODE)


def _mains_by_execution(trace: Trace) -> dict[str, list[Span]]:
    mains: dict[str, list[Span]] = defaultdict(list)
    for span in trace.spans:
        if _role(span) == "main":
            mains[str(span.attributes.get(semconv.N8N_EXECUTION_ID))].append(span)
    return mains


def _main_of_worker(workflow: Span, mains: Mapping[str, Sequence[Span]], callers: Mapping[str, str]) -> Span | None:
    """Main's span of the execution that this worker's span, which lacks a parent, is the other half of."""
    execution = workflow.attributes.get(semconv.N8N_EXECUTION_ID)
    if not execution or workflow.span_id in callers or _role(workflow) != "worker":
        return None
    return max(
        mains.get(str(execution), ()),
        key=lambda span: (span.start_time_unix_nano <= workflow.start_time_unix_nano, *_by_start(span)),
        default=None,
    )


def _queued_by(job: Span, spans: Mapping[str, Span]) -> Span | None:
    """The first span that this one links to, producers before others, that is no earlier attempt of it."""
    linked = [spans[link.span_id] for link in job.links if link.span_id in spans and link.trace_id == job.trace_id]
    queueing = [span for span in linked if not is_retry_of(job, span)]
    return min(queueing, key=lambda span: (span.kind != semconv.KIND_PRODUCER, *_by_start(span)), default=None)


def _is_job(span: Span) -> bool:
    return span.kind == semconv.KIND_CONSUMER


def _is_detached(callee: Span, caller: Span) -> bool:
    return _is_job(callee) or caller.kind == semconv.KIND_PRODUCER


def _is_above(callee: str, caller: str, callers: Mapping[str, str]) -> bool:
    """Whether `callee` already stands above `caller`, or is it."""
    current: str | None = caller
    while current is not None and current != callee:
        current = callers.get(current)
    return current == callee


def _callers_first(spans: Sequence[Span], callers: Mapping[str, str]) -> list[str]:
    callees: dict[str, list[str]] = {}
    for span in spans:
        if span.span_id in callers:
            callees.setdefault(callers[span.span_id], []).append(span.span_id)
    order = [span.span_id for span in spans if span.span_id not in callers]
    for span_id in order:  # grows while it is walked
        order.extend(callees.get(span_id, ()))
    return order


def _by_start(span: Span) -> tuple[int, str]:
    return span.start_time_unix_nano, span.span_id


def _mode(span: Span) -> object:
    return span.attributes.get(semconv.N8N_EXECUTION_MODE)


def _role(span: Span) -> object:
    return span.resource_attributes.get(semconv.N8N_INSTANCE_ROLE)
