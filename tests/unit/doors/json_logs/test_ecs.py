"""Elastic Common Schema."""

import json
import logging
from typing import Any

import pytest

from correlator.doors.json_logs import LogEntry, Unreadable, read_entry
from correlator.telemetry.log_event import read_log_event
from correlator.telemetry.log_format import Service, ecs_fields, otel_fields, to_json_line
from tests.unit.doors.json_logs.log_lines import ECS, ECS_NESTED, SPAN_ID, TIME, TIME_UNIX_NANO, TRACE_ID


def read(document: dict[str, Any]) -> LogEntry:
    entry = read_entry(document)
    assert entry is not None
    return entry


@pytest.mark.parametrize("line", [ECS, ECS_NESTED], ids=["dotted", "nested"])
def test_a_line_is_read_in_either_form(line: dict[str, Any]) -> None:
    """Under OpenTelemetry's names."""
    entry = read(line)
    assert (entry.body, entry.time_unix_nano) == ("no stock left", TIME_UNIX_NANO)
    assert (entry.severity_text, entry.severity_number, entry.scope_name) == ("ERROR", 17, "orders")
    assert (entry.trace_id.hex(), entry.span_id.hex()) == (TRACE_ID, SPAN_ID)
    assert entry.resource == {"service.name": "bridge"}
    assert {name: value for name, value in entry.attributes.items() if name != "log.record.uid"} == {
        "correlator.job.id": "job-12345678",
        "exception.message": "none of 7",
        "exception.stacktrace": "Traceback",
        "exception.type": "OutOfStock",
    }


def test_what_elastics_python_library_writes() -> None:
    """The example of its documentation, with what an agent adds."""
    entry = read(
        {
            "@timestamp": "2020-03-20T18:11:37.895Z", "log.level": "debug", "message": "Example message!",
            "ecs": {"version": "1.6.0"}, "http": {"request": {"method": "get"}}, "transaction": {"id": SPAN_ID},
            "trace": {"id": TRACE_ID}, "service": {"name": "app", "node": {"name": "app-1"}, "environment": "test"},
            "log": {"logger": "app", "origin": {"file": {"line": 14, "name": "test.py"}, "function": "func"},
                    "original": "Example message!"},
        }
    )  # fmt: skip
    assert (entry.severity_number, entry.span_id.hex(), entry.scope_name) == (5, SPAN_ID, "app")
    assert entry.resource == {
        "deployment.environment.name": "test", "service.instance.id": "app-1", "service.name": "app",
    }  # fmt: skip
    assert entry.attributes["code.line.number"] == 14
    assert entry.attributes["http.request.method"] == "get"
    assert "log.original" not in entry.attributes


def logged() -> logging.LogRecord:
    try:
        raise ValueError("none left")
    except ValueError as error:
        caught = (ValueError, error, error.__traceback__)
    record = logging.LogRecord("orders", logging.CRITICAL, __file__, 1, "no stock", (), caught, "reserve")
    vars(record)["n8n.execution.id"] = "3"
    return record


def test_both_formats_of_our_own_telemetry_say_the_same() -> None:
    """One event, written as ECS and as OpenTelemetry's."""
    event, service = read_log_event(logged()), Service("bridge", "bridge")
    ecs, otel = (read(json.loads(to_json_line(fields(event, service)))) for fields in (ecs_fields, otel_fields))
    shared = {
        "correlator.action": "reserve", "correlator.component": "orders", "exception.message": "none left",
        "exception.type": "ValueError", "n8n.execution.id": "3",
    }  # fmt: skip
    for entry in (ecs, otel):
        assert entry.resource == {"correlator.system": "bridge", "service.name": "bridge"}
        assert (entry.body, entry.severity_number, entry.scope_name) == ("no stock", 21, "orders")
        assert entry.attributes.items() >= shared.items()
        assert entry.attributes["exception.stacktrace"].startswith("Traceback")
    assert ecs.time_unix_nano == otel.time_unix_nano
    assert {"trace_id", "span_id", "system", "component"}.isdisjoint(ecs.attributes.keys() | otel.attributes.keys())


@pytest.mark.parametrize("trace_id", ["", "0" * 32, "not hex at all, but 32 letters!!", 7, "ab" * 8])
def test_a_trace_id_that_is_none_leaves_the_record_without(trace_id: Any) -> None:
    """And without a span; what was written stays to be seen."""
    entry = read(ECS | {"trace.id": trace_id})
    assert (entry.trace_id, entry.span_id) == (b"", b"")
    assert entry.attributes.get("trace.id") == (trace_id or None)


def test_of_two_spellings_the_dotted_counts() -> None:
    """Whatever their order."""
    line = ECS | {"log": {"level": "debug"}}
    assert read(line).severity_text == read(dict(reversed(line.items()))).severity_text == "ERROR"


@pytest.mark.parametrize(
    "time", [None, "", "soon", {"$date": 1}, "2026-13-01T00:00:00Z", -1, True, "2262-12-31T00:00:00Z"]
)
def test_a_line_without_a_time_is_refused(time: Any) -> None:
    """With the reason."""
    with pytest.raises(Unreadable) as raised:
        read_entry(ECS | {"@timestamp": time})
    assert raised.value.reason == "bad_time"


@pytest.mark.parametrize(
    "time",
    [
        TIME,
        "2026-11-21 04:06:00,079",
        "2026-11-21T05:06:00.079000000+0100",
        1795233960079,
        1795233960.079,
        "1795233960079000000",
    ],
)
def test_times_are_read_in_the_forms_that_loggers_write(time: Any) -> None:
    """To the nanosecond, where a float can say it."""
    assert abs(read(ECS | {"@timestamp": time}).time_unix_nano - TIME_UNIX_NANO) < 1_000


def test_what_nests_too_deep_for_a_name_stays_an_object() -> None:
    """Names do not grow without bound, however long their parts."""
    nested: Any = {"x": 1}
    for _ in range(12):
        nested = {"n": nested}
    entry = read(ECS | {"deep": nested, "k" * 300: {"inner": 1}})
    assert entry.attributes["deep" + ".n" * 8] == {"n": {"n": {"n": {"n": {"x": 1}}}}}
    assert entry.attributes["k" * 300] == {"inner": 1}
