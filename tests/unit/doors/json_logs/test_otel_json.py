"""OpenTelemetry's log data model as JSON."""

import io
import json
from typing import Any

import pytest
from opentelemetry._logs import SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import ConsoleLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource

from correlator.doors.json_logs import LogEntry, read_entry, sniff
from correlator.doors.json_logs.severities import severity_number
from tests.unit.doors.json_logs.log_lines import CONSOLE, OTEL, SPAN_ID, TIME_UNIX_NANO, TRACE_ID


def read(document: dict[str, Any]) -> LogEntry:
    entry = read_entry(document)
    assert entry is not None
    return entry


@pytest.mark.parametrize("name", list(OTEL))
def test_every_spelling_says_the_same(name: str) -> None:
    """The SDKs' for Python and Go, the data model's own, and a bare record of OTLP/JSON."""
    line = OTEL[name]
    entry = read(line)
    assert sniff(line) == "otel_json"
    assert (entry.body, entry.time_unix_nano, entry.severity_number) == ("boom 1", TIME_UNIX_NANO, 17)
    assert (entry.trace_id.hex(), entry.span_id.hex()) == (TRACE_ID, SPAN_ID)
    assert entry.attributes["n8n.execution.id"] == "3"
    assert entry.resource.get("service.name") == (None if name == "otlp_record" else "bridge")


def test_what_the_sdks_console_exporter_writes_today() -> None:
    """The real one, not a copy of its output."""
    out = io.StringIO()
    provider = LoggerProvider(resource=Resource({"service.name": "bridge"}), shutdown_on_exit=False)
    provider.add_log_record_processor(SimpleLogRecordProcessor(ConsoleLogRecordExporter(out=out)))
    logger = provider.get_logger("orders")
    logger.emit(
        timestamp=TIME_UNIX_NANO, severity_number=SeverityNumber.WARN, body={"left": 0}, attributes={"job_id": "job-1"},
        event_name="stock.empty",
    )  # fmt: skip
    provider.shutdown()
    entry = read(json.loads(out.getvalue()))
    assert (entry.body, entry.severity_number, entry.event_name) == ({"left": 0}, 13, "stock.empty")
    assert (entry.time_unix_nano, entry.trace_id) == (TIME_UNIX_NANO, b"")
    assert entry.attributes["correlator.job.id"] == "job-1"
    assert entry.resource["service.name"] == "bridge"


def test_values_of_otlp_are_read_as_what_they_say() -> None:
    """Lists, maps, and integers written as text."""
    bag = {"kvlistValue": {"values": [{"key": "n", "value": {"intValue": "-7"}}]}}
    entry = read(CONSOLE | {"body": {"arrayValue": {"values": [bag, {"boolValue": True}]}}})
    assert entry.body == [{"n": -7}, True]


@pytest.mark.parametrize("number", [0, 25, "17", True, None, 9.0])
def test_a_severity_that_is_no_number_of_the_scale_is_read_from_its_text(number: Any) -> None:
    """As where it is not given."""
    assert read(CONSOLE | {"severity_number": number, "severity_text": "Warning"}).severity_number == 13


@pytest.mark.parametrize(
    ("level", "number"),
    [
        ("TRACE", 1), (" debug ", 5), ("Info", 9), ("notice", 10), ("warn", 13), ("warning", 13), ("error", 17),
        ("alert", 19), ("fatal", 21), ("CRITICAL", 21), ("WARN3", 15), ("FATAL4", 24), ("loud", 0), (30, 0), (None, 0),
    ],
)  # fmt: skip
def test_severities_are_those_of_the_data_models_appendix(level: Any, number: int) -> None:
    """0 for what is no name of one."""
    assert severity_number(level) == number
