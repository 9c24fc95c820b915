"""Log entries as an OTLP request."""

import msgspec
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from correlator.doors.json_logs.entry import LogEntry
from correlator.doors.otlp_values import any_value, key_values


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
