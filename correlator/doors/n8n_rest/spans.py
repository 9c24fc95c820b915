"""An execution's spans, as n8n itself would have told them: names and attributes are those of its OpenTelemetry module.

What differs, because the database does not know better: times are those of the database's row and of n8n's run data
(milliseconds; the workflow span starts when the row says, up to some 100 ms before n8n's own); a node span's id is
derived unless its request told it; a failed node names the HTTP status; a node that continued on error is an error here;
`n8n.project.id` is missing. More than n8n tells: the calling execution, payload hashes, target URLs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from correlator import semconv
from correlator.doors.n8n_rest.document import FAILED, Execution, NodeRun
from correlator.doors.n8n_rest.identity import Identity, node_span_id
from correlator.doors.n8n_rest.node_error import NodeError
from correlator.doors.otlp_values import Value, attributes

_HTTP_STATUSES: Final = range(100, 600)


@dataclass(frozen=True, slots=True)
class Resumed:
    """The part of a waiting execution that n8n told of itself, by its workflow span: what comes after continues it."""

    span_id: bytes
    end_unix_nano: int


def spans(execution: Execution, identity: Identity, max_nodes: int, resumed: Resumed | None = None) -> list[Span]:
    """The workflow span, then its node spans by start; of more runs than `max_nodes`, failed ones before others."""
    since = resumed.end_unix_nano if resumed else 0
    runs = [run for run in execution.runs if run.end_unix_nano >= since]
    kept = sorted(sorted(runs, key=_failed_first)[:max_nodes], key=_by_start)
    nodes = {node_span_id(identity, run): _node_span(execution, identity, run) for run in kept}
    return [_workflow_span(execution, identity, kept, len(runs) - len(kept), resumed), *nodes.values()]


def http_status(error: NodeError) -> int | None:
    """The HTTP status that a node was answered with; None for what is none."""
    return (
        int(error.code) if error.code.isascii() and error.code.isdigit() and int(error.code) in _HTTP_STATUSES else None
    )


def error_type(error: NodeError) -> str:
    """What the network said instead of an HTTP status, such as ECONNABORTED; empty where there was an answer."""
    return "" if error.code.isdigit() else error.code


def called_url(execution: Execution, run: NodeRun) -> str:
    """What a node called: what its failed request tells, else its fixed target; empty where neither is known."""
    node = execution.nodes.get(run.node_name)
    return (run.error.url if run.error else "") or (node.url if node else "")


def exception_values(error: NodeError) -> dict[str, Value]:
    """Attributes that tell of an error, on an event as on a log record."""
    return {
        semconv.EXCEPTION_TYPE: error.type,
        semconv.EXCEPTION_MESSAGE: error.message,
        semconv.EXCEPTION_STACKTRACE: error.stack,
        semconv.N8N_ERROR_DESCRIPTION: error.description,
        semconv.N8N_ERROR_UPSTREAM: error.upstream,
    }


def _failed_first(run: NodeRun) -> tuple[bool, int, str, int]:
    return (run.error is None, *_by_start(run))


def _by_start(run: NodeRun) -> tuple[int, str, int]:
    return run.start_unix_nano, run.node_name, run.index


def _workflow_span(
    execution: Execution, identity: Identity, runs: Sequence[NodeRun], dropped: int, resumed: Resumed | None
) -> Span:
    error = execution.error if execution.status in FAILED else None
    start = execution.started_unix_nano
    if resumed:
        start = min((run.start_unix_nano for run in runs), default=resumed.end_unix_nano)
    values: dict[str, Value] = {
        semconv.N8N_WORKFLOW_ID: execution.workflow_id,
        semconv.N8N_WORKFLOW_NAME: execution.workflow_name,
        semconv.N8N_WORKFLOW_VERSION_ID: execution.version_id,
        semconv.N8N_WORKFLOW_NODE_COUNT: len(execution.nodes) or None,
        semconv.N8N_EXECUTION_ID: execution.execution_id,
        semconv.N8N_EXECUTION_MODE: execution.mode,
        semconv.N8N_EXECUTION_STATUS: execution.status,
        semconv.N8N_EXECUTION_IS_RETRY: bool(execution.retry_of),
        semconv.N8N_EXECUTION_RETRY_OF: execution.retry_of,
        semconv.N8N_EXECUTION_PARENT_ID: execution.parent_id,
        semconv.N8N_EXECUTION_ERROR_TYPE: error.type if error else None,
        semconv.N8N_NODE_RUNS_DROPPED: dropped or None,
    }
    links = [_continues(identity, resumed)] if resumed else []
    return _span(
        execution,
        identity,
        name=semconv.N8N_WORKFLOW_SPAN,
        span_id=identity.span_id,
        parent_span_id=identity.parent_span_id,
        times=(start, max(start, execution.stopped_unix_nano)),
        values=values,
        error=error,
        is_error=execution.status in FAILED,
        links=links,
    )


def _node_span(execution: Execution, identity: Identity, run: NodeRun) -> Span:
    node = execution.nodes.get(run.node_name)
    values: dict[str, Value] = {
        semconv.N8N_NODE_ID: node.id if node else None,
        semconv.N8N_NODE_NAME: run.node_name,
        semconv.N8N_NODE_TYPE: node.type if node else run.error.node_type if run.error else None,
        semconv.N8N_NODE_TYPE_VERSION: node.type_version if node else None,
        semconv.N8N_NODE_ITEMS_INPUT: run.items_input,
        semconv.N8N_NODE_ITEMS_OUTPUT: run.items_output,
        semconv.PAYLOAD_HASH: run.hashes,
        semconv.URL_FULL: called_url(execution, run),
        semconv.HTTP_RESPONSE_STATUS_CODE: http_status(run.error) if run.error else None,
        semconv.ERROR_TYPE: error_type(run.error) if run.error else None,
    }
    if run.status == "canceled":
        values[semconv.N8N_NODE_TERMINATION_REASON] = semconv.N8N_WORKFLOW_CANCELLED
    start = max(run.start_unix_nano, execution.started_unix_nano)
    return _span(
        execution,
        identity,
        name=semconv.N8N_NODE_SPAN,
        span_id=node_span_id(identity, run),
        parent_span_id=identity.span_id,
        times=(start, max(start, run.end_unix_nano)),
        values=values,
        error=run.error,
        is_error=run.error is not None or run.status in {*FAILED, "canceled"},
        links=[],
    )


def _span(
    execution: Execution,
    identity: Identity,
    *,
    name: str,
    span_id: bytes,
    parent_span_id: bytes | None,
    times: tuple[int, int],
    values: dict[str, Value],
    error: NodeError | None,
    is_error: bool,
    links: Sequence[Span.Link],
) -> Span:
    start, end = times
    return Span(
        trace_id=identity.trace_id,
        span_id=span_id,
        parent_span_id=parent_span_id or b"",
        trace_state=execution.tracestate if identity.is_traced else "",
        name=name,
        kind=Span.SPAN_KIND_INTERNAL,
        start_time_unix_nano=start,
        end_time_unix_nano=end,
        attributes=attributes(values),
        events=[_exception(error, start, end)] if error else [],
        links=links,
        status=Status(code=Status.STATUS_CODE_ERROR if is_error else Status.STATUS_CODE_OK),
    )


def _exception(error: NodeError, start: int, end: int) -> Span.Event:
    return Span.Event(
        time_unix_nano=within(error.time_unix_nano, start, end),
        name=semconv.EXCEPTION_EVENT,
        attributes=attributes(exception_values(error)),
    )


def within(time_unix_nano: int | None, start: int, end: int) -> int:
    """A time brought into [start, end]: n8n dates the errors of a crash by the restart that found it."""
    return end if time_unix_nano is None else min(max(time_unix_nano, start), end)


def _continues(identity: Identity, resumed: Resumed) -> Span.Link:
    reason = attributes({semconv.N8N_CONTINUATION_REASON: "resume"})
    return Span.Link(trace_id=identity.trace_id, span_id=resumed.span_id, attributes=reason)
