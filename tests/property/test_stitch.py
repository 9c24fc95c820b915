"""Stitching is a function of the set of records: not of their order, their repetition or how they are split."""

import json
from collections import Counter
from collections.abc import Sequence
from random import Random

import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given, settings
from hypothesis import strategies as st

from correlator import semconv
from correlator.correlate.error_chain import error_chains
from correlator.correlate.stitch import UNMEASURED, join_keys, stitch, story_trace
from correlator.correlate.stitch.facts import log_facts, span_facts
from correlator.correlate.stitch.ladder import Ladder
from correlator.correlate.stitch.loose_logs import joined_logs
from correlator.correlate.stitch.scene import Scene
from correlator.correlate.stitch.shared_keys import shared_keys
from correlator.explain import explain_trace
from correlator.model.marks import Mark
from correlator.model.story import Story
from correlator.model.tables import Tables
from correlator.model.unique_spans import unique_spans
from tests.unit.correlate.stitch.records import Row, execution, log, span, tables, trace_id

TRACES = st.sampled_from(["t", "u", "v", "w", "x"])
LABELS = st.sampled_from(["a", "b", "c"])
TIMES = st.sampled_from([0, 100, 400, 2_000, 6_000, 400_000, 4_000_000])
NAMES = st.sampled_from([semconv.N8N_WORKFLOW_SPAN, semconv.N8N_NODE_SPAN, "POST"])
NO_ATTRIBUTES: dict[str, str] = {}
ATTRIBUTES = st.just(NO_ATTRIBUTES) | st.fixed_dictionaries(
    {},
    optional={
        semconv.N8N_EXECUTION_ID: st.sampled_from(["1", "2"]),
        semconv.N8N_WORKFLOW_ID: st.sampled_from(["w1", "w2"]),
        semconv.N8N_EXECUTION_RETRY_OF: st.sampled_from(["1", "2"]),
        semconv.N8N_EXECUTION_PARENT_ID: st.sampled_from(["1", "2"]),
        semconv.N8N_NODE_TYPE: st.sampled_from(["n8n-nodes-base.httpRequest", "n8n-nodes-base.webhook"]),
        semconv.JOB_ID: st.sampled_from(["j1", "j2"]),
        semconv.JOB_IDEMPOTENCY_KEY: st.sampled_from(["k1", "k2"]),
        semconv.PAYLOAD_HASH: st.sampled_from(["p1", ["p1", "p2"]]),
        semconv.URL_FULL: st.sampled_from(["http://bridge/jobs", "http://bridge/other"]),
        semconv.URL_PATH: st.just("/jobs"),
    },
)


@st.composite
def any_span(draw: st.DrawFn) -> Row:
    """Few ids, so that doubles, orphans, cycles and ambiguity are frequent."""
    start = draw(TIMES)
    return span(
        draw(TRACES),
        draw(LABELS),
        draw(st.sampled_from(["n8n", "bridge", "worker"])),
        parent=draw(st.none() | LABELS),
        name=draw(NAMES),
        kind=draw(st.sampled_from([1, 2, 4, 5])),
        at=(start, start + draw(st.sampled_from([-5, 10, 1_000]))),
        links=draw(st.lists(st.tuples(TRACES | st.just("lost"), LABELS), max_size=2)),
        instance=draw(st.sampled_from(["", "i1", "i2"])),
        marks=draw(st.sampled_from([0, int(Mark.RECONSTRUCTED)])),
        is_error=draw(st.booleans()),
        attributes=draw(ATTRIBUTES),
    )


@st.composite
def any_records(draw: st.DrawFn) -> list[Row]:
    told_in_order = enumerate(draw(st.lists(any_span(), max_size=12)))
    spans = [row | {"position": number} for number, row in told_in_order]  # of doubles alike, the first to come is kept
    logs = [
        log(
            number,
            draw(st.sampled_from(["n8n", "worker"])),
            trace=draw(st.none() | TRACES),
            at=draw(TIMES),
            attributes=draw(ATTRIBUTES),
        )
        for number in range(draw(st.integers(0, 4)))
    ]
    return [*spans, *logs]


def told(rows: Sequence[Row]) -> tuple[Story, ...]:
    return stitch(tables(rows), UNMEASURED)


