"""Executions that nobody hears of, and what is known again after a restart."""

import time
from dataclasses import replace
from threading import Event as Signal
from threading import Thread
from typing import Any

import pytest

from correlator import semconv
from correlator.doors.json_logs.entry import LogEntry
from correlator.doors.json_logs.otlp_records import LogBatch
from correlator.pipeline.stories.investigate import Investigator
from correlator.pipeline.watch.watch import Watch
from correlator.store.contract import IncidentQuery
from correlator.workflows.callback import TIMEOUT_EVENT
from tests.unit.doors.callbacks.followed import Followed
from tests.unit.doors.callbacks.recorded import error_triggers
from tests.unit.workflows.heard import at

STARTED = {"kind": "started", "execution_id": "7"}
HALF_AN_HOUR = 1_800.0


def test_a_silent_execution_is_recorded_and_told_once() -> None:
    """Not before its time, and not again."""
    followed = Followed()
    followed.receive(STARTED)
    followed.now_s = HALF_AN_HOUR - 1
    assert followed.silence.turn() == 0
    followed.now_s = HALF_AN_HOUR
    assert [followed.silence.turn() for _ in range(3)] == [1, 0, 0]
    assert followed.records() == 2
    assert followed.told() == ["workflow.w.started", "workflow.w.timed_out"]
    assert followed.statuses()[0].state == "timed_out"


def test_a_stop_does_not_wait_for_all_that_are_silent() -> None:
    """Each takes a write to disk, and there may be thousands; the next engine tells of the others."""
    followed = Followed()
    for execution in range(5):
        followed.receive(STARTED | {"execution_id": execution})
    followed.now_s = HALF_AN_HOUR
    stopping = iter((False, False, True))
    assert followed.silence.turn(lambda: next(stopping)) == 2
    followed.restart()
    assert followed.silence.turn() == 3


def test_no_restart_tells_a_timeout_again() -> None:
    """It is on record."""
    followed = Followed()
    followed.receive(STARTED)
    followed.now_s = HALF_AN_HOUR
    followed.silence.turn()
    followed.restart()
    assert followed.silence.turn() == 0
    assert followed.records() == 2


def test_a_timeout_that_no_engine_was_there_to_tell_is_told_by_the_next() -> None:
    """It looks back as far as executions are known."""
    followed = Followed()
    followed.receive(STARTED)
    followed.now_s = 3 * HALF_AN_HOUR
    followed.restart()
    assert followed.silence.turn() == 1


def test_a_late_completion_corrects_the_state() -> None:
    """The timeout stays on record: it was one."""
    followed = Followed()
    followed.receive(STARTED)
    followed.now_s = HALF_AN_HOUR
    followed.silence.turn()
    followed.receive({"kind": "completed", "execution_id": "7"})
    assert followed.statuses()[0].state == "completed"
    followed.restart()
    assert followed.statuses()[0].state == "completed"


def test_a_new_silence_after_a_sign_of_life_is_a_new_timeout() -> None:
    """Two timeouts of one execution."""
    followed = Followed()
    followed.receive(STARTED)
    followed.now_s = HALF_AN_HOUR
    assert followed.silence.turn() == 1
    followed.receive({"kind": "progress", "execution_id": "7", "progress": 0.5})
    followed.now_s = 2 * HALF_AN_HOUR
    assert followed.silence.turn() == 1
    assert followed.told().count("workflow.w.timed_out") == 2


def test_after_a_restart_the_same_is_known() -> None:
    """Every field, of everything that n8n's Error Trigger and the four kinds told."""
    followed = Followed()
    workflows = set()
    for second, request in enumerate(error_triggers()):
        followed.now_s = 400.0 + second
        workflow_id = request["body"]["workflow"]["id"]
        workflows.add(workflow_id)
        followed.receive(request["body"], workflow_id, request["headers"]["traceparent"])
    followed.receive(STARTED | {"trace_id": "ab" * 16})
    followed.receive({"kind": "progress", "execution_id": "7", "progress": 0.25, "message": "a quarter"})
    before = {workflow_id: followed.statuses(workflow_id) for workflow_id in workflows | {"w"}}
    followed.restart()
    assert {workflow_id: followed.statuses(workflow_id) for workflow_id in workflows | {"w"}} == before
    assert all(before.values())
    assert followed.told() == []


