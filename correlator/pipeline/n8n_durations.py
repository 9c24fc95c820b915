"""How long n8n's executions and their nodes take, for /metrics: n8n's own metrics tell no node's time, and name no trace.

A node's span does not say its workflow; that of its execution does, and ends later. So a node waits until its execution is heard
of, and is counted under UNKNOWN_WORKFLOW where that takes too long.
"""

from collections import OrderedDict, deque
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from threading import Event
from typing import Final, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import structlog

from correlator import semconv
from correlator.model.rows import spans_of
from correlator.model.span import Span
from correlator.model.tables import Tables
from correlator.telemetry.metrics import EngineMetrics

log = structlog.get_logger()

INTERVAL_S: Final = 1.0
REQUESTS: Final = 10_000
"""That wait to be looked at, at most; where more come within a second, the oldest go uncounted."""
REMEMBERED: Final = 20_000
"""Spans counted, executions named, and nodes that wait for theirs: at most so many of each, a few megabytes."""
SERIES: Final = 500
"""Workflows by type of node, at most: each is some twenty series of a histogram."""
UNKNOWN_WORKFLOW: Final = "unknown"
OTHER: Final = "other"

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class _Node:
    """A node's run that waits for the name of its workflow."""

    node_type: str
    span: Span


class N8nDurations:
    """Counts each span of n8n once, though it comes twice. `hear` is for any thread, all else for one."""

    def __init__(self, metrics: EngineMetrics) -> None:
        self._metrics = metrics
        self._heard: deque[pa.Table] = deque(maxlen=REQUESTS)
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._workflows: OrderedDict[str, str] = OrderedDict()  # span id of an execution: its workflow's name
        self._waiting: OrderedDict[str, list[_Node]] = OrderedDict()  # the same span id: its nodes
        self._waiting_nodes = 0
        self._shown: set[tuple[str, str]] = set()

    def hear(self, tables: Tables) -> None:
        """Note what was recorded, if n8n sent it. Costs microseconds where it did not."""
        scopes = tables.spans["scope_name"]
        if any(semconv.N8N_SCOPE in chunk.dictionary.to_pylist() for chunk in scopes.chunks):
            self._heard.append(tables.spans.filter(pc.equal(scopes.cast(pa.string()), semconv.N8N_SCOPE)))

    def run(self, stop: Event, interval_s: float = INTERVAL_S) -> None:
        """Count what was heard every `interval_s` until `stop` is set. An error ends one turn, never the loop."""
        while not stop.wait(interval_s):
            try:
                self.count()
            except Exception:
                log.exception("n8n_durations_not_counted")

    def count(self) -> None:
        """Count what was heard since the last call."""
        while self._heard:
            spans = [each for each in spans_of(self._heard.popleft()) if self._is_new(each)]
            for span in spans:
                if span.name == semconv.N8N_WORKFLOW_SPAN:
                    self._count_execution(span)
            for span in spans:
                if span.name == semconv.N8N_NODE_SPAN:
                    self._take_node(_Node(_node_type(span), span))

    def _is_new(self, span: Span) -> bool:
        identity = span.trace_id, span.span_id
        if identity in self._seen:
            return False
        _remember(self._seen, identity, None)
        return True

    def _count_execution(self, span: Span) -> None:
        workflow = str(span.attributes.get(semconv.N8N_WORKFLOW_NAME) or UNKNOWN_WORKFLOW)
        name, _ = self._bounded(workflow, "")
        status = str(span.attributes.get(semconv.N8N_EXECUTION_STATUS) or _outcome(span))
        self._metrics.n8n_execution_seconds.labels(name, status).observe(_seconds(span), exemplar=_exemplar(span))
        _remember(self._workflows, span.span_id, workflow)
        self._count_nodes(self._waiting.pop(span.span_id, ()), workflow)

    def _take_node(self, node: _Node) -> None:
        execution = node.span.parent_span_id or ""
        if execution in self._workflows:
            self._count_node(node, self._workflows[execution])
            return
        self._waiting.setdefault(execution, []).append(node)
        self._waiting_nodes += 1
        while self._waiting_nodes > REMEMBERED:
            self._count_nodes(self._waiting.popitem(last=False)[1], UNKNOWN_WORKFLOW)

    def _count_nodes(self, nodes: Iterable[_Node], workflow: str) -> None:
        for node in nodes:
            self._waiting_nodes -= 1
            self._count_node(node, workflow)

    def _count_node(self, node: _Node, workflow: str) -> None:
        labels = *self._bounded(workflow, node.node_type), _outcome(node.span)
        self._metrics.n8n_node_seconds.labels(*labels).observe(_seconds(node.span), exemplar=_exemplar(node.span))

    def _bounded(self, workflow: str, node_type: str) -> tuple[str, str]:
        """The pair itself while there are few; a workflow that comes later is one of the others."""
        pair = workflow, node_type
        if pair not in self._shown and len(self._shown) >= SERIES:
            return OTHER, node_type and OTHER
        self._shown.add(pair)
        return pair


def _remember(known: "OrderedDict[K, V]", key: K, value: V) -> None:
    known[key] = value
    if len(known) > REMEMBERED:
        known.popitem(last=False)


def _node_type(span: Span) -> str:
    """As n8n's own metrics spell it: `base_httpRequest`, so that one filter serves both."""
    return str(span.attributes.get(semconv.N8N_NODE_TYPE) or OTHER).replace("n8n-nodes-", "", 1).replace(".", "_")


def _outcome(span: Span) -> str:
    return "error" if span.is_error else "success"


def _seconds(span: Span) -> float:
    return span.duration_nano / 1e9


def _exemplar(span: Span) -> dict[str, str]:
    return {"trace_id": span.trace_id}
