"""Alerts as an OTLP logs request, a record each. Pure.

At INFO, whatever their severity: an alert tells of failures that have records of their own, and is not to become a cause.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any, Final

import msgspec
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from correlator import semconv
from correlator.doors.otlp_values import key_values
from correlator.model.alert import Alert

SCOPE: Final = "correlator.doors.alertmanager"
SERVICE: Final = "alertmanager"


def alerts_request(alerts: Iterable[Alert]) -> ExportLogsServiceRequest:
    """One request for all of them. What says the same has the same `log.record.uid`."""
    sender = {
        semconv.SERVICE_NAME: SERVICE,
        semconv.SYSTEM: "other",
        semconv.SOURCE: semconv.FROM_ALERTMANAGER,
    }
    records = ScopeLogs(scope=InstrumentationScope(name=SCOPE), log_records=[_record(alert) for alert in alerts])
    resource = Resource(attributes=key_values(sender))
    return ExportLogsServiceRequest(resource_logs=[ResourceLogs(resource=resource, scope_logs=[records])])


def _record(alert: Alert) -> LogRecord:
    attributes: dict[str, Any] = {
        semconv.LOG_RECORD_UID: _uid(alert),
        semconv.ALERT_FINGERPRINT: alert.fingerprint,
        semconv.ALERT_NAME: alert.name,
        semconv.ALERT_STATE: alert.state,
        semconv.ALERT_STARTS: alert.starts_at_unix_nano,
        semconv.ALERT_ENDS: alert.ends_at_unix_nano,
        semconv.ALERT_LABELS: dict(alert.labels),
        semconv.ALERT_ANNOTATIONS: dict(alert.annotations),
        semconv.ALERT_GENERATOR_URL: alert.generator_url,
        semconv.ALERT_RECEIVER: alert.receiver,
    }
    return LogRecord(
        time_unix_nano=alert.starts_at_unix_nano,
        observed_time_unix_nano=alert.heard_at_unix_nano,
        severity_number=semconv.SEVERITY_INFO,  # type: ignore[arg-type]
        severity_text="INFO",
        event_name=semconv.ALERT_EVENT,
        body=AnyValue(string_value=f"{alert.name or 'an alert'} is {alert.state}"),
        attributes=key_values({name: value for name, value in attributes.items() if value not in (None, "")}),
    )


def _uid(alert: Alert) -> str:
    said = [*alert.identity, alert.state, alert.ends_at_unix_nano, sorted(alert.annotations.items())]
    return blake2b(msgspec.json.encode(said), digest_size=16).hexdigest()
