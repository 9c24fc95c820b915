"""An execution as n8n's API answers it, read into values: only what may go on (redact), wrong shapes as if absent."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final

from correlator.doors.n8n_rest import redact
from correlator.payload import payload_hash

FINISHED: Final = frozenset({"success", "error", "crashed", "canceled"})
FAILED: Final = frozenset({"error", "crashed"})
MAX_HASHES: Final = 16  # payload hashes of one node run
EARLIEST_MS: Final = 10**11  # 1973 in milliseconds, 5138 in seconds: what is less is in seconds
LATEST: Final = 2**63  # nanoseconds: the year 2262
MS: Final = 10**6  # nanoseconds
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
class NodeError:
    """What n8n knows of an error. `code` is an HTTP status or a network error such as ECONNABORTED; `upstream` the body."""

    type: str
    message: str
    description: str
    stack: str
    code: str
    upstream: str
    node_name: str
    node_type: str
    url: str
    traceparent: str
    time_unix_nano: int | None


@dataclass(frozen=True, slots=True)
class NodeRun:
    """One run of a node. `index` counts the runs of that node; items are None where n8n does not tell."""

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
    row = _mapping(row)
    number, status = str(row.get("id", "")), redact.name(row.get("status"))
    if not (number.isascii() and number.isdigit() and len(number) < 19 and status):
        return None
    changing = (row.get("status"), row.get("startedAt"), row.get("stoppedAt"), row.get("waitTill"))
    digest = payload_hash([number, *changing]) or ""
    started, stopped = _time(row.get("startedAt")), _time(row.get("stoppedAt"))
    return Listed(int(number), status, redact.name(row.get("workflowId")), started, stopped, digest)


def read_execution(document: Any) -> Execution:
    """The execution of a document, with or without its data."""
    document = _mapping(document)
    secrets = redact.secrets_of(document)
    workflow, content = _mapping(document.get("workflowData")), _mapping(document.get("data"))
    result, context = _mapping(content.get("resultData")), _mapping(document.get("tracingContext"))
    nodes = {node.name: node for node in map(_node, _list(workflow.get("nodes")))}
    started = _time(document.get("startedAt")) or _time(document.get("createdAt")) or 0
    mode = redact.name(document.get("mode"))
    runs = tuple(_runs(_mapping(result.get("runData")), nodes, started, secrets, is_retry=mode == "retry"))
    stopped = _time(document.get("stoppedAt")) or max((run.end_unix_nano for run in runs), default=started)
    return Execution(
        execution_id=redact.name(document.get("id")),
        workflow_id=redact.name(document.get("workflowId")),
        workflow_name=redact.name(workflow.get("name")),
        version_id=redact.name(document.get("workflowVersionId")),
        mode=mode,
        status=redact.name(document.get("status")),
        retry_of=redact.name(document.get("retryOf")),
        parent_id=redact.name(_mapping(content.get("parentExecution")).get("executionId")),
        created=redact.name(document.get("createdAt") or document.get("startedAt")),
        started_unix_nano=started,
        stopped_unix_nano=max(started, stopped),
        traceparent=redact.name(context.get("traceparent")),
        tracestate=redact.name(context.get("tracestate")),
        inbound_traceparent=_inbound(result, content, nodes),
        nodes=nodes,
        runs=runs,
        error=_error(result.get("error"), secrets),
    )


def _node(document: Any) -> Node:
    document = _mapping(document)
    version, target = document.get("typeVersion"), _mapping(document.get("parameters")).get("url")
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
        for index, document in enumerate(_list(runs)):
            if not isinstance(document, Mapping) or _epoch(document.get("startTime")) is None:
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
    start = _epoch(document.get("startTime")) or 0
    taken = document.get("executionTime")
    items = None if _is_recovered(document) else list(_output_items(document))
    node = nodes.get(name)
    is_webhook = node is not None and node.type in WEBHOOKS
    passed_on = items if items and node is not None and node.continues else ()
    return NodeRun(
        node_name=name,
        index=index,
        start_unix_nano=start,
        end_unix_nano=start + (int(taken * MS) if isinstance(taken, (int, float)) and 0 <= taken < EARLIEST_MS else 0),
        status=redact.name(document.get("executionStatus")),
        error=_error(document.get("error"), secrets) or _passed_on_error(passed_on, secrets),
        items_input=None if items is None else _count_input(document, run_data),
        items_output=None if items is None else len(items),
        hashes=tuple(
            islice(dict.fromkeys(_hashes(_payloads(items or (), document, is_webhook=is_webhook))), MAX_HASHES)
        ),
    )


def _output_items(run: Mapping[str, Any], output: int | None = None) -> Iterator[Mapping[str, Any]]:
    """Items of one output, or of all."""
    outputs = _list(_mapping(run.get("data")).get("main"))
    chosen = outputs if output is None else outputs[output : output + 1]
    return (item for items in chosen for item in _list(items) if isinstance(item, Mapping))


def _count_input(run: Mapping[str, Any], run_data: Mapping[str, Any]) -> int:
    """Items that the nodes before gave to this run; 0 for a trigger."""
    return sum(_count_from(_mapping(source), run_data) for source in _list(run.get("source")))


def _count_from(source: Mapping[str, Any], run_data: Mapping[str, Any]) -> int:
    runs = _list(run_data.get(str(source.get("previousNode"))))
    index, output = (source.get(key) or 0 for key in ("previousNodeRun", "previousNodeOutput"))
    if not isinstance(index, int) or not isinstance(output, int) or min(index, output) < 0:
        return 0
    return sum(1 for run in runs[index : index + 1] for _ in _output_items(_mapping(run), output))


def _is_recovered(run: Mapping[str, Any]) -> bool:
    """Whether n8n made this run up after a crash: its items are not what the node gave."""
    if run.get("executionStatus") == "crashed":
        return True
    return any(_mapping(item.get("json")).get("isArtificialRecoveredEventItem") for item in _output_items(run))


def _hashes(payloads: Iterable[Any]) -> Iterator[str]:
    """Of each payload, and of the objects and arrays right in it: a callee may hash the part that it was to work on."""
    for payload in payloads:
        parts = payload.values() if isinstance(payload, Mapping) else _list(payload)
        for part in (payload, *(each for each in parts if isinstance(each, (dict, list)))):
            if (told := payload_hash(part)) is not None:
                yield told


def _payloads(items: Sequence[Mapping[str, Any]], run: Mapping[str, Any], *, is_webhook: bool) -> Iterator[Any]:
    """What the run gave on, and what a failed request had sent. Of a webhook's item its body: the rest is n8n's own."""
    for item in items[:MAX_HASHES]:
        yield _mapping(item.get("json")).get("body") if is_webhook else item.get("json")
    yield _mapping(_mapping(_mapping(run.get("error")).get("context")).get("request")).get("body")


def _passed_on_error(items: Sequence[Mapping[str, Any]], secrets: Sequence[str]) -> NodeError | None:
    """The error in an output item of a node that continues on error; n8n calls such a run a success.

    Told apart from an ordinary item as n8n's own error output does it.
    """
    for item in items:
        payload = _mapping(item.get("json"))
        told = item.get("error") or (payload.get("error") if set(payload) <= {"error", "message"} else None)
        if isinstance(told, (Mapping, str)) and told:
            return _error(told if isinstance(told, Mapping) else {"message": told}, secrets)
    return None


def _error(told: Any, secrets: Sequence[str]) -> NodeError | None:
    told = _mapping(told)
    if not told:
        return None
    request, node = _mapping(_mapping(told.get("context")).get("request")), _mapping(told.get("node"))
    messages = [each for each in _list(told.get("messages")) if isinstance(each, str)]
    return NodeError(
        type=redact.name(told.get("name")) or "Error",
        message=redact.text(told.get("message"), secrets),
        description=redact.text(told.get("description"), secrets),
        stack=redact.text(told.get("stack"), secrets, redact.STACK_CHARACTERS),
        code=_code(told),
        upstream=redact.text("\n".join(dict.fromkeys(messages)), secrets),
        node_name=redact.name(node.get("name")),
        node_type=redact.name(node.get("type")),
        url=redact.url(request.get("uri") or request.get("url")),
        traceparent=redact.name(_header(request, "traceparent")),
        time_unix_nano=_epoch(told.get("timestamp")),
    )


def _code(told: Mapping[str, Any]) -> str:
    """The HTTP status where there is one, else what the network said."""
    codes = [redact.name(told.get(key)) for key in ("httpCode", "status", "statusCode", "code")]
    return next((code for code in codes if code.isdigit()), next(filter(None, codes), ""))


def _inbound(result: Mapping[str, Any], content: Mapping[str, Any], nodes: Mapping[str, Node]) -> str:
    """The traceparent header that a webhook was called with; empty where none came, or n8n keeps none."""
    run_data = _mapping(result.get("runData"))
    ran = [
        run for name, runs in run_data.items() if name in nodes and nodes[name].type in WEBHOOKS for run in _list(runs)
    ]
    stack = _list(_mapping(content.get("executionData")).get("nodeExecutionStack"))
    to_run = [each for each in stack if _mapping(_mapping(each).get("node")).get("type") in WEBHOOKS]
    for each in (*ran, *to_run):
        for item in _output_items(_mapping(each)):
            if header := redact.name(_header(_mapping(item.get("json")), "traceparent")):
                return header
    return ""


def _header(carrier: Mapping[str, Any], wanted: str) -> Any:
    headers = _mapping(carrier.get("headers"))
    return next((value for key, value in headers.items() if str(key).lower() == wanted), None)


def _time(value: Any) -> int | None:
    """Unix nanoseconds of ISO 8601 in UTC, as n8n writes times."""
    if not isinstance(value, str):
        return None
    try:
        told = datetime.fromisoformat(value)
        unix_nano = round(told.timestamp() * 1_000) * MS if told.tzinfo is not None else -1
    except (ValueError, OverflowError):
        return None
    return unix_nano if 0 <= unix_nano < LATEST else None


def _epoch(value: Any) -> int | None:
    """Unix nanoseconds of an epoch in milliseconds; in seconds after n8n recovered from a crash."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < EARLIEST_MS * 90:
        return None
    return int(value) * (MS if value >= EARLIEST_MS else 1_000 * MS)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
