"""One trace, from the store to its explanation."""

import pytest

from correlator.errors import InvalidInput
from correlator.pipeline.stories.investigate import Investigator
from tests.unit.pipeline.watch.watched import Watched, trace_id


@pytest.fixture
def watched() -> Watched:
    watched = Watched()
    watched.fail(0xABC)
    return watched


def test_explains_a_trace_by_its_id(watched):
    """In either case of its digits."""
    investigator = Investigator(watched.store)
    finding = investigator.explain(trace_id(0xABC).upper())
    assert finding is not None
    assert finding.candidates[0].component == "worker"
    assert finding.trace_ids == (trace_id(0xABC),)


def test_puts_the_trace_together(watched):
    """All its spans, whichever requests they came in."""
    trace = Investigator(watched.store).trace(trace_id(0xABC))
    assert trace is not None
    assert [span.service_name for span in trace.spans] == ["n8n", "n8n", "worker"]


def test_an_unknown_trace_is_no_error(watched):
    """Absence is a normal answer."""
    investigator = Investigator(watched.store)
    assert investigator.trace(trace_id(1)) is None
    assert investigator.explain(trace_id(1)) is None


@pytest.mark.parametrize("text", ["", "abc", "0" * 32, "g" * 32, trace_id(1) + "0", "\x00" * 32])
def test_refuses_what_is_no_trace_id(watched, text):
    """And says what would be one."""
    with pytest.raises(InvalidInput, match="trace id"):
        Investigator(watched.store).explain(text)
