"""What is remembered of failing traces: bounded, and never more than is known."""

from correlator.correlate.assemble import assemble
from correlator.correlate.error_events import error_events
from correlator.incidents.error_groups import SeenError
from correlator.model.incident import WaitingTrace
from correlator.pipeline.watch.failing_traces import RELATIVES, FailingTraces
from correlator.pipeline.watch.waiting import ErrorArrival
from tests.unit.correlate.story import TRACE_ID, span

(FULL,) = error_events(assemble(TRACE_ID, [span("a", "worker", raised=("OSError", "full"))]))[:1]
(DOWN,) = error_events(assemble(TRACE_ID, [span("b", "bridge", raised=("OSError", "down"))]))[:1]

NOW = 2 * 10**18


def waiting(trace_id: str, position: int) -> WaitingTrace:
    return WaitingTrace(trace_id, position, NOW, NOW)


def hear(traces: FailingTraces, trace_id: str, position: int, *events) -> None:
    traces.hear(
        [ErrorArrival(trace_id, position, NOW)], [SeenError(trace_id, event.fingerprint, event) for event in events]
    )


def test_a_signature_is_the_set_of_errors_heard():
    """Over all turns, whatever their order, however often."""
    traces = FailingTraces()
    hear(traces, "a", 1, FULL)
    hear(traces, "a", 2, DOWN, DOWN)
    hear(traces, "b", 3, FULL, DOWN)
    hear(traces, "c", 4, FULL)
    first, second, third = (traces.signature_of(waiting(*each)) for each in (("a", 1), ("b", 3), ("c", 4)))
    assert first.groups == second.groups != third.groups
    assert first.first_error_unix_nano == min(FULL.time_unix_nano, DOWN.time_unix_nano)


def test_hearing_the_same_again_changes_nothing():
    """A turn that could not be committed is done again."""
    traces = FailingTraces()
    hear(traces, "a", 1, FULL)
    once = traces.signature_of(waiting("a", 1))
    hear(traces, "a", 1, FULL)
    assert traces.signature_of(waiting("a", 1)) == once


def test_no_signature_where_errors_may_be_missing():
    """Failed before, only recalled, not understood, or forgotten."""
    traces = FailingTraces(limit=4)
    hear(traces, "again", 1, FULL)
    traces.recall([ErrorArrival("recalled", 2, 0)])
    hear(traces, "recalled", 3, FULL)
    hear(traces, "broken", 4)
    hear(traces, "broken", 5, FULL)
    hear(traces, "forgotten", 6, FULL)
    for position, trace in enumerate(("again", "recalled", "broken", "new"), 7):
        hear(traces, trace, position, FULL)
    for trace, position in (("again", 7), ("recalled", 2), ("broken", 4), ("forgotten", 6)):
        assert traces.signature_of(waiting(trace, position)) is None
    assert traces.signature_of(waiting("new", 10)) is not None


def test_relatives_share_a_join_key():
    """Either of the two knows the other; a trace that was forgotten is nobody's relative."""
    traces = FailingTraces(limit=3)
    for position, trace in enumerate(("a", "b", "c")):
        hear(traces, trace, position, FULL)
    traces.note_keys([("a", "execution:17"), ("b", "execution:17"), ("c", "job:1"), ("unknown", "job:1")])
    assert [list(traces.relatives_of(each)) for each in "abc"] == [["b"], ["a"], []]
    hear(traces, "d", 9, FULL)
    assert list(traces.relatives_of("b")) == []


def test_of_a_key_that_very_many_share_the_first_relatives_are_given():
    """The traces of one poison job are not compared each with each."""
    traces = FailingTraces()
    for number in range(3 * RELATIVES):
        hear(traces, f"{number}", number, FULL)
    traces.note_keys((f"{number}", "job:1") for number in range(3 * RELATIVES))
    assert len(list(traces.relatives_of("0"))) == RELATIVES
