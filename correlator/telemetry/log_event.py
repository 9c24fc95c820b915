"""Turns a record of stdlib logging, its own or structlog's, into one value that every log format is written from.

structlog hands its fields over in one attribute of the record (`STRUCTLOG_FIELDS`); stdlib's `extra=` are attributes
of the record themselves. Trace and span are read from the context of the thread that logs.
"""

import logging
import re
import traceback
from dataclasses import dataclass
from typing import Any, Final

from opentelemetry import trace

from correlator import semconv
from correlator.telemetry.story_ids import current_story_ids

STRUCTLOG_FIELDS: Final = "correlator_structlog_fields"
REDACTED: Final = "[redacted]"
TOO_DEEP: Final = "[too deep]"
MAX_DEPTH: Final = 8  # levels of nesting that a field may have; a cycle ends there too
MAX_STACK_TRACE: Final = 16_384  # characters; the end is kept, where the error is
_SECRET: Final = re.compile(
    r"passw|secret|token|api[-_.]?key|authori[sz]ation|cookie|credential|private[-_.]?key", re.I
)
_OWN_ATTRIBUTES: Final = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
    STRUCTLOG_FIELDS,
}
# OpenTelemetry's severity numbers: INFO is 9, and a level below DEBUG is TRACE.
_SEVERITIES: Final = ((logging.CRITICAL, "FATAL", 21), (logging.ERROR, "ERROR", 17), (logging.WARNING, "WARN", 13))
_LOW_SEVERITIES: Final = ((logging.INFO, "INFO", 9), (logging.DEBUG, "DEBUG", 5), (0, "TRACE", 1))


@dataclass(frozen=True, slots=True)
class LoggedError:
    """The exception that a record carries."""

    type: str
    message: str
    stack_trace: str


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One log record, before any format. Ids are hex, empty outside any trace."""

    time_unix_nano: int
    level: str
    severity_text: str
    severity_number: int
    message: str
    logger_name: str
    component: str
    action: str
    trace_id: str
    span_id: str
    trace_flags: int
    fields: dict[str, Any]
    error: LoggedError | None


def read_log_event(record: logging.LogRecord) -> LogEvent:
    """Return the event that `record` tells of. Call it in the thread that logged.

    `component` is the logger's name and `action` the event (structlog) or the function (stdlib), unless the record has
    fields of these names. Values of fields that are named like a secret are redacted.
    """
    own = vars(record)
    is_structlog = STRUCTLOG_FIELDS in own
    fields = {**_extras(own), **own.get(STRUCTLOG_FIELDS, {})}
    message, span = record.getMessage(), trace.get_current_span().get_span_context()
    severity_text, severity_number = _severity(record.levelno)
    return LogEvent(
        time_unix_nano=int(record.created * 1e9),
        level=record.levelname.lower(),
        severity_text=severity_text,
        severity_number=severity_number,
        message=message,
        logger_name=record.name,
        component=str(fields.pop("component", record.name)),
        action=str(fields.pop("action", message if is_structlog else record.funcName or "")),
        trace_id=f"{span.trace_id:032x}" if span.is_valid else "",
        span_id=f"{span.span_id:016x}" if span.is_valid else "",
        trace_flags=span.trace_flags,
        fields={**current_story_ids().as_attributes(), **_redact(fields)},
        error=_error(record),
    )


def _extras(own: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in own.items() if key not in _OWN_ATTRIBUTES}


def _redact(fields: dict[str, Any], depth: int = MAX_DEPTH) -> dict[str, Any]:
    return {key: _redact_value(str(key), value, depth) for key, value in fields.items()}


def _redact_value(key: str, value: Any, depth: int) -> Any:
    if isinstance(value, bool | int | float) or value is None:
        return value  # a count of tokens is no token
    if _SECRET.search(key):
        return REDACTED
    if not isinstance(value, dict | list | tuple):
        return value
    if not depth:
        return TOO_DEEP
    if isinstance(value, dict):
        return _redact({str(name): item for name, item in value.items()}, depth - 1)
    return [_redact_value("", item, depth - 1) for item in value]


def _severity(level: int) -> tuple[str, int]:
    for lowest, text, number in _SEVERITIES + _LOW_SEVERITIES:
        if level >= lowest:
            return text, number
    return "", semconv.STATUS_UNSET


def _error(record: logging.LogRecord) -> LoggedError | None:
    if not record.exc_info or record.exc_info[0] is None:
        return None
    kind, error, frames = record.exc_info
    stack = "".join(traceback.format_exception(kind, error, frames))
    return LoggedError(kind.__qualname__, str(error), stack[-MAX_STACK_TRACE:])
