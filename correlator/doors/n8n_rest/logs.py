"""A failed execution's log record: the detail that n8n's own spans lack."""

from collections.abc import Mapping

from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from correlator import semconv
from correlator.doors.n8n_rest.document import FAILED, Execution, NodeRun
from correlator.doors.n8n_rest.identity import Identity, node_span_id, record_uid
from correlator.doors.n8n_rest.node_error import NodeError
from correlator.doors.n8n_rest.spans import error_type, exception_values, http_status, within
from correlator.doors.otlp_values import Value, attributes


def logs(execution: Execution, identity: Identity, instance: str, own_nodes: Mapping[str, bytes]) -> list[LogRecord]:
    """One ERROR record for an execution that failed; none for another.

    It stands at the failing node's span: n8n's own (`own_nodes`: node name to span id) where there is one.
    """
    if execution.status not in FAILED:
        return []
    run = _failing_run(execution)
    error = run.error if run is not None else execution.error
    end = execution.stopped_unix_nano
    time = within(error.time_unix_nano if error else None, execution.started_unix_nano, end)
    record = LogRecord(
        time_unix_nano=time,
        observed_time_unix_nano=time,
        severity_number=semconv.SEVERITY_ERROR,  # type: ignore[arg-type]  # an enumeration in the stubs, a number on the wire
        severity_text="ERROR",
        body=AnyValue(string_value=_body(execution, run, error)),
        trace_id=identity.trace_id,
        span_id=_span_id(identity, run, own_nodes),
        attributes=attributes(_values(execution, run, error, instance)),
    )
    return [record]


def reason(execution: Execution) -> str:
    """Why it failed, in a line; empty where it did not."""
    if execution.status not in FAILED:
        return ""
    run = _failing_run(execution)
    return _reason(run.error if run is not None else execution.error)


def _failing_run(execution: Execution) -> NodeRun | None:
    """The run that ended the execution: the last that failed, of the node that the execution's error names if it does."""
    failed = [run for run in execution.runs if run.error is not None]
    named = execution.error.node_name if execution.error else ""
    fitting = [run for run in failed if run.node_name == named] or failed
    return max(fitting, key=lambda run: (run.end_unix_nano, run.node_name, run.index), default=None)


def _span_id(identity: Identity, run: NodeRun | None, own_nodes: Mapping[str, bytes]) -> bytes:
    if run is None:
        return identity.span_id
    return own_nodes.get(run.node_name) or node_span_id(identity, run)


def _body(execution: Execution, run: NodeRun | None, error: NodeError | None) -> str:
    where = f" at {run.node_name}" if run is not None else ""
    return f"execution {execution.execution_id} of {execution.workflow_name or execution.workflow_id} {execution.status}{where}: {_reason(error)}"


def _reason(error: NodeError | None) -> str:
    if error is None:
        return "n8n names no reason"
    return _joined(error.type, error.message, error.description)


def _joined(*parts: str) -> str:
    return ": ".join(dict.fromkeys(part for part in parts if part))


def _values(execution: Execution, run: NodeRun | None, error: NodeError | None, instance: str) -> dict[str, Value]:
    node = execution.nodes.get(run.node_name) if run else None
    values: dict[str, Value] = {
        semconv.LOG_RECORD_UID: record_uid(execution, instance, execution.status),
        semconv.N8N_WORKFLOW_ID: execution.workflow_id,
        semconv.N8N_WORKFLOW_NAME: execution.workflow_name,
        semconv.N8N_EXECUTION_ID: execution.execution_id,
        semconv.N8N_EXECUTION_MODE: execution.mode,
        semconv.N8N_EXECUTION_STATUS: execution.status,
        semconv.N8N_EXECUTION_RETRY_OF: execution.retry_of,
        semconv.N8N_EXECUTION_PARENT_ID: execution.parent_id,
        semconv.N8N_NODE_NAME: run.node_name if run else None,
        semconv.N8N_NODE_TYPE: node.type if node else None,
    }
    if error is None:
        return values
    told: dict[str, Value] = {
        semconv.EXCEPTION_MESSAGE: _joined(error.message, error.description),  # n8n's message alone names no reason
        semconv.HTTP_RESPONSE_STATUS_CODE: http_status(error),
        semconv.ERROR_TYPE: error_type(error),
        semconv.URL_FULL: error.url,
    }
    return values | exception_values(error) | told
