"""The two ways out of the log pipeline: JSON lines on a stream, and OTLP."""

import logging
from typing import TextIO

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.context import get_current
from opentelemetry.sdk._logs import LoggerProvider

from correlator.telemetry.delivery import is_exporting
from correlator.telemetry.log_event import LogEvent, read_log_event
from correlator.telemetry.log_format import LogFormat, Service, otel_attributes, to_json_line


class JsonLineFormatter(logging.Formatter):
    """Writes a record as one JSON line."""

    def __init__(self, log_format: LogFormat, service: Service) -> None:
        super().__init__()
        self._log_format = log_format
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        return to_json_line(self._log_format(read_log_event(record), self._service))


class OtlpLogHandler(logging.Handler):
    """Hands records to OpenTelemetry's logs.

    What is logged while telemetry is being sent stays out: else a failing export would feed itself.
    """

    def __init__(self, logger_provider: LoggerProvider) -> None:
        super().__init__()
        self._logger_provider = logger_provider

    def emit(self, record: logging.LogRecord) -> None:
        """Queue one record for export; never raises."""
        if is_exporting():
            return
        try:
            self._logger_provider.get_logger(record.name).emit(_otlp_record(read_log_event(record)))
        except Exception:  # the contract of logging.Handler: report it, do not break the program that logs
            self.handleError(record)


def json_line_handler(stream: TextIO, log_format: LogFormat, service: Service) -> logging.Handler:
    """Return a handler that writes JSON lines to `stream`."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLineFormatter(log_format, service))
    return handler


def _otlp_record(event: LogEvent) -> LogRecord:
    return LogRecord(
        timestamp=event.time_unix_nano,
        context=get_current(),
        severity_text=event.severity_text,
        severity_number=SeverityNumber(event.severity_number),
        body=event.message,
        attributes=otel_attributes(event),
    )
