"""The pieces that a hand-made story is made of, and how joins of them are counted."""

from correlator import semconv
from correlator.correlate.stitch import UNMEASURED, stitch
from tests.corpus.joins import MethodCount, groups_by_story, groups_by_trace, held_out, joins_by_method, score_of
from tests.corpus.pairs import PairScore
from tests.corpus.recording import Label
from tests.corpus.units import units_of
from tests.unit.correlate.stitch.records import (
    consumer,
    execution,
    log,
    node,
    producer,
    server,
    span,
    span_id,
    tables,
    trace_id,
    workflow,
)

STORY = [
    workflow("t1", "run", "7"),
    node("t1", "call", "run"),
    server("t1", "served", parent="call"),
    span("t1", "check", "bridge", parent="served", kind=semconv.KIND_CLIENT),
    server("t2", "served again", attributes=execution("7")),
    producer("t2", "sent", "j1", parent="served again"),
    consumer("t2", "done", "j1", parent="sent"),
    span("t2", "step", "worker", parent="done"),
    server("t3", "health"),
]
LOGS = [log(1, "n8n", attributes=execution("7")), log(2, "n8n", attributes=execution("7")), log(3, "n8n")]
RECORDS = tables([*STORY, *LOGS])


def label(story: str, traces: tuple[str, ...] = (), executions: tuple[str, ...] = ()) -> Label:
    return Label(story, "none", "none", "wait", (), tuple(map(trace_id, traces)), executions)


LABELS = [label("a", ("t1", "t2"), ("7",)), label("b")]
UNITS = units_of(RECORDS, LABELS)


def test_a_unit_is_an_execution_a_served_call_or_an_attempt() -> None:
    """Two calls that the bridge served are two units, a call that it made is part of the one that made it."""
    spans = {(each.system, each.trace_id, each.name) for each in UNITS if each.trace_id}
    assert spans == {
        ("n8n", trace_id("t1"), span_id("run")),
        ("bridge", trace_id("t1"), span_id("served")),
        ("bridge", trace_id("t2"), span_id("served again")),
        ("worker", trace_id("t2"), span_id("done")),
        ("bridge", trace_id("t3"), span_id("health")),
    }


def test_what_an_event_log_tells_of_an_execution_is_one_unit() -> None:
    """All its lines together; a line that names no execution belongs to nobody, and is none."""
    (loose,) = [each for each in UNITS if not each.trace_id]
    assert (loose.system, loose.name, loose.truth) == ("n8n", "7", "a")
    assert loose.logs == {(1, 0), (2, 0)}


def test_truth_is_the_labels_and_what_no_case_started_is_a_story_of_its_own() -> None:
    """A health check that is joined with anything counts as joined wrongly."""
    by_trace = {each.trace_id: each.truth for each in UNITS}
    assert by_trace[trace_id("t1")] == by_trace[trace_id("t2")] == "a"
    assert by_trace[trace_id("t3")].startswith("nobody's")


def test_truth_of_a_trace_that_no_label_names_is_its_executions() -> None:
    """Of an execution that n8n's API alone told of, the trace id is the engine's own."""
    units = units_of(RECORDS, [label("a", (), ("7",))])
    assert {each.truth for each in units if (each.trace_id, each.system) == (trace_id("t1"), "n8n")} == {"a"}


def test_an_orphan_is_a_unit_below_the_parent_that_never_came() -> None:
    """Nodes of an execution that was killed: siblings of one parent are one piece."""
    orphans = [node("t", name, "lost") for name in ("one", "two")]
    (found,) = units_of(tables(orphans), [])
    assert (found.system, found.name) == ("n8n", span_id("lost"))


def test_trace_ids_alone_put_a_trace_together_and_leave_a_log_alone() -> None:
    """The naive way: its score has only the pairs within a trace."""
    assert score_of(UNITS, groups_by_trace(UNITS), {"a"}) == PairScore(joined=2, right=2, true=10)


def test_stitching_puts_the_story_together() -> None:
    """By the execution's id, which both traces and the event log name."""
    stories = stitch(RECORDS, UNMEASURED)
    assert score_of(UNITS, groups_by_story(UNITS, stories), {"a"}) == PairScore(joined=10, right=10, true=10)


def test_a_method_is_counted_once_for_each_join_and_is_wrong_where_truths_differ() -> None:
    """Two traces joined, and a log's execution joined to a trace; a wrong label shows as a wrong join."""
    stories = stitch(RECORDS, UNMEASURED)
    counts = joins_by_method(UNITS, stories, frozenset({"a"}))
    assert counts == {"same_trace_id": MethodCount(2, 2), "execution_id": MethodCount(2, 2)}
    apart = units_of(RECORDS, [label("a", ("t1",), ("7",)), label("b", ("t2",))])
    assert joins_by_method(apart, stories, frozenset({"b"}))["execution_id"] == MethodCount(1, 0)
    assert joins_by_method(apart, stories, frozenset()) == {}


def test_half_of_the_stories_is_held_out_by_seed_whatever_their_order() -> None:
    """The same half for the same stories."""
    labels = [label(f"s{number}") for number in range(11)]
    half = held_out(labels)
    assert len(half) == 5
    assert held_out(labels[::-1]) == half
    assert held_out(labels, seed=1) != half
