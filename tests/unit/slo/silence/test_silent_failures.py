"""Runs that n8n calls a success, or says nothing of."""

import pytest

from correlator.slo.silence import continued_on_error, empty_success, silent_failures, stuck_run
from correlator.slo.silence.run import Unlearned
from correlator.slo.silence.stuck_run import duration_limit
from tests.unit.slo.silence.runs import HOUR, S, hourly, run


def test_a_run_is_stuck_beyond_its_usual_time() -> None:
    """Ten seconds are usual: 70 are the most."""
    running = run(20 * HOUR, None)
    assert stuck_run(running, hourly(10), (20 * HOUR + 70) * S) is None
    stuck = stuck_run(running, hourly(10), (20 * HOUR + 71) * S)
    assert stuck is not None
    assert (stuck.kind, stuck.execution_id) == ("stuck", running.execution_id)
    assert stuck.at_unix_nano == (20 * HOUR + 70) * S
    assert stuck.reason == "runs for 71 s; 10 s is usual, and 70 s the most"


def test_a_run_that_stopped_was_stuck_all_the_same() -> None:
    """What was told while it ran stays true."""
    stuck = stuck_run(run(20 * HOUR, 600), hourly(10), 99 * HOUR * S)
    assert stuck is not None
    assert stuck.at_unix_nano == (20 * HOUR + 70) * S


def test_one_odd_run_does_not_raise_the_limit() -> None:
    """A mean would."""
    earlier = [*hourly(10), run(10 * HOUR, 5 * HOUR)]
    assert stuck_run(run(20 * HOUR, 600), earlier, 99 * HOUR * S) is not None


def test_runs_that_stray_may_take_longer() -> None:
    """Between one and nine minutes: half an hour is not reached."""
    earlier = [run(number * HOUR, 60 * (1 + number % 9)) for number in range(18)]
    assert stuck_run(run(20 * HOUR, 1_200), earlier, 99 * HOUR * S) is None


def test_too_few_runs_say_nothing_of_time() -> None:
    """Runs that stopped later do not count."""
    limit = duration_limit(run(3.5 * HOUR, None), hourly(10))
    assert limit == Unlearned("4 runs stopped before; 5 are needed to know how long one takes")
    assert stuck_run(run(3.5 * HOUR, None), hourly(10), 99 * HOUR * S) is None


def test_an_empty_success_is_told_where_items_are_usual() -> None:
    """With how usual they are."""
    empty = run(20 * HOUR, items=0)
    found = empty_success(empty, hourly(10))
    assert found is not None
    assert found.reason == "no items; 10 of the 10 successes before it had some"


@pytest.mark.parametrize(
    ("items", "is_success", "earlier"),
    [
        (5, True, hourly(10)),
        (None, True, hourly(10)),
        (0, False, hourly(10)),
        (0, True, hourly(9)),
        (0, True, [run(number * HOUR, items=number % 2) for number in range(20)]),
    ],
)
def test_otherwise_an_empty_run_is_nothing_special(items: int | None, is_success: bool, earlier: list) -> None:  # type: ignore[type-arg]
    """Items, unknown items, a failure, too few runs, or empty ones are common."""
    assert empty_success(run(20 * HOUR, items=items, is_success=is_success), earlier) is None


def test_ten_empty_runs_in_a_row_are_told_and_then_are_usual() -> None:
    """A hundred with items before them."""
    earlier = hourly(100)
    told = 0
    for number in range(100, 130):
        empty = run(number * HOUR, items=0)
        told += empty_success(empty, earlier) is not None
        earlier.append(empty)
    assert told == 11


def test_errors_passed_over_are_told() -> None:
    """By the nodes' names."""
    found = continued_on_error(run(0, failed=("d", "b", "a", "c", "a")))
    assert found is not None
    assert found.reason == "ended well though 'a', 'b', 'c' and 1 more failed"
    assert continued_on_error(run(0)) is None
    assert continued_on_error(run(0, failed=("a",), is_success=False)) is None


def test_one_run_may_fail_in_several_ways() -> None:
    """All are told; the order of earlier runs is irrelevant, and they are left as they were."""
    bad = run(200 * HOUR, 600, items=0, failed=("HTTP",))
    earlier = hourly(20)
    before = list(earlier)
    kinds = [each.kind for each in silent_failures(bad, earlier, 300 * HOUR * S)]
    assert kinds == ["stuck", "empty_success", "continued_on_error"]
    assert silent_failures(bad, earlier[::-1], 300 * HOUR * S) == silent_failures(bad, earlier, 300 * HOUR * S)
    assert earlier == before
    assert silent_failures(run(0), [], HOUR * S) == ()
