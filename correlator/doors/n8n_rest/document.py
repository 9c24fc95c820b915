"""An execution as n8n's API answers it, read into values: only what may go on (redact), wrong shapes as if absent."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from correlator.doors.n8n_rest import redact
from correlator.doors.n8n_rest.items import input_items, is_recovered, output_items
from correlator.doors.n8n_rest.node_error import NodeError, read_error
from correlator.doors.n8n_rest.payloads import payload_hashes
from correlator.doors.n8n_rest.shapes import EARLIEST_MS, MS, elements, epoch_unix_nano, header, iso_unix_nano, mapping
from correlator.payload import payload_hash

FINISHED: Final = frozenset({"success", "error", "crashed", "canceled"})
FAILED: Final = frozenset({"error", "crashed"})
WEBHOOKS: Final = ("n8n-nodes-base.webhook", "n8n-nodes-base.formTrigger")  # a tuple: a hostile type may be a list


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of a list of executions. `number` orders executions: n8n counts them up."""

    number: int
    status: str
    workflow_id: str
    started_unix_nano: int | None
    stopped_unix_nano: int | None
    digest: str  # of all that can change in the row

    @property
    def execution_id(self) -> str:
        return str(self.number)


@dataclass(frozen=True, slots=True)
class NodeRun:
    """One run of a node. `index` counts the runs of that node; items are None where n8n does not tell; see payload_hashes."""

    node_name: str
    index: int
    start_unix_nano: int
    end_unix_nano: int
    status: str
    error: NodeError | None
    items_input: int | None
    items_output: int | None
    hashes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the workflow as it was when it ran. `url` is its target where that is fixed.

    `continues` on error: its failed items go on as ordinary ones.
    """

    name: str
    id: str
    type: str
    type_version: float | None
    url: str
    continues: bool


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution. Times are unix nanoseconds. `parent_id` is the execution that called this one, or whose failure it handles."""

    execution_id: str
    workflow_id: str
    workflow_name: str
    version_id: str
    mode: str
    status: str
    retry_of: str
    parent_id: str
    created: str  # as n8n writes it: tells two executions of one id apart after n8n was reset
    started_unix_nano: int
    stopped_unix_nano: int
    traceparent: str
    tracestate: str
    inbound_traceparent: str
    nodes: Mapping[str, Node]
    runs: tuple[NodeRun, ...]
    error: NodeError | None


def read_listed(row: Any) -> Listed | None:
    """A row of a list; None for what has no numeric id or no status."""
    row = mapping(row)
    number, status = str(row.get("id", "")), redact.name(row.get("status"))
    if not (number.isascii() and number.isdigit() and len(number) < 19 and status):
        return None
    changing = (row.get("status"), row.get("startedAt"), row.get("stoppedAt"), row.get("waitTill"))
    digest = payload_hash([number, *changing]) or ""
    started, stopped = iso_unix_nano(row.get("startedAt")), iso_unix_nano(row.get("stoppedAt"))
    return Listed(int(number), status, redact.name(row.get("workflowId")), started, stopped, digest)


def read_execution(document: Any) -> Execution:
    """The execution of a document, with or without its data."""
    document = mapping(document)
    secrets = redact.secrets_of(document)
    workflow, content = mapping(document.get("workflowData")), mapping(document.get("data"))
    result, context = mapping(content.get("resultData")), mapping(document.get("tracingContext"))
    nodes = {node.name: node for node in map(_node, elements(workflow.get("nodes")))}
    started = iso_unix_nano(document.get("startedAt")) or iso_unix_nano(document.get("createdAt")) or 0
    mode = redact.name(document.get("mode"))
    runs = tuple(_runs(mapping(result.get("runData")), nodes, started, secrets, is_retry=mode == "retry"))
    stopped = iso_unix_nano(document.get("stoppedAt")) or max((run.end_unix_nano for run in runs), default=started)
    return Execution(
        execution_id=redact.name(document.get("id")),
        workflow_id=redact.name(document.get("workflowId")),
        workflow_name=redact.name(workflow.get("name")),
        version_id=redact.name(document.get("workflowVersionId")),
        mode=mode,
        status=redact.name(document.get("status")),
        retry_of=redact.name(document.get("retryOf")),
        parent_id=redact.name(mapping(content.get("parentExecution")).get("executionId")),
        created=redact.name(document.get("createdAt") or document.get("startedAt")),
        started_unix_nano=started,
        stopped_unix_nano=max(started, stopped),
        traceparent=redact.name(context.get("traceparent")),
        tracestate=redact.name(context.get("tracestate")),
        inbound_traceparent=_inbound(result, content, nodes),
        nodes=nodes,
        runs=runs,
        error=read_error(result.get("error"), secrets),
    )


