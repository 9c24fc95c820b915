"""A callback, or an execution's silence, as an OTLP logs request with one record. Pure."""

from hashlib import blake2b
from typing import Final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from correlator import semconv
from correlator.doors.callbacks.error_trigger import N8N
from correlator.doors.otlp_values import Value
from correlator.doors.otlp_values import attributes as otlp_attributes
from correlator.workflows.callback import CANCELED, TIMEOUT_EVENT, Callback, CallbackError
from correlator.workflows.status import ExecutionStatus

SCOPE: Final = "correlator.doors.callbacks"
_INFO: Final = (9, "INFO")  # OpenTelemetry logs data model, "Severity Fields"
_SEVERITIES: Final = {"failed": (semconv.SEVERITY_ERROR, "ERROR"), CANCELED: (semconv.SEVERITY_WARN, "WARN")}
TIMEOUT_TYPE: Final = "ExecutionTimeout"


def callback_request(callback: Callback, arrival_unix_nano: int) -> ExportLogsServiceRequest:
    """The callback's record; at ERROR where it says failed, at WARN where somebody stopped the execution."""
    error = callback.error or CallbackError("", "")
    severity_number, severity_text = _SEVERITIES.get(callback.kind, _INFO)
    attributes: dict[str, Value] = {
        semconv.LOG_RECORD_UID: callback.uid,
        semconv.N8N_WORKFLOW_ID: callback.workflow_id,
        semconv.N8N_WORKFLOW_NAME: callback.workflow_name,
        semconv.N8N_EXECUTION_ID: callback.execution_id,
        semconv.N8N_EXECUTION_URL: callback.execution_url,
        semconv.N8N_EXECUTION_MODE: callback.mode,
        semconv.N8N_EXECUTION_RETRY_OF: callback.retry_of,
        semconv.N8N_NODE_NAME: error.node_name,
        semconv.N8N_NODE_TYPE: error.node_type,
        semconv.ACTION: error.node_name or callback.workflow_name or callback.workflow_id,  # as n8n's spans are called
        semconv.JOB_ID: callback.job_id,
        semconv.CORRELATION_ID: callback.correlation_id,
        semconv.PROGRESS: callback.progress,
        semconv.CALLBACK_MESSAGE: callback.message,
        semconv.PAYLOAD_HASH: callback.result_hash,
        semconv.EXCEPTION_TYPE: error.type,
        semconv.EXCEPTION_MESSAGE: error.message,
        semconv.EXCEPTION_STACKTRACE: error.stacktrace,
        semconv.HTTP_RESPONSE_STATUS_CODE: error.http_status,
        semconv.ERROR_TYPE: error.network_code,
        semconv.URL_FULL: error.url,
        semconv.N8N_ERROR_DESCRIPTION: error.description,
        semconv.N8N_ERROR_UPSTREAM: error.upstream,
    }
    record = LogRecord(
        time_unix_nano=callback.time_unix_nano,
        observed_time_unix_nano=arrival_unix_nano,
        severity_number=severity_number,  # type: ignore[arg-type]
        severity_text=severity_text,
        event_name=callback.event_name,
        body=AnyValue(string_value=_sentence(callback, error)),
        attributes=otlp_attributes(attributes),
        trace_id=bytes.fromhex(callback.trace_id),
        span_id=bytes.fromhex(callback.span_id),
    )
    return _request(callback.service_name or semconv.UNKNOWN_SERVICE, callback.system, record)


def timeout_request(silent: ExecutionStatus, timeout_nano: int) -> ExportLogsServiceRequest:
    """The record of an execution that was silent for the timeout: the same whenever, and however often, it is made."""
    seconds = timeout_nano / 1e9
    silence = f"{seconds / 60:g} min" if seconds >= 60 else f"{seconds:g} s"
    attributes: dict[str, Value] = {
        semconv.LOG_RECORD_UID: _timeout_uid(silent),
        semconv.N8N_WORKFLOW_ID: silent.workflow_id,
        semconv.N8N_EXECUTION_ID: silent.execution_id,
        semconv.ACTION: silent.workflow_id,
        semconv.SILENT_SINCE: silent.alive_unix_nano,
        semconv.EXCEPTION_TYPE: TIMEOUT_TYPE,
        semconv.EXCEPTION_MESSAGE: f"timed out: nothing heard for {silence} after it was {silent.state}",
    }
    time_unix_nano = silent.alive_unix_nano + timeout_nano
    record = LogRecord(
        time_unix_nano=time_unix_nano,
        observed_time_unix_nano=time_unix_nano,
        severity_number=semconv.SEVERITY_ERROR,  # type: ignore[arg-type]
        severity_text="ERROR",
        event_name=TIMEOUT_EVENT,
        body=AnyValue(string_value=f"execution {silent.execution_id} was silent for {silence}"),
        attributes=otlp_attributes(attributes),
        trace_id=bytes.fromhex(silent.trace_id),
    )
    return _request(N8N, N8N, record)


def _request(service_name: str, system: str, record: LogRecord) -> ExportLogsServiceRequest:
    sender: dict[str, Value] = {
        semconv.SERVICE_NAME: service_name,
        semconv.SYSTEM: system,
        semconv.SOURCE: semconv.FROM_N8N_CALLBACK,
    }
    logs = ScopeLogs(scope=InstrumentationScope(name=SCOPE), log_records=[record])
    resource = Resource(attributes=otlp_attributes(sender))
    return ExportLogsServiceRequest(resource_logs=[ResourceLogs(resource=resource, scope_logs=[logs])])


def _sentence(callback: Callback, error: CallbackError) -> str:
    """The record's body: what people read in a list of logs."""
    subject = f"execution {callback.execution_id}" if callback.execution_id else "a trigger"
    name = callback.workflow_name or callback.workflow_id
    why = ": ".join(part for part in (error.type, error.message or callback.message) if part)
    return f"{subject} of workflow {name} {callback.kind}" + (f": {why}" if why else "")


def _timeout_uid(silent: ExecutionStatus) -> str:
    identity = f"timeout\n{silent.workflow_id}\n{silent.execution_id}\n{silent.alive_unix_nano}"
    return blake2b(identity.encode(), digest_size=16).hexdigest()