def test_after_a_restart_a_double_is_known() -> None:
    """By the uid on record."""
    followed = Followed()
    assert not followed.receive(STARTED).is_duplicate
    followed.restart()
    assert followed.receive(STARTED).is_duplicate
    assert followed.records() == 1


def test_what_is_older_than_its_time_to_live_is_not_recalled() -> None:
    """A day later nothing is known."""
    followed = Followed()
    followed.receive(STARTED)
    followed.now_s = 86_401
    followed.restart()
    assert followed.statuses() == ()


def test_a_timeout_opens_an_incident() -> None:
    """An ERROR record like any other."""
    followed = Followed()
    followed.receive(STARTED)
    followed.now_s = HALF_AN_HOUR
    followed.silence.turn()
    told: list[str] = []
    watch = Watch(
        followed.store, Investigator(followed.store), followed.metrics, threshold=1, window_s=300, quiet_s=900,
        settle_s=0, max_traces_per_turn=10, backlog=10, clock_unix_nano=followed._now,
        tell=lambda kind, incident: told.append(f"{kind} {incident.title}"),
    )  # fmt: skip
    watch.turn()
    (incident,) = followed.store.incidents(IncidentQuery()).incidents
    assert incident.root_cause.candidates[0].kind == "timeout"
    assert told == ["opened n8n w: ExecutionTimeout"]


def test_the_thread_survives_a_store_that_takes_nothing() -> None:
    """What was not told is told once the store takes it again: here it never does."""
    followed = Followed()
    followed.receive(STARTED)
    followed.now_s = HALF_AN_HOUR
    followed.store.close()
    stop = Signal()
    thread = Thread(target=followed.silence.run, args=(stop,))
    thread.start()
    stop.set()
    thread.join(30)
    assert not thread.is_alive()
    assert followed.silence._attempt("timeouts_not_told", followed.silence.turn) is False
    assert len(followed.executions.newly_silent()) == 1


@pytest.mark.parametrize(
    ("event_name", "attributes"),
    [
        (TIMEOUT_EVENT, {}),
        (TIMEOUT_EVENT, {semconv.N8N_WORKFLOW_ID: "w", semconv.N8N_EXECUTION_ID: "7", semconv.SILENT_SINCE: "noon"}),
        (
            "n8n.callback.progress",
            {semconv.N8N_WORKFLOW_ID: "w", semconv.N8N_EXECUTION_ID: "7", semconv.PROGRESS: "half"},
        ),
        ("n8n.callback.started", {semconv.N8N_EXECUTION_ID: ["7"], semconv.LOG_RECORD_UID: {"no": "text"}}),
    ],
)
def test_a_strangers_record_of_our_name_stops_no_restart(event_name: str, attributes: dict[str, Any]) -> None:
    """Anyone who sends logs may use it: what we know is recalled all the same, and timeouts are told."""
    followed = Followed()
    followed.receive(STARTED | {"kind": "progress", "progress": 0.5})
    stranger = LogBatch()
    stranger.add(LogEntry(body="", time_unix_nano=at(0), event_name=event_name, attributes=attributes))
    followed.recorder.submit(stranger.serialize(), "logs", "protobuf").result()
    followed.now_s = HALF_AN_HOUR
    followed.restart()
    assert followed.silence.turn() == 1
    assert followed.statuses()[0].progress == 0.5


def test_nobody_is_told_silent_before_all_is_recalled() -> None:
    """What is on record may say that it was heard of, or told already."""
    followed = Followed()
    followed.executions.limits = replace(followed.executions.limits, timeout_s=0.05)
    stop = Signal()
    looking = Thread(target=followed.silence.run, args=(stop,))
    looking.start()
    followed.receive(STARTED)
    followed.now_s = HALF_AN_HOUR
    time.sleep(0.3)
    assert followed.executions.newly_silent()
    followed.silence.follow(stop)
    until = time.monotonic() + 30
    while followed.executions.newly_silent():
        assert time.monotonic() < until
        time.sleep(0.02)
    stop.set()
    looking.join(30)
    assert not looking.is_alive()
