"""What a failing trace counts as: when, by which cause, and whom it hit."""

from correlator import semconv
from correlator.correlate.assemble import assemble
from correlator.correlate.error_chain import error_chains
from correlator.explain import explain_trace
from correlator.incidents.sighting import sighting_of
from tests.unit.correlate.story import MILLISECOND, START, TRACE_ID, span

LONG_AFTER = START + 10**12
GENERIC = ("NodeApiError", "The service was not able to process your request")


def _sighting(spans, arrival=LONG_AFTER):
    trace = assemble(TRACE_ID, spans)
    chains = error_chains(trace)
    return sighting_of(trace, chains, explain_trace(trace, chains), arrival)


def _workflow(label, name, parent=None, raised=GENERIC, **attributes):
    return span(
        label, "n8n", parent=parent, name=semconv.N8N_WORKFLOW_SPAN, raised=raised, start=0, end=100,
        attributes={semconv.N8N_WORKFLOW_NAME: name, **attributes},
    )  # fmt: skip


def test_tells_when_it_failed_first_and_whom_it_hit():
    """The worker's failure is the first; workflow, services and systems are those on the way."""
    told = _sighting(
        [
            _workflow("flow", "invoices"),
            span("api", "bridge", parent="flow", start=10, end=90, raised=("JobFailed", "job failed")),
            span("job", "worker", parent="api", start=20, end=70, raised=("DiskFull", "no space left")),
        ]
    )
    assert told is not None
    assert told.time_unix_nano == START + 70 * MILLISECOND
    assert (told.services, told.systems, told.workflows) == (
        ("bridge", "n8n", "worker"), ("bridge", "n8n", "worker"), ("invoices",),
    )  # fmt: skip
    assert told.cause_fingerprint == told.finding.candidates[0].fingerprint


def test_a_workflow_that_went_on_was_hit_too():
    """n8n reports success, only the bridge saw the failure."""
    told = _sighting(
        [
            _workflow("flow", "invoices", raised=None),
            span("api", "bridge", parent="flow", start=10, end=90, raised=("JobFailed", "tenant 7 is locked")),
        ]
    )
    assert told is not None
    assert told.workflows == ("invoices",)


def test_an_error_workflow_is_not_hit():
    """It runs because something failed, even when it then fails itself."""
    told = _sighting(
        [
            _workflow("flow", "invoices", raised=("WrappedExecutionError", "boom [line 2]")),
            _workflow("alarm", "on error", parent="flow", **{semconv.N8N_EXECUTION_MODE: "error"}),
        ]
    )
    assert told is not None
    assert told.workflows == ("invoices",)


def test_an_unknown_cause_has_a_fingerprint_all_the_same():
    """The same symptom again is the same incident."""
    spans = [_workflow("flow", "invoices")]
    first, again = _sighting(spans), _sighting(spans)
    assert first is not None and again is not None
    assert first.finding.abstained
    assert first.cause_fingerprint == again.cause_fingerprint != ""


def test_a_trace_in_which_nothing_failed_is_none():
    """There is nothing to count."""
    assert _sighting([_workflow("flow", "invoices", raised=None)]) is None


def test_no_failure_is_later_than_its_arrival():
    """A sender's clock may run ahead."""
    told = _sighting([_workflow("flow", "invoices")], arrival=START - 5)
    assert told is not None
    assert told.time_unix_nano == START - 5