@settings(max_examples=150, deadline=None)
@given(any_records(), st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_give_the_same_stories(rows: list[Row], random: Random) -> None:
    """Late, out of order, or sent again because an acknowledgement was lost."""
    again = rows + [random.choice(rows) for _ in rows]
    random.shuffle(again)
    stories = told(rows)
    assert told(again) == stories
    for story in stories:
        assert story_trace(story, tables(again), UNMEASURED) == story_trace(story, tables(rows), UNMEASURED)


@settings(deadline=None)
@given(any_records(), st.integers(0, 16))
def test_any_split_into_tables_gives_the_same_stories(rows: list[Row], cut: int) -> None:
    """In however many chunks Arrow holds them."""
    parts = [tables(rows[:cut]), tables(rows[cut:])]
    spans = pa.concat_tables([part.spans for part in parts])
    logs = pa.concat_tables([part.logs for part in parts])
    assert stitch(Tables(spans, logs), UNMEASURED) == told(rows)


@settings(max_examples=400, deadline=None)
@given(any_records())
def test_what_is_left_unread_changes_nothing(rows: list[Row]) -> None:
    """Rules that look at every span come to the same: traces that share no key and bystanders matter to none of them."""
    records = tables(rows)
    shared = shared_keys(join_keys(records))
    logs = records.logs.filter(pc.is_in(records.logs["position"], value_set=shared.logs["position"]))
    scene = Scene(span_facts(unique_spans(records.spans)), log_facts(logs))
    ladder = Ladder()
    ladder.climb(scene, shared.payloads)
    stories = told(rows)
    assert {edge for story in stories for edge in story.edges} == set(ladder.edges(UNMEASURED))
    assert {edge for story in stories for edge in story.possible_edges} == set(ladder.possible_edges(UNMEASURED))
    joined = {log for story in stories for log in story.logs}
    assert joined == set(joined_logs(scene, ladder.stories, UNMEASURED))


@settings(max_examples=150, deadline=None)
@given(any_records())
def test_every_trace_is_in_one_story_and_stories_are_whole(rows: list[Row]) -> None:
    """Edges lead from trace to trace within a story, and connect it; possible ones lead out of it."""
    stories = told(rows)
    traces = {row["trace_id"].hex() for row in rows if row["trace_id"] is not None}
    assert Counter(it for story in stories for it in story.trace_ids) == Counter(traces)
    assert [story.story_id for story in stories] == sorted(story.trace_ids[0] for story in stories)
    for story in stories:
        assert list(story.trace_ids) == sorted(story.trace_ids)
        assert reached(story) == set(story.trace_ids)
        for edge in story.possible_edges:
            assert len({edge.from_trace_id, edge.to_trace_id} & set(story.trace_ids)) == 1
        assert {joined.trace_id for joined in story.logs} <= set(story.trace_ids)


def reached(story: Story) -> set[str]:
    """The traces that edges connect with the story's first."""
    found, before = {story.story_id}, set[str]()
    while found != before:
        before = set(found)
        for edge in story.edges:
            pair = {edge.from_trace_id, edge.to_trace_id}
            assert len(pair) == 2
            assert pair <= set(story.trace_ids)
            found |= pair if pair & found else set()
    return found


@settings(max_examples=150, deadline=None)
@given(any_records(), TRACES)
def test_the_closure_of_a_trace_has_its_story(rows: list[Row], label: str) -> None:
    """The traces that share a key with it, and those that share one with them: what a store finds by find_joined."""
    closed = closure(rows, bytes.fromhex(trace_id(label)))
    assert of_trace(told(closed), label) == of_trace(told(rows), label)


def closure(rows: list[Row], trace: bytes) -> list[Row]:
    """The rows that a breadth-first search from a trace's keys finds, whole traces at a time."""
    keys_of = keys_of_rows(rows)
    traces, keys = {trace}, {f"trace:{trace.hex()}"}
    while True:
        inside = [i for i, row in enumerate(rows) if row["trace_id"] in traces or keys_of[i] & keys]
        more = keys.union(*(keys_of[i] for i in inside))
        named = {bytes.fromhex(key.removeprefix("trace:")) for key in more if key.startswith("trace:")}
        wider = traces | named | {rows[i]["trace_id"] for i in inside if rows[i]["trace_id"] is not None}
        more |= {f"trace:{it.hex()}" for it in wider}
        if (wider, more) == (traces, keys):
            return [rows[i] for i in inside]
        traces, keys = wider, more


def keys_of_rows(rows: list[Row]) -> list[set[str]]:
    """Of each row, in their order."""
    found = join_keys(tables([row | {"position": number} for number, row in enumerate(rows)]))
    keys: list[set[str]] = [set() for _ in rows]
    for key, number in zip(found["key"].to_pylist(), found["position"].to_pylist(), strict=True):
        keys[number].add(key)
    return keys


def of_trace(stories: Sequence[Story], label: str) -> list[Story]:
    return [story for story in stories if trace_id(label) in story.trace_ids]


@settings(deadline=None)
@given(any_records())
def test_records_of_another_story_change_nothing(rows: list[Row]) -> None:
    """They share no key, whatever else."""
    others = [
        span("other", "run", "n8n", name=semconv.N8N_WORKFLOW_SPAN, attributes=execution("99", "w1")),
        span("other too", "POST", "bridge", kind=2, at=(10, 20), attributes=execution("99", "w1")),
        log(77, "n8n", attributes=execution("99")),
    ]
    added = {trace_id("other"), trace_id("other too")}
    assert [story for story in told([*rows, *others]) if not added & set(story.trace_ids)] == list(told(rows))


@settings(deadline=None)
@given(any_records())
def test_a_story_can_be_explained(rows: list[Row]) -> None:
    """However odd; with a confidence that stays within its bounds."""
    for story in told(rows):
        trace = story_trace(story, tables(rows), UNMEASURED)
        with_spans = {it.trace_id for it in trace.spans}
        shown = [edge for edge in story.edges if {edge.from_trace_id, edge.to_trace_id} <= with_spans]
        assert len([edge for edge in trace.edges if edge.from_trace_id]) == len(shown)
        finding = explain_trace(trace, error_chains(trace))
        assert all(0 <= candidate.confidence <= 1 for candidate in finding.candidates)
        json.dumps(finding.summary)
