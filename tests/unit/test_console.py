"""Findings and traces as text."""

import io
from dataclasses import replace

import pytest
from rich.console import Console, RenderableType

from correlator.console import SHOWN_SPANS, duration, finding_view, plain, propagation_view, trace_view
from correlator.model.finding import Candidate, Evidence, Finding
from correlator.model.propagation import Advice, HopCoverage, Propagation
from correlator.model.span import Span
from correlator.model.trace import EXECUTION_ID, PAYLOAD, Edge, Trace
from tests.unit.serve.api import TRACE_ID, a_finding

OTHER_ID = "5" * 32


def printed(view: RenderableType) -> str:
    out = Console(file=io.StringIO(), width=80)
    out.print(view)
    return out.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def a_span(number: int, parent: int | None, name: str = "step") -> Span:
    parent_id = None if parent is None else f"{parent:016x}"
    return Span(
        TRACE_ID, f"{number:016x}", parent_id, name, 1, 0, 10, 0, "", False, {}, (), (), "worker", "worker", "", {}
    )


def a_chain(length: int) -> Trace:
    """Each span the child of the one before."""
    spans = tuple(a_span(number, number - 1 if number > 1 else None) for number in range(1, length + 1))
    children = {span.parent_span_id: (span.span_id,) for span in spans if span.parent_span_id}
    return Trace(TRACE_ID, spans, roots=(spans[0].span_id,), children=children)


def test_a_finding_fits_80_columns_and_has_every_part() -> None:
    """Readable in a pipe: no control sequences."""
    text = printed(finding_view(a_finding(), TRACE_ID))
    for part in ("confidence 80%", "inward", "Evidence", "Ruled out", "Missing signals", TRACE_ID):
        assert part in text
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text


def test_no_line_ends_in_blanks() -> None:
    """What is copied or piped carries no padding."""
    text = printed(finding_view(a_finding(), TRACE_ID))
    assert all(line == line.rstrip() for line in text.splitlines())


def test_an_expectation_is_shown_beside_a_quantity_that_differs_from_it() -> None:
    """An error's text speaks for itself."""
    evidence = (
        Evidence("exception", "api", "ValueError", expected="no error"),
        Evidence("timing", "api took", "900", expected="at most 500", unit="ms"),
        Evidence("structure", "deeper failures", "0", expected="0"),
    )
    candidate = Candidate("api", "GET /", "bridge", "timeout", 1.0, 0.8, "c1-0", "", "", evidence=evidence)
    text = printed(finding_view(Finding("api failed first.", False, (candidate,)), TRACE_ID))
    assert "api took: 900 ms (expected at most 500)" in text
    assert text.count("expected") == 1


def test_an_abstention_names_what_is_missing() -> None:
    """And shows no empty parts."""
    text = printed(finding_view(Finding("Nothing failed.", True, missing_signals=("no logs",)), TRACE_ID))
    assert "no logs" in text
    assert "inward" not in text
    assert "Evidence" not in text


def test_words_from_outside_cannot_steer_the_terminal() -> None:
    """Control sequences, markup and direction overrides come out as text."""
    assert plain("a\x1b[31mb\x00c\u202ed\r\ne").plain == "a [31mb c d e"
    trace = Trace(TRACE_ID, (a_span(1, None, "[bold]x[/bold]\x1b]0;owned\x07"),), roots=(f"{1:016x}",))
    assert "[bold]x[/bold] ]0;owned" in printed(trace_view(trace))


def test_a_node_of_n8n_is_called_by_its_own_name() -> None:
    """All its spans are called node.execute; an engineer looks for the node."""
    node = replace(a_span(1, None, "node.execute"), attributes={"n8n.node.name": "Call Bridge"})
    text = printed(trace_view(Trace(TRACE_ID, (node,), roots=(node.span_id,))))
    assert "Call Bridge" in text
    assert "node.execute" not in text


def test_a_trace_deeper_than_anyone_reads_is_cut_with_a_word() -> None:
    """Depth does not exhaust the stack."""
    text = printed(trace_view(a_chain(SHOWN_SPANS + 500)))
    assert "500 more spans: --json shows all" in text


