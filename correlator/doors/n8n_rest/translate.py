"""An execution to OTLP requests: what the engine would have received had n8n told it itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.logs.v1.logs_pb2 import ResourceLogs, ScopeLogs
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans

from correlator import semconv
from correlator.doors.n8n_rest.document import Execution
from correlator.doors.n8n_rest.identity import Identity
from correlator.doors.n8n_rest.logs import logs
from correlator.doors.n8n_rest.payload_logs import Call, payload_logs
from correlator.doors.n8n_rest.spans import Resumed, spans
from correlator.doors.otlp_values import attributes

SCOPE: Final = InstrumentationScope(name=semconv.N8N_SCOPE)


@dataclass(frozen=True, slots=True)
class Instance:
    """The n8n that is asked. `name` tells its ids from another's (its base URL); `service_name` is that of its own spans."""

    name: str
    service_name: str = "n8n"
    max_nodes: int = 1_000  # node spans of one execution
    payloads: bool = True  # whether calls that nobody heard are told by the hashes of their payloads


@dataclass(frozen=True, slots=True)
class Reported:
    """What n8n told of an execution itself, as far as the store has it.

    `is_whole`: its workflow span is there, with the status it ended with; of its node spans those in `nodes` are, by node
    name. `resumed`: of an execution that waited, only the part before is there. `unheard`: calls of its nodes that nobody
    else told of.
    """

    is_whole: bool = False
    nodes: Mapping[str, bytes] = field(default_factory=dict)
    resumed: Resumed | None = None
    unheard: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Requests:
    """Bodies of OTLP requests, as protobuf; None where there is nothing to tell."""

    traces: bytes | None = None
    logs: bytes | None = None


def translate(
    execution: Execution, identity: Identity, instance: Instance, reported: Reported | None = None
) -> Requests:
    """Spans, unless n8n told all of them itself, and log records: of a failure, and of calls that nobody heard.

    Deterministic: the same bytes each time.

    Where n8n told some of them, all are told: its own go first wherever both are.
    """
    reported = reported or Reported()
    resource = _resource(instance)
    is_whole = reported.is_whole and {run.node_name for run in execution.runs} <= reported.nodes.keys()
    told = [] if is_whole else spans(execution, identity, instance.max_nodes, reported.resumed)
    records = logs(execution, identity, instance.name, reported.nodes)
    records += payload_logs(execution, reported.unheard, instance.name)
    traces = ResourceSpans(resource=resource, scope_spans=[ScopeSpans(scope=SCOPE, spans=told)])
    details = ResourceLogs(resource=resource, scope_logs=[ScopeLogs(scope=SCOPE, log_records=records)])
    return Requests(
        ExportTraceServiceRequest(resource_spans=[traces]).SerializeToString(deterministic=True) if told else None,
        ExportLogsServiceRequest(resource_logs=[details]).SerializeToString(deterministic=True) if records else None,
    )


def _resource(instance: Instance) -> Resource:
    values = {semconv.SERVICE_NAME: instance.service_name, semconv.SOURCE: semconv.FROM_N8N_REST}
    return Resource(attributes=attributes(values))
