"""How long n8n's executions and their nodes take, for /metrics: n8n's own metrics tell no node's time, and name no trace.

A node's span does not say its workflow; that of its execution does, and ends later. So a node waits until its execution is heard
of, and is counted under UNKNOWN_WORKFLOW where that takes too long.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from threading import Event, Lock
from typing import Any, Final, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import structlog

from correlator import semconv
from correlator.model.rows import json_object
from correlator.model.tables import Tables
from correlator.telemetry.metrics import EngineMetrics

log = structlog.get_logger()

INTERVAL_S: Final = 1.0
HEARD_SPANS: Final = 200_000
"""That wait to be counted, at most: some 100 MB. Where more come faster than they are counted, those go without."""
REMEMBERED: Final = 20_000
"""Spans counted, executions named, and nodes that wait for theirs: at most so many of each, a few megabytes."""
SERIES: Final = 500
"""Workflows by type of node, at most: each is some twenty series of a histogram."""
NAME_CHARACTERS: Final = 128
"""Of a label, as n8n's own names have at most: an attribute may have 64 KiB, and stands in each series of its histogram."""
UNKNOWN_WORKFLOW: Final = "unknown"
OTHER: Final = "other"
STATUSES: Final = ("success", "error", "crashed", "canceled", "waiting", "running", "new", "unknown")
"""Of an execution, as n8n has them (n8n-workflow, ExecutionStatusList). A tuple: a hostile value may be a list."""

COLUMNS: Final = (
    "trace_id",
    "span_id",
    "parent_span_id",
    "name",
    "start_time_unix_nano",
    "end_time_unix_nano",
    "is_error",
    "attributes",
)
"""What is read of a span: turning whole rows into values would take three times as long."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class _Run:
    """The span of an execution or of a node's run. `identity` is its trace id and span id, `within` the execution's of a node."""

    identity: bytes
    within: bytes
    name: str
    seconds: float
    is_error: bool
    attributes: dict[str, Any]
    exemplar: dict[str, str]

    @property
    def outcome(self) -> str:
        return "error" if self.is_error else "success"

    @property
    def node_type(self) -> str:
        """As n8n's own metrics spell it: `base_httpRequest`, so that one filter serves both."""
        given = str(self.attributes.get(semconv.N8N_NODE_TYPE) or OTHER)[:NAME_CHARACTERS]
        return given.replace("n8n-nodes-", "", 1).replace(".", "_")