def a_story(*edges: Edge, possible: tuple[Edge, ...] = ()) -> Trace:
    """Two traces: the second's span below the first's, by these edges."""
    first, second = a_span(1, None, "call"), replace(a_span(2, None, "serve"), trace_id=OTHER_ID)
    return Trace(
        TRACE_ID,
        (first, second),
        roots=(first.span_id, second.span_id),
        edges=edges,
        story_id=TRACE_ID,
        trace_ids=(TRACE_ID, OTHER_ID),
        possible_edges=possible,
        left_out=("what shares job:7: too many records carry it to join by",),
    )


def test_a_story_shows_where_the_trace_changes_and_what_joins_it() -> None:
    """A join is a line of its own: it never looks like a call within one trace."""
    edge = Edge(f"{1:016x}", f"{2:016x}", EXECUTION_ID, 0.99, TRACE_ID, OTHER_ID, 412)
    _, heading, caller, join, identifier, callee, *rest = printed(trace_view(a_story(edge))).splitlines()
    assert heading == "story of 2 traces"
    assert caller.startswith("worker call")
    assert join.startswith("└── joined by execution_id, measured 0.99: trace")
    assert identifier.strip() == OTHER_ID
    assert callee.strip().startswith("└── worker serve")
    assert any("too many records" in line for line in rest)


def test_joins_that_lead_in_a_circle_hide_no_span() -> None:
    """Each span is drawn once."""
    there, back = (f"{1:016x}", f"{2:016x}"), (f"{2:016x}", f"{1:016x}")
    edges = (
        Edge(*there, PAYLOAD, None, TRACE_ID, OTHER_ID),
        Edge(*back, PAYLOAD, None, OTHER_ID, TRACE_ID),
    )
    text = printed(trace_view(a_story(*edges)))
    assert (text.count("worker call"), text.count("worker serve")) == (1, 1)


def test_a_join_that_nobody_measured_says_so() -> None:
    """No figure is made up."""
    edge = Edge(f"{1:016x}", f"{2:016x}", PAYLOAD, None, TRACE_ID, OTHER_ID)
    assert "joined by payload, not measured" in printed(trace_view(a_story(edge)))


def test_possible_joins_are_listed_and_not_drawn() -> None:
    """By name where the span is here, by ids where it is not."""
    edge = Edge(f"{1:016x}", f"{9:016x}", PAYLOAD, None, TRACE_ID, "9" * 32)
    text = printed(trace_view(a_story(possible=(edge,))))
    assert "Possible joins, none of them chosen" in text
    assert "worker call to span 0000000000000009" in text


def test_propagation_fits_80_columns_and_names_what_mends_it() -> None:
    """A hop without a call has no share."""
    advice = Advice("n8n", "N8N_OTEL_TRACES_INJECT_OUTBOUND=true", "4 requests came without traceparent")
    hops = (
        HopCoverage("n8n_to_bridge", 100, 88, {"execution_id": 8, "payload": 1}, (advice,)),
        HopCoverage("worker_to_callback", 0, 0),
    )
    text = printed(propagation_view(Propagation(0, 900 * 10**9, 4200, True, hops)))
    assert "1970-01-01 00:00:00Z to 1970-01-01 00:15:00Z: 4200 spans, a sample of more" in text
    assert "88%" in text
    assert "8 execution_id, 1 payload" in text
    assert "N8N_OTEL_TRACES_INJECT_OUTBOUND=true (n8n)" in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(
    ("nanos", "expected"),
    [
        (0, "0 ns"),
        (999, "999 ns"),
        (1_500, "1.5 µs"),
        (250_000_000, "250 ms"),
        (1_234_000_000, "1.23 s"),
        (5 * 10**12, "5000 s"),
    ],
)
def test_a_duration_is_in_the_unit_that_reads_best(nanos: int, expected: str) -> None:
    """Three digits are enough."""
    assert duration(nanos) == expected
