"""Callbacks in any order, any number of times, and bodies of any content."""

import json
import random
from functools import reduce
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from correlator.doors.callbacks.otlp import callback_request
from correlator.errors import InvalidInput
from correlator.workflows.observation import Observation
from correlator.workflows.status import ExecutionStatus, observe
from tests.unit.doors.callbacks.followed import Followed
from tests.unit.doors.callbacks.recorded import NOW, error_triggers, read
from tests.unit.workflows.heard import T0, at

STATES = ["started", "running", "waiting", "completed", "failed", "canceled"]

observations = st.builds(
    Observation,
    st.just("w"),
    st.just("1"),
    st.sampled_from(STATES),
    st.integers(0, 5).map(at),
    is_sign_of_life=st.booleans(),
    started_unix_nano=st.none() | st.integers(0, 5).map(at),
    trace_id=st.sampled_from(["", "ab" * 16, "cd" * 16]),
    progress=st.none() | st.sampled_from([0.1, 0.5, 1.0]),
    message=st.sampled_from(["", "m", "n"]),
    error_message=st.sampled_from(["", "e", "f"]),
)


def status_of(told: list[Observation]) -> ExecutionStatus | None:
    return reduce(observe, told, None)


@given(st.lists(observations, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_any_order_and_any_doubles_give_the_same_status(told: list[Observation], chance: random.Random) -> None:
    """The state, and every other field."""
    again = told + chance.choices(told, k=len(told))
    chance.shuffle(again)
    assert status_of(again) == status_of(told)


@given(st.lists(observations, min_size=1, max_size=8))
def test_an_end_is_never_taken_back(told: list[Observation]) -> None:
    """The strongest end told is what is known."""
    ends = [state for state in ("canceled", "failed", "completed") if state in {each.state for each in told}]
    status = status_of(told)
    assert status is not None
    assert status.state == ends[0] if ends else not status.is_ended


bodies = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["started", "progress", "completed", "failed"]),
        "execution_id": st.sampled_from(["1", "2"]),
    },
    optional={
        "timestamp": st.integers(0, 9).map(lambda second: T0 + second * 10**9),
        "progress": st.sampled_from([0, 0.5, 1]),
        "message": st.sampled_from(["", "m"]),
        "trace_id": st.sampled_from(["ab" * 16]),
        "error": st.just({"type": "E", "message": "no"}),
    },
)


@settings(max_examples=20, deadline=None)
@given(st.lists(bodies, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_through_the_door_too_and_after_a_restart(sent: list[dict[str, Any]], chance: random.Random) -> None:
    """Sent once in order, or shuffled with doubles; then recalled from the store."""
    orderly, wild = Followed(), Followed()
    orderly.now_s = wild.now_s = 10
    for body in sent:
        orderly.receive(body)
    again = sent + chance.choices(sent, k=len(sent))
    chance.shuffle(again)
    for body in again:
        wild.receive(body)
    assert wild.statuses() == orderly.statuses()
    assert wild.records() == orderly.records()
    wild.restart()
    assert wild.statuses() == orderly.statuses()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


def attempt(written: bytes) -> None:
    """Refused with our error, or good for a record."""
    try:
        callback = read(written)
    except InvalidInput as refusal:
        assert len(str(refusal)) < 1_000
        return
    assert callback_request(callback, NOW).ByteSize() < 2**16


@settings(max_examples=300)
@given(
    st.sampled_from(["kind", "execution_id", "timestamp", "error", "progress", "trace_id", "result", "service"]),
    json_values,
)
def test_no_value_of_a_field_is_answered_but_by_a_record_or_a_refusal(field: str, value: Any) -> None:
    """Of the four kinds."""
    attempt(json.dumps({"kind": "failed", "execution_id": "1"} | {field: value}).encode())


@settings(max_examples=300)
@given(st.data())
def test_no_error_trigger_is_answered_but_by_a_record_or_a_refusal(data: st.DataObject) -> None:
    """Real payloads with one value anywhere replaced."""
    body = json.loads(json.dumps(data.draw(st.sampled_from(error_triggers()))["body"])) | {}
    place: Any = body
    while isinstance(place, dict) and place:
        key = data.draw(st.sampled_from(sorted(place)))
        if not isinstance(place[key], dict) or data.draw(st.booleans()):
            place[key] = data.draw(json_values)
            break
        place = place[key]
    body["workflow"] = {"id": "w1"} if data.draw(st.booleans()) else body.get("workflow")
    attempt(json.dumps(body).encode())


@given(st.binary(max_size=200))
def test_no_bytes_are_answered_but_by_a_refusal(written: bytes) -> None:
    """Hardly any are a callback."""
    attempt(written)
