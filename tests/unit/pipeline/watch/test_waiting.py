"""The queue of failing traces that are not still yet."""

from hypothesis import given
from hypothesis import strategies as st

from correlator.model.incident import WaitingTrace
from correlator.pipeline.watch.waiting import PATIENCE, ErrorArrival, enqueue, is_due, without

S = 1_000_000_000
arrivals = st.lists(st.builds(ErrorArrival, st.sampled_from("abcdefgh"), st.integers(0, 50), st.integers(0, 50)))


@given(arrivals, st.integers(1, 10), st.randoms())
def test_order_of_arrivals_is_irrelevant(errors, limit, chance):
    """Position decides who was first."""
    shuffled = list(errors)
    chance.shuffle(shuffled)
    assert enqueue((), shuffled, limit).skipped == enqueue((), errors, limit).skipped
    assert {each.trace_id for each in enqueue((), shuffled, limit).waiting} == {
        each.trace_id for each in enqueue((), errors, limit).waiting
    }


@given(arrivals, st.integers(1, 10))
def test_every_trace_waits_or_is_skipped(errors, limit):
    """None is lost, none is both, and the queue keeps its limit."""
    queue = enqueue((), errors, limit)
    assert len(queue.waiting) + queue.skipped == len({each.trace_id for each in errors})
    assert len(queue.waiting) <= limit


def test_those_that_wait_stay_when_the_queue_is_full():
    """A flood does not push out what came before it."""
    old = WaitingTrace("old", 1, 0, 0)
    queue = enqueue((old,), [ErrorArrival("new", 2, 5), ErrorArrival("old", 3, 7)], limit=1)
    assert queue.waiting == (WaitingTrace("old", 1, 0, 7),)
    assert queue.skipped == 1


def test_is_due_once_still_or_out_of_patience():
    """Also when the clock was set back."""
    waiting = WaitingTrace("a", 0, 0, 10 * S)
    assert not is_due(waiting, 11 * S, settle_s=2)
    assert is_due(waiting, 12 * S, settle_s=2)
    assert is_due(WaitingTrace("a", 0, 0, PATIENCE * 2 * S), PATIENCE * 2 * S, settle_s=2)
    assert is_due(waiting, 9 * S, settle_s=2)


def test_leaves_out_what_is_accounted_for():
    """And keeps the new entry of what waits on."""
    a, b, c = (WaitingTrace(name, 0, 0, 0) for name in "abc")
    heard = WaitingTrace("b", 0, 0, 5)
    assert without((a, b, c), {"a": None, "b": heard}) == (heard, c)
