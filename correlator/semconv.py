"""The only spelling of OpenTelemetry, ECS and n8n attribute names.

Sources: OpenTelemetry semantic conventions 1.43, ECS 9, n8n 2.41 (its OpenTelemetry module).
"""

from typing import Final

# --- resource ---
SERVICE_NAME: Final = "service.name"
SERVICE_VERSION: Final = "service.version"
UNKNOWN_SERVICE: Final = "unknown_service"

# --- correlator's own, on resources, spans and log records ---
SYSTEM: Final = "correlator.system"  # n8n | bridge | worker | other, where a process says it itself
COMPONENT: Final = "correlator.component"
ACTION: Final = "correlator.action"
JOB_ID: Final = "correlator.job.id"
JOB_ATTEMPT: Final = "correlator.job.attempt"
JOB_IDEMPOTENCY_KEY: Final = "correlator.job.idempotency_key"
PAYLOAD_HASH: Final = "correlator.payload.hash"  # correlator.payload.payload_hash; a text, or an array of them
SOURCE: Final = "correlator.source"  # on a resource: who told it, where that is not the sender itself
FROM_N8N_REST: Final = "n8n_rest"  # the sources: the reconciler,
FROM_N8N_CALLBACK: Final = "n8n_callback"  # a callback,
FROM_N8N_EVENT_LOG: Final = "n8n_event_log"  # n8n's event log file,
FROM_N8N_STDOUT: Final = "n8n_stdout"  # n8n's JSON log lines,
FROM_ALERTMANAGER: Final = "alertmanager"  # Alertmanager's webhook
LOG_RECORD_UID: Final = "log.record.uid"  # two records with one uid are one
CORRELATION_ID: Final = "correlator.correlation.id"  # what a caller and a job agreed to call their exchange
PROGRESS: Final = "correlator.callback.progress"  # 0..1
CALLBACK_MESSAGE: Final = "correlator.callback.message"
SILENT_SINCE: Final = "correlator.silent.since_unix_nano"  # on a timeout: when its execution was last heard of
REQUEST_ID: Final = "http.request.header.x-request-id"

# --- alerts, on a log record of their own ---
ALERT_EVENT: Final = "alertmanager.alert"  # event name
ALERT_FINGERPRINT: Final = "correlator.alert.fingerprint"  # Alertmanager's, of its labels
ALERT_NAME: Final = "correlator.alert.name"
ALERT_STATE: Final = "correlator.alert.state"  # firing | resolved
ALERT_STARTS: Final = "correlator.alert.starts_at_unix_nano"
ALERT_ENDS: Final = "correlator.alert.ends_at_unix_nano"
ALERT_LABELS: Final = "correlator.alert.labels"  # a map
ALERT_ANNOTATIONS: Final = "correlator.alert.annotations"  # a map
ALERT_GENERATOR_URL: Final = "correlator.alert.generator_url"
ALERT_RECEIVER: Final = "correlator.alert.receiver"

# --- exceptions and errors ---
EXCEPTION_EVENT: Final = "exception"
EXCEPTION_TYPE: Final = "exception.type"
EXCEPTION_MESSAGE: Final = "exception.message"
EXCEPTION_STACKTRACE: Final = "exception.stacktrace"
ERROR_TYPE: Final = "error.type"

# --- HTTP, new and old spelling ---
HTTP_RESPONSE_STATUS_CODE: Final = "http.response.status_code"
HTTP_STATUS_CODE_OLD: Final = "http.status_code"
HTTP_REQUEST_METHOD: Final = "http.request.method"
HTTP_METHOD_OLD: Final = "http.method"
HTTP_REQUEST_METHOD_ORIGINAL: Final = "http.request.method_original"
HTTP_ROUTE: Final = "http.route"
URL_PATH: Final = "url.path"
URL_SCHEME: Final = "url.scheme"
URL_FULL: Final = "url.full"
SERVER_ADDRESS: Final = "server.address"
SERVER_PORT: Final = "server.port"
PEER_SERVICE: Final = "peer.service"
NET_PEER_NAME_OLD: Final = "net.peer.name"

# --- RPC, messaging, database ---
RPC_GRPC_STATUS_CODE: Final = "rpc.grpc.status_code"
RPC_RESPONSE_STATUS_CODE: Final = "rpc.response.status_code"
RPC_SERVICE: Final = "rpc.service"
MESSAGING_SYSTEM: Final = "messaging.system"
MESSAGING_DESTINATION_NAME: Final = "messaging.destination.name"
MESSAGING_OPERATION_NAME: Final = "messaging.operation.name"
MESSAGING_OPERATION_TYPE: Final = "messaging.operation.type"
MESSAGING_MESSAGE_ID: Final = "messaging.message.id"
DB_SYSTEM_NAME: Final = "db.system.name"

