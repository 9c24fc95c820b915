"""Writes a log event as JSON fields: in Elastic Common Schema, or under OpenTelemetry's names.

Both forms always hold `trace_id`, `span_id`, `system`, `component` and `action`; the ids are empty outside any trace.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from correlator import semconv
from correlator.errors import SettingsError
from correlator.telemetry.log_event import LogEvent

ECS_VERSION: Final = "9.0.0"


@dataclass(frozen=True, slots=True)
class Service:
    """Who logs."""

    name: str
    system: str
    version: str = ""


LogFormat = Callable[[LogEvent, Service], dict[str, Any]]


def ecs_fields(event: LogEvent, service: Service) -> dict[str, Any]:
    """Return `event` in ECS, dotted names flat."""
    fields = {
        semconv.ECS_TIMESTAMP: _rfc3339(event.time_unix_nano),
        semconv.ECS_LOG_LEVEL: event.level,
        semconv.ECS_MESSAGE: event.message,
        **_always(event, service),
        semconv.ECS_SERVICE_NAME: service.name,
        semconv.ECS_EVENT_DATASET: f"{service.name}.log",
        "log.logger": event.logger_name,
        semconv.ECS_VERSION: ECS_VERSION,
    }
    if event.trace_id:
        fields |= {semconv.ECS_TRACE_ID: event.trace_id, semconv.ECS_SPAN_ID: event.span_id}
    if event.error is not None:
        fields |= {
            semconv.ECS_EVENT_OUTCOME: "failure",
            semconv.ECS_ERROR_TYPE: event.error.type,
            semconv.ECS_ERROR_MESSAGE: event.error.message,
            semconv.ECS_ERROR_STACK_TRACE: event.error.stack_trace,
        }
    return {**event.fields, **fields}


def otel_fields(event: LogEvent, service: Service) -> dict[str, Any]:
    """Return `event` under the names of OpenTelemetry's log data model."""
    return {
        "timestamp": _rfc3339(event.time_unix_nano),
        "severity_text": event.severity_text,
        "severity_number": event.severity_number,
        "body": event.message,
        **_always(event, service),
        "trace_flags": event.trace_flags,
        "scope": {"name": event.logger_name},
        "resource": {semconv.SERVICE_NAME: service.name, semconv.SYSTEM: service.system},
        "attributes": otel_attributes(event),
    }


def otel_attributes(event: LogEvent) -> dict[str, str | bool | int | float]:
    """Return the attributes of `event` as an OTLP log record has them; what is no plain value becomes JSON."""
    attributes = {name: _plain(value) for name, value in event.fields.items() if value is not None}
    attributes |= {semconv.COMPONENT: event.component, semconv.ACTION: event.action}
    if event.error is not None:
        attributes |= {
            semconv.EXCEPTION_TYPE: event.error.type,
            semconv.EXCEPTION_MESSAGE: event.error.message,
            semconv.EXCEPTION_STACKTRACE: event.error.stack_trace,
        }
    return attributes


def to_json_line(fields: dict[str, Any]) -> str:
    """Return `fields` as one line of JSON; what JSON cannot say is said as text."""
    try:
        return json.dumps(fields, default=str, ensure_ascii=False, allow_nan=False)
    except (ValueError, TypeError):  # a NaN, a cycle, a key that is no text
        return json.dumps({str(key): _plain_or_text(value) for key, value in fields.items()}, ensure_ascii=False)


def find_log_format(name: str) -> LogFormat:
    """Return the format called `name`: ecs | otel. Raises SettingsError for any other."""
    formats: dict[str, LogFormat] = {"ecs": ecs_fields, "otel": otel_fields}
    if name not in formats:
        raise SettingsError(f"log_format {name!r} is unknown; choose one of {', '.join(formats)}")
    return formats[name]


def _always(event: LogEvent, service: Service) -> dict[str, Any]:
    return {
        "trace_id": event.trace_id,
        "span_id": event.span_id,
        "system": service.system,
        "component": event.component,
        "action": event.action,
    }


def _rfc3339(time_unix_nano: int) -> str:
    moment = datetime.fromtimestamp(time_unix_nano / 1e9, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _plain(value: Any) -> str | bool | int | float:
    if isinstance(value, str | bool | int | float):
        return value
    return to_json_line({"value": value})[len('{"value": ') : -1]


def _plain_or_text(value: Any) -> str | bool | int:
    return value if isinstance(value, str | bool | int) else str(value)
