"""Moving recorded times: one constant a trace, the node over its real call."""

from itertools import pairwise

import pytest

from correlator.demo.rebase import Interval, shift_of_trace, shift_times, shift_to_cover
from correlator.demo.recording import RecordedTrace, load_recording, spans_of

NOW = 1_900_000_000_000_000_000
RECORDING = load_recording()


def times(trace: RecordedTrace, shift: int) -> list[int]:
    spans = spans_of(shift_times(trace.request, shift))
    return [time for span in spans for time in (span.start_time_unix_nano, span.end_time_unix_nano)]


def test_short_call_stays_where_it_was_in_its_node() -> None:
    """A call that fits keeps the recorded distance from the node's start."""
    assert shift_to_cover(Interval(100, 200), Interval(1_030, 1_040), recorded_call_unix_nano=130) == 900


def test_longer_call_is_still_covered() -> None:
    """A call that would end after its node is moved to end with it."""
    shift = shift_to_cover(Interval(100, 200), Interval(1_000, 1_090), recorded_call_unix_nano=190)
    assert (100 + shift, 200 + shift) == (990, 1_090)


def test_call_is_never_before_its_node() -> None:
    """A recorded call time before the node (another clock) does not put the call outside."""
    assert shift_to_cover(Interval(100, 200), Interval(1_000, 1_010), recorded_call_unix_nano=50) == 900


def test_call_that_does_not_fit_starts_with_its_node() -> None:
    """A call longer than its node's span starts with it."""
    assert shift_to_cover(Interval(100, 200), Interval(1_000, 5_000), recorded_call_unix_nano=150) == 900


@pytest.mark.parametrize("call_s", [0.001, 0.02, 0.5])
def test_every_recorded_call_starts_within_its_node(call_s: float) -> None:
    """Whatever the real calls took, the first starts inside its node."""
    played = Interval(NOW, NOW + round(call_s * 1e9))
    for trace in RECORDING:
        shift = shift_of_trace(trace, played)
        for call in trace.calls[:1]:
            node = next(span for span in spans_of(trace.request) if span.span_id.hex() == call.node_span_id)
            assert node.start_time_unix_nano + shift <= NOW <= node.end_time_unix_nano + shift


def test_trace_without_calls_starts_when_played() -> None:
    """n8n's own failure has no call to go by."""
    trace = next(trace for trace in RECORDING if not trace.calls)
    assert min(times(trace, shift_of_trace(trace, Interval(NOW, NOW)))) == NOW


def test_shifting_keeps_all_distances_and_the_original() -> None:
    """Every time moves by the same amount, in a copy."""
    for trace in RECORDING:
        before = times(trace, 0)
        after = times(trace, 12_345)
        assert [b - a for a, b in pairwise(before)] == [b - a for a, b in pairwise(after)]
        assert after[0] - before[0] == 12_345
        assert times(trace, 0) == before


def test_shifting_moves_events_too() -> None:
    """An exception stays inside its span."""
    for trace in RECORDING:
        for span in spans_of(shift_times(trace.request, NOW - trace.start_unix_nano)):
            for event in span.events:
                assert span.start_time_unix_nano <= event.time_unix_nano <= span.end_time_unix_nano
