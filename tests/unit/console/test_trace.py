"""Stories as trees."""

from dataclasses import replace

from correlator.console import SHOWN_SPANS, trace_view
from correlator.model.span import Span
from correlator.model.trace import EXECUTION_ID, PAYLOAD, Edge, Trace
from tests.unit.console.printed import printed
from tests.unit.serve.api import TRACE_ID

OTHER_ID = "5" * 32


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


def test_a_spans_name_cannot_steer_the_terminal() -> None:
    """Neither as markup nor as a control sequence."""
    trace = Trace(TRACE_ID, (a_span(1, None, "[bold]x[/bold]\x1b]0;owned\x07"),), roots=(f"{1:016x}",))
    assert "[bold]x[/bold] ]0;owned" in printed(trace_view(trace))
