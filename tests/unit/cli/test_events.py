"""`correlator status` and `correlator events` against an API that really listens."""

import json
from collections.abc import Iterator

import pytest

from correlator.cli.event_lines import StreamEvent, read_events
from tests.unit.cli.conftest import Cli, listening
from tests.unit.serve.api import TRACE_ID, Api, make_api


@pytest.fixture
def told() -> Iterator[tuple[Api, str]]:
    """An API that was told of two executions."""
    api = make_api()
    api.post("/api/v1/callbacks/w1", {"kind": "progress", "execution_id": "7", "progress": 0.4, "message": "40 of 100"})
    error = {"type": "ValueError", "message": "currency XXX is unknown"}
    api.post("/api/v1/callbacks/w1", {"kind": "failed", "execution_id": "8", "trace_id": TRACE_ID, "error": error})
    with listening(api.app) as url:
        yield api, url
        api.workflows.events.bus.close()


def test_status_shows_state_progress_trace_and_reason(told: tuple[Api, str], cli: Cli) -> None:
    """The last heard of first."""
    result = cli("status", "w1", "--api", told[1])
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "workflow w1"
    assert lines[1].startswith("8  failed  ")
    assert TRACE_ID in result.stdout
    assert "ValueError: currency XXX is unknown" in result.stdout
    assert "7  running  40%" in result.stdout
    assert "40 of 100" in result.stdout


def test_status_as_json_is_the_apis_answer(told: tuple[Api, str], cli: Cli) -> None:
    """For scripts."""
    answer = json.loads(cli("status", "w1", "--api", told[1], "--json").stdout)
    assert [each["state"] for each in answer["executions"]] == ["failed", "running"]


def test_status_of_an_unknown_workflow_ends_with_1(told: tuple[Api, str], cli: Cli) -> None:
    """And says what may be why."""
    result = cli("status", "nobody", "--api", told[1])
    assert result.exit_code == 1
    assert "nothing heard of workflow nobody" in result.stderr


def test_events_shows_what_was_missed_and_each_event_on_a_line(told: tuple[Api, str], cli: Cli) -> None:
    """From before this engine began nothing is known."""
    result = cli("events", "--api", told[1], "--after", "0", "--limit", "3")
    assert result.exit_code == 0
    reset, progress, failed = result.stdout.splitlines()
    assert reset.startswith("events between 0 and ")
    assert progress.endswith("workflow.w1.progress  execution 7  40 of 100")
    assert failed.endswith("workflow.w1.failed  execution 8  ValueError: currency XXX is unknown")


def test_events_as_json_are_lines(told: tuple[Api, str], cli: Cli) -> None:
    """Only those that match."""
    result = cli("events", "--api", told[1], "--after", "0", "--topic", "#.failed", "--limit", "2", "--json")
    reset, event = (json.loads(line) for line in result.stdout.splitlines())
    assert reset["reset"]["lost_after"] == 0
    assert (event["topic"], event["data"]["execution_id"]) == ("workflow.w1.failed", "8")


def test_a_wrong_topic_ends_with_2_and_no_engine_with_3(told: tuple[Api, str], cli: Cli) -> None:
    """Nothing is waited for."""
    assert cli("events", "--api", told[1], "--topic", "a..b").exit_code == 2
    assert cli("events", "--api", "http://127.0.0.1:1").exit_code == 3


def test_a_block_that_is_not_whole_is_no_event() -> None:
    """Comments are left alone, an id alone moves the place."""
    lines = [": heartbeat", "id: 5", "", "event: reset", "id: 6", 'data: {"a":1}', "", "id: 7", 'data: {"b":2}']
    assert list(read_events(lines)) == [StreamEvent("", 5, None), StreamEvent("reset", 6, {"a": 1})]
