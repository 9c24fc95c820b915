"""Callbacks over HTTP: what is answered, what is on record, and what status and events say then."""

import json
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI

from correlator.errors import Overloaded
from correlator.model.execution import ExecutionState
from correlator.model.rows import logs_of
from correlator.serve import problems
from correlator.workflows.event_bus import Event
from tests.unit.doors.callbacks.recorded import error_trigger
from tests.unit.serve.api import TRACE_ID, Api

PATH = "/api/v1/callbacks/w1"
STARTED = {"kind": "started", "execution_id": "7", "trace_id": TRACE_ID}


def topics(api: Api) -> list[str]:
    """Of all that was published."""
    with api.workflows.events.bus.subscribe("#", lambda: None, 0) as subscription:
        return [each.topic for each in subscription.take() if isinstance(each, Event)]


def records(api: Api) -> int:
    return api.store.stats().logs


def test_a_callback_is_answered_202_once_it_is_on_record(api: Api) -> None:
    """With what it is joined by."""
    answer = api.post(PATH, STARTED)
    assert answer.status_code == 202
    assert answer.json() == {"accepted": True, "execution_id": "7", "trace_id": TRACE_ID, "duplicate": False}
    (log,) = logs_of(api.store.read_trace(bytes.fromhex(TRACE_ID)).logs)
    assert log.attributes["n8n.execution.id"] == "7"


def test_the_error_triggers_payload_is_taken_as_n8n_sends_it(api: Api) -> None:
    """And the status says failed, with the reason."""
    request = error_trigger("3")
    workflow_id = request["body"]["workflow"]["id"]
    traceparent = request["headers"]["traceparent"]
    answer = api.post(f"/api/v1/callbacks/{workflow_id}", request["body"], traceparent=traceparent)
    assert (answer.status_code, answer.json()["trace_id"]) == (202, traceparent.split("-")[1])
    (execution,) = logs_of(api.store.read_trace(bytes.fromhex(answer.json()["trace_id"])).logs)
    assert execution.is_error
    assert topics(api) == [f"workflow.{workflow_id}.failed"]


def test_a_callback_sent_again_changes_nothing(api: Api) -> None:
    """Answered, recorded once, told once."""
    answers = [api.post(PATH, STARTED).json()["duplicate"] for _ in range(3)]
    assert answers == [False, True, True]
    assert records(api) == 1
    assert topics(api) == ["workflow.w1.started"]


def test_the_status_follows_the_callbacks(api: Api) -> None:
    """The last heard of first."""
    for body in (STARTED, {"kind": "progress", "execution_id": 7, "progress": 0.4, "message": "40 of 100"}):
        assert api.post(PATH, body).status_code == 202
    answer = api.get("/api/v1/status/w1")
    assert answer.status_code == 200
    (execution,) = answer.json()["executions"]
    assert (execution["state"], execution["progress"], execution["message"]) == ("running", 0.4, "40 of 100")
    assert execution["trace_id"] == TRACE_ID
    api.post(PATH, {"kind": "completed", "execution_id": "7"})
    api.post(PATH, {"kind": "started", "execution_id": "7", "message": "late"})
    assert api.get("/api/v1/status/w1").json()["executions"][0]["state"] == "completed"


def test_an_unknown_workflow_has_no_status(api: Api) -> None:
    """404, with the setting that may be why."""
    answer = api.get("/api/v1/status/nobody")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert "status_ttl" in answer.json()["detail"]


def test_what_n8n_itself_says_is_counted_and_told_once_a_change(api: Api) -> None:
    """The reconciler asks again and again."""
    executions = api.workflows.executions
    for _ in range(3):
        executions.observe_execution(ExecutionState("w1", "7", "running", started_unix_nano=1))
    executions.observe_execution(ExecutionState("w1", "7", "error", 1, None, TRACE_ID, "no such currency"))
    (execution,) = api.get("/api/v1/status/w1").json()["executions"]
    assert (execution["state"], execution["error_message"]) == ("failed", "no such currency")
    assert topics(api) == ["workflow.w1.running", "workflow.w1.failed"]


@pytest.mark.parametrize(
    ("body", "headers", "status", "reason"),
    [
        ({"kind": "done"}, {}, 400, "is none of started, progress, completed, failed"),
        (b"{", {}, 400, "no JSON"),
        (json.dumps(STARTED).encode(), {"content-type": "text/plain"}, 415, "Content-Type: application/json"),
        (b"x", {"content-encoding": "gzip"}, 415, "without Content-Encoding"),
        (b" " * (2**20 + 1), {}, 413, "callbacks.body"),
        (STARTED | {"workflow_id": "w2"}, {}, 400, "path names workflow"),
    ],
)
def test_a_refusal_is_a_problem_that_says_what_to_change(
    api: Api, body: Any, headers: dict[str, str], status: int, reason: str
) -> None:
    """Nothing of it is kept."""
    answer = api.post(PATH, body, **headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert reason in answer.json()["detail"]
    assert records(api) == 0
    assert topics(api) == []


@pytest.mark.parametrize("workflow_id", ["a.b", "-a", "a%20b", "x" * 129, "%00"])
def test_a_workflow_id_that_n8n_would_not_give_is_refused(api: Api, workflow_id: str) -> None:
    """By path and by name."""
    assert api.post(f"/api/v1/callbacks/{workflow_id}", STARTED).status_code == 400
    assert api.get(f"/api/v1/status/{workflow_id}").status_code == 400


def test_what_cannot_be_made_durable_is_not_accepted(api: Api) -> None:
    """503 to send again; then it is no duplicate."""
    api.store.close()
    answer = api.post(PATH, STARTED)
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers
    assert topics(api) == []
    labels = {"kind": "started", "answer": "unavailable"}
    assert api.metrics.registry.get_sample_value("correlator_callbacks_total", labels) == 1.0


def test_too_much_in_flight_is_answered_429(api: Api) -> None:
    """As the OTLP doors do."""
    app = FastAPI()
    problems.install(app)

    @app.get("/")
    def full() -> None:
        raise Overloaded("too many bytes in flight; send again later")

    answer = replace(api, app=app).get("/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
