"""Log entries as an OTLP request."""

from collections.abc import Iterable
from typing import Final

import msgspec
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from correlator.doors.json_logs.entry import Document, Json, LogEntry

INT64: Final = range(-(2**63), 2**63)


def any_value(value: Json) -> AnyValue:
    """`value` as OTLP has it; an integer of more than 64 bits as text."""
    if isinstance(value, str):
        return AnyValue(string_value=value)
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value) if value in INT64 else AnyValue(string_value=str(value))
    if isinstance(value, float):
        return AnyValue(double_value=value)
    made = AnyValue()
    if isinstance(value, list):
        made.array_value.values.extend(map(any_value, value))
        made.array_value.SetInParent()
    elif isinstance(value, dict):
        made.kvlist_value.values.extend(key_values(value))
        made.kvlist_value.SetInParent()
    return made


def key_values(fields: Document) -> Iterable[KeyValue]:
    return (KeyValue(key=name, value=any_value(value)) for name, value in fields.items())


def log_record(entry: LogEntry) -> LogRecord:
    """All of the entry but who sent it."""
    return LogRecord(
        time_unix_nano=entry.time_unix_nano,
        observed_time_unix_nano=entry.observed_time_unix_nano,
        severity_number=entry.severity_number,  # type: ignore[arg-type]
        severity_text=entry.severity_text,
        event_name=entry.event_name,
        body=any_value(entry.body),
        attributes=key_values(entry.attributes),
        flags=entry.flags,
        trace_id=entry.trace_id,
        span_id=entry.span_id,
    )


class LogBatch:
    """Entries on their way into one request, those of a sender together, in the order in which they were added."""

    def __init__(self) -> None:
        self._request = ExportLogsServiceRequest()
        self._scopes: dict[tuple[bytes, str], int] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, entry: LogEntry) -> None:
        sender = msgspec.json.encode(entry.resource), entry.scope_name
        if sender not in self._scopes:
            self._scopes[sender] = len(self._request.resource_logs)
            group = self._request.resource_logs.add()
            group.resource.attributes.extend(key_values(entry.resource))
            group.scope_logs.add().scope.name = entry.scope_name
        self._request.resource_logs[self._scopes[sender]].scope_logs[0].log_records.append(log_record(entry))
        self._count += 1

    def serialize(self) -> bytes:
        """The request in protobuf."""
        return self._request.SerializeToString()
