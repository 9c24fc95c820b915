"""Log records of calls that arrived without their context: by what payload the callee can be recognised."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from correlator import semconv
from correlator.doors.n8n_rest.document import Execution, NodeRun
from correlator.doors.n8n_rest.identity import SpanRef, record_uid
from correlator.doors.n8n_rest.spans import called_url
from correlator.doors.otlp_values import attributes


@dataclass(frozen=True, slots=True)
class Call:
    """n8n's own span of a node that calls others. The time is its start, unix nanoseconds."""

    start_unix_nano: int
    ref: SpanRef
    node_name: str


def payload_logs(execution: Execution, calls: Sequence[Call], instance: str) -> Iterator[LogRecord]:
    """One INFO record at each call's span, with the hashes of what it may have sent; none where n8n tells of no payload."""
    for call in calls:
        run = _run_of(execution, call)
        if run is not None and run.hashes:
            yield _record(execution, run, call, instance)


def _run_of(execution: Execution, call: Call) -> NodeRun | None:
    """The run of the node that began nearest to its span: a node in a loop has several of both."""
    runs = [run for run in execution.runs if run.node_name == call.node_name]
    return min(runs, key=lambda run: (abs(run.start_unix_nano - call.start_unix_nano), run.index), default=None)


def _record(execution: Execution, run: NodeRun, call: Call, instance: str) -> LogRecord:
    values = {
        semconv.LOG_RECORD_UID: record_uid(execution, instance, semconv.N8N_NODE_PAYLOAD_EVENT, call.ref.span_id.hex()),
        semconv.N8N_WORKFLOW_ID: execution.workflow_id,
        semconv.N8N_EXECUTION_ID: execution.execution_id,
        semconv.N8N_NODE_NAME: run.node_name,
        semconv.URL_FULL: called_url(execution, run),
        semconv.PAYLOAD_HASH: run.hashes,
    }
    return LogRecord(
        time_unix_nano=call.start_unix_nano,
        observed_time_unix_nano=call.start_unix_nano,
        severity_number=semconv.SEVERITY_INFO,  # type: ignore[arg-type]  # an enumeration in the stubs, a number on the wire
        severity_text="INFO",
        event_name=semconv.N8N_NODE_PAYLOAD_EVENT,
        body=AnyValue(string_value=f"{run.node_name} called, and nobody who was called names the execution"),
        trace_id=call.ref.trace_id,
        span_id=call.ref.span_id,
        attributes=attributes(values),
    )
