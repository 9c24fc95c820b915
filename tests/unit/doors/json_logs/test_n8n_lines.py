"""n8n's event log and its JSON lines on stdout, whole files of a real one."""

import json
from collections import Counter
from typing import Any

import pytest

from correlator.doors.json_logs import LogEntry, Unreadable, read_entry, sniff
from tests.unit.doors.json_logs.log_lines import EVENT, STDOUT, TIME_UNIX_NANO, recorded

EVENTS = {
    "n8n.audit.cluster.instance-joined": 2,
    "n8n.audit.user.api.created": 1,
    "n8n.audit.workflow.activated": 14,
    "n8n.audit.workflow.created": 14,
    "n8n.audit.workflow.executed": 22,
    "n8n.node.finished": 52,
    "n8n.node.started": 52,
    "n8n.runner.task.requested": 2,
    "n8n.workflow.failed": 5,
    "n8n.workflow.started": 22,
    "n8n.workflow.success": 14,
}
PERSONAL = ("lab@example.test", "Lab Owner", "Lab", "Owner")


def read(document: dict[str, Any]) -> LogEntry:
    entry = read_entry(document)
    assert entry is not None
    return entry


def test_every_event_of_a_real_log_is_read() -> None:
    """200 events by kind; as many confirmations, that carry nothing."""
    entries = [read_entry(line) for line in recorded("n8nEventLog.log")]
    kept = [entry for entry in entries if entry]
    assert entries.count(None) == len(kept) == 200
    assert Counter(entry.event_name for entry in kept) == EVENTS
    assert len({entry.attributes["log.record.uid"] for entry in kept}) == 200
    assert {entry.event_name for entry in kept if entry.severity_number >= 17} == {"n8n.workflow.failed"}
    assert sum("n8n.execution.id" in entry.attributes for entry in kept) == 169
    assert all(entry.resource == {"correlator.source": "n8n_event_log", "service.name": "n8n"} for entry in kept)


def test_no_user_is_named() -> None:
    """n8n writes emails and names into events of audit, and into the project's name of all others."""
    for name in ("n8nEventLog.log", "queue_stdout_worker_info.jsonl"):
        lines = recorded(name)
        assert any(person in json.dumps(lines) for person in PERSONAL)
        for entry in filter(None, map(read_entry, lines)):
            values = {str(value) for value in (entry.body, *entry.attributes.values())}
            assert values.isdisjoint(PERSONAL)
            assert "@" not in json.dumps(sorted(values))


def test_a_failure_tells_execution_node_and_error() -> None:
    """The body is the error's message: it is what failures are grouped by."""
    entry = read(EVENT)
    assert (entry.body, entry.severity_text, entry.severity_number) == ("Bad gateway", "ERROR", 17)
    assert entry.time_unix_nano == TIME_UNIX_NANO
    assert entry.attributes == {
        "exception.message": "Bad gateway",
        "log.record.uid": "5c9214ae-90ac-450c-ad8d-28b841271689",
        "n8n.execution.id": "3",
        "n8n.execution.mode": "webhook",
        "n8n.execution.status": "error",
        "n8n.node.name": "Call Bridge",
        "n8n.node.type": "n8n-nodes-base.httpRequest",
        "n8n.workflow.id": "o5hk1",
        "n8n.workflow.name": "invoices",
    }


@pytest.mark.parametrize(
    ("event", "severity", "status"),
    [
        ("n8n.workflow.cancelled", "INFO", "canceled"),
        ("n8n.workflow.crashed", "ERROR", "crashed"),
        ("n8n.audit.user.login.failed", "WARN", None),
        ("n8n.queue.job.stalled", "WARN", None),
    ],
)
def test_severity_is_that_of_what_happened(event: str, severity: str, status: str | None) -> None:
    """A cancelled execution is no failure of the system, a wrong password none of an execution."""
    entry = read(EVENT | {"eventName": event, "payload": {}})
    assert (entry.severity_text, entry.attributes.get("n8n.execution.status")) == (severity, status)


@pytest.mark.parametrize(
    "change", [{"ts": None}, {"ts": "yesterday"}, {"eventName": 7.5}, {"ts": "0999-01-01T00:00:00Z"}]
)
def test_an_event_without_a_time_or_a_name_is_refused(change: dict[str, Any]) -> None:
    """It could be joined with nothing."""
    with pytest.raises(Unreadable):
        read_entry(EVENT | change)


@pytest.mark.parametrize(
    ("name", "executions", "severities"),
    [
        ("stdout_info_full.jsonl", 1, {"INFO": 13, "WARN": 4, "ERROR": 2}),
        ("queue_stdout_main_info.jsonl", 60, {"INFO": 58, "WARN": 2}),
        ("queue_stdout_worker_info.jsonl", 60, {"INFO": 60}),
    ],
)
def test_every_line_of_a_real_stdout_is_read(name: str, executions: int, severities: dict[str, int]) -> None:
    """Those of a queue all name their execution."""
    lines = recorded(name)
    entries = [read(line) for line in lines]
    assert {sniff(line) for line in lines} == {"n8n_stdout"}
    assert Counter(entry.severity_text for entry in entries) == severities
    assert sum("n8n.execution.id" in entry.attributes for entry in entries) == executions
    assert len({entry.attributes["log.record.uid"] for entry in entries}) == len(lines)


def test_an_error_in_a_message_is_taken_apart() -> None:
    """Its stack is no part of the body, and the bridge's job id joins it to the bridge."""
    (entry,) = (
        entry for entry in map(read, recorded("stdout_info_full.jsonl")) if "exception.type" in entry.attributes
    )
    assert entry.body.startswith('500 - "{')
    assert "\n" not in entry.body
    assert entry.attributes["exception.type"] == "AxiosError"
    assert entry.attributes["exception.message"] == "Request failed with status code 500"
    assert entry.attributes["exception.stacktrace"].count("\n    at ") == 17
    assert entry.attributes["correlator.job.id"] == "d251d3a9-640a-4489-936e-e6d9cf4da600"


@pytest.mark.parametrize(
    ("message", "attribute", "value"),
    [
        ("Execution 12 (job 3) finished", "n8n.execution.id", "12"),
        ("Execution with ID 12 was stopped", "n8n.execution.id", "12"),
        ("Execution failed", "n8n.execution.id", None),
        ("job_id=short", "correlator.job.id", None),
        ("job_id: 'job-12345678'", "correlator.job.id", "job-12345678"),
    ],
)
def test_ids_are_found_in_messages(message: str, attribute: str, value: str | None) -> None:
    """Where the fields have none."""
    metadata = {"file": "a.js", "timestamp": STDOUT["metadata"]["timestamp"]}  # type: ignore[index]
    assert read(STDOUT | {"message": message, "metadata": metadata}).attributes.get(attribute) == value


def test_the_job_of_n8ns_own_queue_is_not_the_bridges() -> None:
    """It counts from 1: so would others."""
    entry = read(recorded("queue_stdout_main_info.jsonl")[0])
    assert entry.attributes["n8n.queue.job.id"] == "1"
    assert "correlator.job.id" not in entry.attributes