def _node(document: Any) -> Node:
    document = mapping(document)
    version, target = document.get("typeVersion"), mapping(document.get("parameters")).get("url")
    is_fixed = isinstance(target, str) and "{{" not in target
    return Node(
        name=redact.name(document.get("name")),
        id=redact.name(document.get("id")),
        type=redact.name(document.get("type")),
        type_version=float(version) if isinstance(version, (int, float)) else None,
        url=redact.url(target) if is_fixed else "",
        continues=document.get("continueOnFail") is True or str(document.get("onError", "")).startswith("continue"),
    )


def _runs(
    run_data: Mapping[str, Any], nodes: Mapping[str, Node], started: int, secrets: Sequence[str], *, is_retry: bool
) -> Iterator[NodeRun]:
    """Every run of every node; without those that a retry took over from the execution it repeats."""
    for name, runs in run_data.items():
        for index, document in enumerate(elements(runs)):
            if not isinstance(document, Mapping) or epoch_unix_nano(document.get("startTime")) is None:
                continue
            run = _run(redact.name(name), index, document, run_data, nodes, secrets)
            if not (is_retry and run.end_unix_nano < started):
                yield run


def _run(
    name: str,
    index: int,
    document: Mapping[str, Any],
    run_data: Mapping[str, Any],
    nodes: Mapping[str, Node],
    secrets: Sequence[str],
) -> NodeRun:
    start = epoch_unix_nano(document.get("startTime")) or 0
    taken = document.get("executionTime")
    items = None if is_recovered(document) else list(output_items(document))
    node = nodes.get(name)
    passed_on = items if items and node is not None and node.continues else ()
    return NodeRun(
        node_name=name,
        index=index,
        start_unix_nano=start,
        end_unix_nano=start + (int(taken * MS) if isinstance(taken, (int, float)) and 0 <= taken < EARLIEST_MS else 0),
        status=redact.name(document.get("executionStatus")),
        error=read_error(document.get("error"), secrets) or _passed_on_error(passed_on, secrets),
        items_input=None if items is None else sum(1 for _ in input_items(document, run_data)),
        items_output=None if items is None else len(items),
        hashes=payload_hashes(document, run_data, node.type if node is not None else ""),
    )


def _passed_on_error(items: Sequence[Mapping[str, Any]], secrets: Sequence[str]) -> NodeError | None:
    """The error in an output item of a node that continues on error; n8n calls such a run a success.

    Told apart from an ordinary item as n8n's own error output does it.
    """
    for item in items:
        payload = mapping(item.get("json"))
        told = item.get("error") or (payload.get("error") if set(payload) <= {"error", "message"} else None)
        if isinstance(told, (Mapping, str)) and told:
            return read_error(told if isinstance(told, Mapping) else {"message": told}, secrets)
    return None


def _inbound(result: Mapping[str, Any], content: Mapping[str, Any], nodes: Mapping[str, Node]) -> str:
    """The traceparent header that a webhook was called with; empty where none came, or n8n keeps none."""
    run_data = mapping(result.get("runData"))
    ran = [
        run
        for name, runs in run_data.items()
        if name in nodes and nodes[name].type in WEBHOOKS
        for run in elements(runs)
    ]
    stack = elements(mapping(content.get("executionData")).get("nodeExecutionStack"))
    to_run = [each for each in stack if mapping(mapping(each).get("node")).get("type") in WEBHOOKS]
    for each in (*ran, *to_run):
        for item in output_items(mapping(each)):
            if told := redact.name(header(mapping(item.get("json")), "traceparent")):
                return told
    return ""