class N8nDurations:
    """Counts each span of n8n once, though it comes twice. `hear` is for any thread, all else for one."""

    def __init__(self, metrics: EngineMetrics) -> None:
        self._metrics = metrics
        self._heard = _Heard()
        self._seen: OrderedDict[bytes, None] = OrderedDict()
        self._workflows: OrderedDict[bytes, str] = OrderedDict()  # identity of an execution: its workflow's name
        self._waiting: OrderedDict[bytes, list[_Run]] = OrderedDict()  # the same identity: its nodes
        self._waiting_nodes = 0
        self._shown: set[tuple[str, str]] = set()

    def hear(self, tables: Tables) -> None:
        """Note what was recorded, if n8n sent some of it. Costs microseconds: it is called where records are written."""
        if any(semconv.N8N_SCOPE in chunk.dictionary.to_pylist() for chunk in tables.spans["scope_name"].chunks):
            self._heard.put(tables.spans)

    def run(self, stop: Event, interval_s: float = INTERVAL_S) -> None:
        """Count what was heard every `interval_s` until `stop` is set. An error ends one turn, never the loop."""
        while not stop.wait(interval_s):
            try:
                self.count()
            except Exception:
                log.exception("n8n_durations_not_counted")

    def count(self) -> None:
        """Count what was heard since the last call."""
        for spans in self._heard.take():
            runs = [run for run in _runs_in(spans) if self._is_new(run)]
            for run in runs:
                if run.name == semconv.N8N_WORKFLOW_SPAN:
                    self._count_execution(run)
            for run in runs:
                if run.name == semconv.N8N_NODE_SPAN:
                    self._take_node(run)

    def _is_new(self, run: _Run) -> bool:
        if run.identity in self._seen:
            return False
        _remember(self._seen, run.identity, None)
        return True

    def _count_execution(self, run: _Run) -> None:
        workflow = str(run.attributes.get(semconv.N8N_WORKFLOW_NAME) or UNKNOWN_WORKFLOW)[:NAME_CHARACTERS]
        name, _ = self._bounded(workflow, "")
        status = run.attributes.get(semconv.N8N_EXECUTION_STATUS) or run.outcome
        shown = status if status in STATUSES else OTHER
        self._metrics.n8n_execution_seconds.labels(name, shown).observe(run.seconds, exemplar=run.exemplar)
        _remember(self._workflows, run.identity, workflow)
        self._count_nodes(self._waiting.pop(run.identity, ()), workflow)

    def _take_node(self, node: _Run) -> None:
        if node.within in self._workflows:
            self._count_node(node, self._workflows[node.within])
            return
        self._waiting.setdefault(node.within, []).append(node)
        self._waiting_nodes += 1
        while self._waiting_nodes > REMEMBERED:
            self._count_nodes(self._waiting.popitem(last=False)[1], UNKNOWN_WORKFLOW)

    def _count_nodes(self, nodes: Iterable[_Run], workflow: str) -> None:
        for node in nodes:
            self._waiting_nodes -= 1
            self._count_node(node, workflow)

    def _count_node(self, node: _Run, workflow: str) -> None:
        name, node_type = self._bounded(workflow, node.node_type)
        seconds = self._metrics.n8n_node_seconds.labels(name, node_type, node.outcome)
        seconds.observe(node.seconds, exemplar=node.exemplar)

    def _bounded(self, workflow: str, node_type: str) -> tuple[str, str]:
        """The pair itself while there are few; a workflow that comes later is one of the others."""
        pair = workflow, node_type
        if pair not in self._shown and len(self._shown) >= SERIES:
            return OTHER, node_type and OTHER
        self._shown.add(pair)
        return pair


class _Heard:
    """Tables of spans between those who record and the one who counts."""

    def __init__(self) -> None:
        self._tables: list[pa.Table] = []
        self._spans = self._missed = 0
        self._lock = Lock()

    def put(self, spans: pa.Table) -> None:
        with self._lock:
            if self._spans >= HEARD_SPANS:
                self._missed += spans.num_rows
                return
            self._tables.append(spans)
            self._spans += spans.num_rows

    def take(self) -> list[pa.Table]:
        """All that there is, oldest first. Says in the log what was missed."""
        with self._lock:
            taken, self._tables = self._tables, []
            missed, self._spans, self._missed = self._missed, 0, 0
        if missed:
            log.warning("n8n_spans_not_timed", count=missed, reason="more came than can be counted")
        return taken


def _remember(known: "OrderedDict[K, V]", key: K, value: V) -> None:
    known[key] = value
    if len(known) > REMEMBERED:
        known.popitem(last=False)


def _runs_in(spans: pa.Table) -> Iterator[_Run]:
    of_n8n = pc.equal(spans["scope_name"].cast(pa.string()), semconv.N8N_SCOPE)
    for row in spans.select(COLUMNS).filter(of_n8n).to_pylist():
        trace_id: bytes = row["trace_id"]
        nanoseconds = row["end_time_unix_nano"] - row["start_time_unix_nano"]
        yield _Run(
            identity=trace_id + row["span_id"],
            within=trace_id + (row["parent_span_id"] or b""),
            name=row["name"],
            seconds=max(0, nanoseconds) / 1e9,
            is_error=row["is_error"],
            attributes=json_object(row["attributes"]),
            exemplar={"trace_id": trace_id.hex()},
        )
