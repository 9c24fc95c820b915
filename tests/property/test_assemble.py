"""Assembling is a function of the set of records: not of their order, their repetition or their arrival in parts."""

from collections import Counter
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from correlator.correlate.assemble import assemble
from correlator.correlate.error_chain import error_chains
from correlator.model.span import LogRecord, Span
from tests.unit.correlate.story import TRACE_ID, log, span

LABELS = st.sampled_from("abcdefgh")
SERVICES = st.sampled_from(["n8n", "bridge", "worker"])
RAISED = st.sampled_from([None, None, ("ValueError", "no address"), ("HTTPError", "Bad Gateway"), ("OSError", "full")])


@st.composite
def any_span(draw: st.DrawFn) -> Span:
    """Few ids, so that doubles, cycles, orphans and links to anything are frequent; ends before starts, too."""
    label, service = draw(LABELS), draw(SERVICES)
    return span(
        label,
        service,
        parent=draw(st.none() | LABELS | st.just("missing")),
        kind=draw(st.integers(0, 5)),
        start=draw(st.integers(0, 20)),
        end=draw(st.integers(0, 30)),
        status=draw(st.integers(0, 2)),
        raised=draw(RAISED),
        attributes=draw(st.dictionaries(st.sampled_from(["x", "y"]), st.integers(0, 2))),
        links=tuple(draw(st.lists(LABELS, max_size=2))),
    )


@st.composite
def any_log(draw: st.DrawFn) -> LogRecord:
    on = draw(st.none() | LABELS)
    severity = draw(st.sampled_from([9, 17]))
    return log(
        draw(st.sampled_from(["up", "down"])), draw(SERVICES), on=on, at=draw(st.integers(0, 9)), severity=severity
    )


RECORDS = st.tuples(st.lists(any_span(), max_size=16), st.lists(any_log(), max_size=6))


@given(RECORDS, st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_give_the_same_trace(
    records: tuple[list[Span], list[LogRecord]], random: Random
) -> None:
    """Late, out of order, or sent again because an acknowledgement was lost."""
    spans, logs = records
    again = spans + [random.choice(spans) for _ in spans], logs + [random.choice(logs) for _ in logs]
    for of_kind in again:
        random.shuffle(of_kind)
    trace, other = assemble(TRACE_ID, spans, logs), assemble(TRACE_ID, *again)
    assert trace == other
    assert error_chains(trace) == error_chains(other)


@given(RECORDS, st.integers(0, 16))
def test_any_split_gives_the_same_trace(records: tuple[list[Span], list[LogRecord]], cut: int) -> None:
    """A part assembled before the rest came loses nothing: what it kept, with the rest, gives the whole."""
    spans, logs = records
    part = assemble(TRACE_ID, spans[:cut], logs[:cut])
    assert assemble(TRACE_ID, [*part.spans, *spans[cut:]], [*part.logs, *logs[cut:]]) == assemble(TRACE_ID, spans, logs)


@given(RECORDS)
def test_assembling_what_was_assembled_changes_nothing(records: tuple[list[Span], list[LogRecord]]) -> None:
    """Idempotent."""
    trace = assemble(TRACE_ID, *records)
    assert assemble(TRACE_ID, trace.spans, trace.logs) == trace


@given(RECORDS)
def test_every_span_is_in_exactly_one_place(records: tuple[list[Span], list[LogRecord]]) -> None:
    """Each id once among the spans, and once as a root or as somebody's child; all are reached from the roots."""
    trace = assemble(TRACE_ID, *records)
    ids = [one.span_id for one in trace.spans]
    children = [child for of_parent in trace.children.values() for child in of_parent]
    assert Counter([*trace.roots, *children]) == Counter(ids)
    reached = list(trace.roots)
    for span_id in reached:
        reached.extend(trace.children.get(span_id, ()))
    assert Counter(reached) == Counter({one.span_id for one in records[0]})


@given(RECORDS)
def test_no_edge_leads_to_or_from_a_span_that_is_not_here(records: tuple[list[Span], list[LogRecord]]) -> None:
    """Nor to itself, nor twice; what is missing is named, and is missing."""
    trace = assemble(TRACE_ID, *records)
    ids = {one.span_id for one in trace.spans}
    assert all(
        {edge.from_span_id, edge.to_span_id} <= ids and edge.from_span_id != edge.to_span_id for edge in trace.edges
    )
    assert len(set(trace.edges)) == len(trace.edges)
    assert set(trace.orphans) <= set(trace.roots)
    assert not set(trace.missing_parents) & ids


@given(RECORDS)
def test_spans_stand_in_the_order_of_their_corrected_starts(records: tuple[list[Span], list[LogRecord]]) -> None:
    """Ties by span id."""
    trace = assemble(TRACE_ID, *records)
    order = [(trace.start_of(one), one.span_id) for one in trace.spans]
    assert order == sorted(order)


@settings(max_examples=200)
@given(RECORDS)
def test_every_failing_span_starts_or_continues_at_most_one_chain(records: tuple[list[Span], list[LogRecord]]) -> None:
    """Chains are disjoint; there is one wherever a span failed, and its cause is a link of it."""
    trace = assemble(TRACE_ID, *records)
    chains = error_chains(trace)
    links = [link.span_id for chain in chains for link in chain.links]
    assert len(links) == len(set(links))
    assert bool(chains) >= any(one.is_error for one in trace.spans)
    assert all(not chain.links[chain.cause].is_echo for chain in chains)
