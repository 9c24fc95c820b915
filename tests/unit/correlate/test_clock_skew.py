"""When the clocks are to blame, and when they are not."""

from dataclasses import replace

from correlator.correlate.clock_skew import clock_offsets
from correlator.model.marks import Mark
from correlator.model.span import Span
from tests.unit.correlate.story import MILLISECOND, span


def _offsets(*spans: Span) -> dict[str, int]:
    """Offsets in milliseconds; `spans` callers before callees."""
    parents = {one.span_id: one.parent_span_id for one in spans if one.parent_span_id}
    return {name: nano // MILLISECOND for name, nano in clock_offsets(spans, parents).items()}


def test_services_that_agree_are_left_alone() -> None:
    """Also where a child outlives its parent, or starts after it ended: that is asynchronous work."""
    assert _offsets(span("a", "bridge", end=50), span("b", "worker", parent="a", start=70, end=900)) == {}


def test_the_shift_is_the_smallest_that_lets_no_call_start_early() -> None:
    """Of two calls the one that seems earliest before its caller decides."""
    calls = [span("b", "worker", parent="a", start=95), span("c", "worker", parent="a", start=40)]
    assert _offsets(span("a", "bridge", start=100), *calls) == {"worker": 60}


def test_evidence_that_disagrees_shifts_nothing() -> None:
    """One call seems early, another does not: no clock explains both."""
    calls = [span("b", "worker", parent="a", start=40), span("c", "worker", parent="a", start=130)]
    assert _offsets(span("a", "bridge", start=100), *calls) == {}


def test_a_callee_is_measured_against_its_callers_corrected_time() -> None:
    """n8n calls the bridge, 100 ms behind; it calls the worker, right by n8n's clock."""
    spans = [
        span("a", "n8n", start=200),
        span("b", "bridge", parent="a", start=100),
        span("c", "worker", parent="b", start=210),
    ]
    assert _offsets(*spans) == {"bridge": 100}


def test_the_first_roots_service_is_the_reference() -> None:
    """What calls back into it cannot move it."""
    spans = [
        span("a", "n8n", start=100),
        span("b", "bridge", parent="a", start=100),
        span("c", "n8n", parent="b", start=50),
    ]
    assert _offsets(*spans) == {}


def test_a_span_without_a_time_of_its_own_proves_nothing() -> None:
    """Its start is that of its arrival, or out of range."""
    untimed = replace(span("b", "worker", parent="a", start=10), marks=int(Mark.TIME_OUT_OF_RANGE))
    assert _offsets(span("a", "bridge", start=100), untimed) == {}


def test_no_spans_have_no_offsets() -> None:
    """Empty in, empty out."""
    assert clock_offsets([], {}) == {}
