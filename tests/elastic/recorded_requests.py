"""Real requests of n8n, bridge and worker, with times that Elastic's own templates keep: milliseconds."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from correlator.store.contract import Frame
from tests.corpus.recording import OTLP, Label, Recorded, read_labels, read_recorded

MILLISECOND: Final = 10**6
_REQUESTS: Final = {"traces": ExportTraceServiceRequest, "logs": ExportLogsServiceRequest}


def frames_of(recorded: Iterable[Recorded]) -> list[Frame]:
    """The requests of spans and log records among these."""
    asked = (each for each in recorded if each.kind == OTLP and each.content["signal"] in _REQUESTS)
    return [
        Frame(each.content["signal"], "protobuf", each.arrival_unix_nano, _cut(each.body, each.content["signal"]))
        for each in asked
    ]


def recorded_stories(count: int) -> tuple[list[Recorded], list[Label]]:
    """The `count` failed stories that ended first, and all that came until then."""
    recorded = [each for each in read_recorded() if each.kind == OTLP]
    ends = [(_end(recorded, label), label) for label in read_labels() if label.trace_ids and label.causes]
    first = sorted(ends, key=lambda end: end[0])[:count]
    return recorded[: first[-1][0] + 1], [label for _, label in first]


def _end(recorded: Sequence[Recorded], label: Label) -> int:
    """The place of the last request that names a trace of the story."""
    wanted = [bytes.fromhex(trace_id) for trace_id in label.trace_ids]
    return max(place for place, each in enumerate(recorded) if any(trace_id in each.body for trace_id in wanted))


def _cut(body: bytes, signal: str) -> bytes:
    """The request with each time cut to milliseconds, and durations as they were."""
    request: Any = _REQUESTS[signal].FromString(body)
    for resource in request.resource_spans if signal == "traces" else request.resource_logs:
        for scope in resource.scope_spans if signal == "traces" else resource.scope_logs:
            for record in scope.spans if signal == "traces" else scope.log_records:
                (_cut_span if signal == "traces" else _cut_log)(record)
    return bytes(request.SerializeToString())


def _cut_span(span: Any) -> None:
    over = span.start_time_unix_nano % MILLISECOND
    span.start_time_unix_nano -= over
    span.end_time_unix_nano -= over
    for event in span.events:
        _cut_times(event, "time_unix_nano")


def _cut_log(record: Any) -> None:
    _cut_times(record, "time_unix_nano", "observed_time_unix_nano")


def _cut_times(message: Message, *names: str) -> None:
    for name in names:
        time = getattr(message, name)
        setattr(message, name, time - time % MILLISECOND)
