"""The state machine, row by row."""

from functools import reduce

import pytest

from correlator.model.execution import ExecutionState
from correlator.workflows.observation import Observation, of_execution
from correlator.workflows.status import ExecutionStatus, observe
from tests.unit.workflows.heard import S, at, heard

TIMEOUT = 30 * 60 * S


def status_of(*observations: Observation) -> ExecutionStatus:
    status = reduce(observe, observations, None)
    assert status is not None
    return status


@pytest.mark.parametrize(
    ("told", "state"),
    [
        (("started", "running"), "running"),
        (("running", "waiting"), "waiting"),
        (("waiting", "running"), "running"),
        (("started", "completed"), "completed"),
        (("completed", "started"), "completed"),
        (("completed", "running"), "completed"),
        (("completed", "failed"), "failed"),
        (("failed", "completed"), "failed"),
        (("failed", "running"), "failed"),
        (("failed", "canceled"), "canceled"),
        (("canceled", "failed"), "canceled"),
        (("canceled", "started"), "canceled"),
    ],
)
def test_the_table_of_the_docstring_holds_in_either_order_of_arrival(told: tuple[str, ...], state: str) -> None:
    """`told` by their own times; what arrives late counts at its time."""
    observations = [heard(each, second) for second, each in enumerate(told)]
    assert status_of(*observations).state == state
    assert status_of(*reversed(observations)).state == state


def test_silence_of_the_timeout_is_timed_out_until_something_is_heard() -> None:
    """A late completion corrects it, a late word revives it."""
    started = heard("started", 0)
    silent = status_of(started)
    assert silent.as_of(at(1_799.9), TIMEOUT).state == "started"
    assert silent.as_of(at(1_800), TIMEOUT).state == "timed_out"
    assert status_of(started, heard("completed", 1_900)).as_of(at(9_000), TIMEOUT).state == "completed"
    assert status_of(started, heard("running", 1_900)).as_of(at(2_000), TIMEOUT).state == "running"


def test_what_waits_and_what_only_n8n_told_of_is_never_silent() -> None:
    """A Wait node may wait for days; n8n's database says running of what hangs, too."""
    assert (
        status_of(heard("started", 0), heard("waiting", 1, is_sign_of_life=False)).as_of(at(9_000), TIMEOUT).state
        == "waiting"
    )
    assert status_of(heard("running", 0, is_sign_of_life=False)).as_of(at(9_000), TIMEOUT).state == "running"


def test_progress_message_and_error_are_the_latest_told() -> None:
    """Each by its own time."""
    status = status_of(
        heard("running", 2, progress=0.6, message="sixty"),
        heard("running", 1, progress=0.3),
        heard("failed", 3, error_type="ValueError", error_message="no"),
        heard("failed", 4, is_sign_of_life=False),
    )
    assert (status.progress, status.message, status.error_type, status.error_message) == (
        0.6,
        "sixty",
        "ValueError",
        "no",
    )
    assert (status.started_unix_nano, status.heard_unix_nano) == (at(1), at(4))


@pytest.mark.parametrize(
    ("word", "state"),
    [("new", "started"), ("running", "running"), ("waiting", "waiting"), ("success", "completed"), ("error", "failed"),
     ("crashed", "failed"), ("canceled", "canceled")],
)  # fmt: skip
def test_n8ns_own_words_are_states(word: str, state: str) -> None:
    """An end counts from when it stopped."""
    told = of_execution(ExecutionState("w", "1", word, at(0), at(5), "ab", "why"), at(9))
    assert told is not None
    assert told.state == state
    assert told.time_unix_nano == (at(5) if state in ("completed", "failed", "canceled") else at(9))


def test_a_word_that_n8n_did_not_have_is_left_out() -> None:
    """A newer n8n breaks nothing."""
    assert of_execution(ExecutionState("w", "1", "paused"), at(0)) is None


def test_a_status_keeps_the_beginning_of_long_texts() -> None:
    """The record has all of them."""
    status = status_of(heard("failed", 0, message="m" * 2_000, error_message="e" * 2_000))
    assert (len(status.message), len(status.error_message)) == (500, 500)