# --- n8n ---
N8N_SCOPE: Final = "n8n-workflow"
N8N_INSTANCE_ID: Final = "n8n.instance.id"
N8N_INSTANCE_ROLE: Final = "n8n.instance.role"  # main | worker | webhook
N8N_WORKFLOW_SPAN: Final = "workflow.execute"
N8N_NODE_SPAN: Final = "node.execute"
N8N_WORKFLOW_ID: Final = "n8n.workflow.id"
N8N_WORKFLOW_NAME: Final = "n8n.workflow.name"
N8N_EXECUTION_ID: Final = "n8n.execution.id"
N8N_EXECUTION_MODE: Final = "n8n.execution.mode"
N8N_EXECUTION_STATUS: Final = "n8n.execution.status"  # success | error | canceled | crashed | waiting | running
N8N_EXECUTION_ERROR_TYPE: Final = "n8n.execution.error_type"
N8N_EXECUTION_IS_RETRY: Final = "n8n.execution.is_retry"
N8N_EXECUTION_RETRY_OF: Final = "n8n.execution.retry_of"  # execution id
N8N_EXECUTION_PARENT_ID: Final = (
    "n8n.execution.parent_id"  # execution id of the workflow that called this one; from REST
)
N8N_EXECUTION_URL: Final = "n8n.execution.url"  # where n8n shows it
N8N_NODE_ID: Final = "n8n.node.id"
N8N_NODE_NAME: Final = "n8n.node.name"
N8N_NODE_TYPE: Final = "n8n.node.type"
N8N_WORKFLOW_VERSION_ID: Final = "n8n.workflow.version_id"
N8N_WORKFLOW_NODE_COUNT: Final = "n8n.workflow.node_count"
N8N_NODE_TYPE_VERSION: Final = "n8n.node.type_version"  # a double
N8N_NODE_ITEMS_INPUT: Final = "n8n.node.items.input"
N8N_NODE_ITEMS_OUTPUT: Final = "n8n.node.items.output"
N8N_CONTINUATION_REASON: Final = "n8n.continuation.reason"  # on the link of a resumed execution's span: resume
N8N_ERROR_DESCRIPTION: Final = "n8n.error.description"  # what n8n's API adds to the exception's message
N8N_ERROR_UPSTREAM: Final = "n8n.error.upstream"  # status and body that a node's callee answered with, bounded
N8N_NODE_RUNS_DROPPED: Final = "correlator.n8n.node_runs_dropped"  # over the setting n8n.max_nodes
N8N_NODE_PAYLOAD_EVENT: Final = "n8n.node.payload"  # event name of a log record: hashes of what a node called with
N8N_NODE_TERMINATION_REASON: Final = "n8n.node.termination_reason"
N8N_PROJECT_ID: Final = "n8n.project.id"
N8N_QUEUE_JOB_ID: Final = "n8n.queue.job.id"  # of n8n's own queue: an integer that counts from 1
N8N_WORKFLOW_CANCELLED: Final = "workflow_cancelled"
HEADER_N8N_EXECUTION_ID: Final = "x-n8n-execution-id"
HEADER_N8N_WORKFLOW_ID: Final = "x-n8n-workflow-id"

# --- OTLP enumerations ---
STATUS_UNSET: Final = 0
STATUS_OK: Final = 1
STATUS_ERROR: Final = 2
KIND_UNSPECIFIED: Final = 0
KIND_INTERNAL: Final = 1
KIND_SERVER: Final = 2
KIND_CLIENT: Final = 3
KIND_PRODUCER: Final = 4
KIND_CONSUMER: Final = 5
SEVERITY_INFO: Final = 9
SEVERITY_WARN: Final = 13
SEVERITY_ERROR: Final = 17

# --- log records as JSON (ECS, and OTel's stdlib logging fields) ---
ECS_TIMESTAMP: Final = "@timestamp"
ECS_LOG_LEVEL: Final = "log.level"
ECS_MESSAGE: Final = "message"
ECS_TRACE_ID: Final = "trace.id"
ECS_SPAN_ID: Final = "span.id"
ECS_SERVICE_NAME: Final = "service.name"
ECS_EVENT_DATASET: Final = "event.dataset"
ECS_EVENT_OUTCOME: Final = "event.outcome"
ECS_ERROR_TYPE: Final = "error.type"
ECS_ERROR_MESSAGE: Final = "error.message"
ECS_ERROR_STACK_TRACE: Final = "error.stack_trace"
ECS_VERSION: Final = "ecs.version"

# --- trace context headers ---
HEADER_TRACEPARENT: Final = "traceparent"
HEADER_TRACESTATE: Final = "tracestate"
HEADER_B3: Final = "b3"
HEADER_B3_TRACE_ID: Final = "x-b3-traceid"
HEADER_B3_SPAN_ID: Final = "x-b3-spanid"
HEADER_B3_SAMPLED: Final = "x-b3-sampled"
HEADER_TRACE_ID: Final = "x-trace-id"
HEADER_REQUEST_ID: Final = "x-request-id"
