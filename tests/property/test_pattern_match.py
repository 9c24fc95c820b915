"""The matcher against a search of all ways: slow, and obviously what the rule says."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from correlator.explain.pattern.event import PatternEvent
from correlator.explain.pattern.match import find_match
from correlator.explain.pattern.rule import ANY, SEQUENCE, Rule, Step
from tests.unit.explain.pattern.events import S, event, rule, step

SYSTEMS = ("n8n", "bridge", "worker")
STEPS = st.builds(
    step,
    st.sampled_from(("", *SYSTEMS)),
    st.sampled_from(("", "exception", "log")),
    is_optional=st.booleans(),
    is_absent=st.booleans(),
)
EVENTS = st.lists(
    st.builds(event, st.integers(0, 9), st.sampled_from(SYSTEMS), st.sampled_from(("exception", "log")), span_id=st.sampled_from("ab")),
    max_size=7,
)  # fmt: skip


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """Up to three steps, of which one must be there; some optional or absent."""
    steps = [
        replace(each, is_absent=each.is_absent and not each.is_optional)
        for each in draw(st.lists(STEPS, min_size=1, max_size=3))
    ]
    steps[0] = replace(steps[0], is_optional=False, is_absent=False)
    order = draw(st.sampled_from((ANY, SEQUENCE)))
    services = draw(st.integers(1, 2)) if order == ANY else 1
    return rule(
        *steps, within_s=draw(st.integers(1, 6)), order=order, min_count=draw(st.integers(1, 2)), min_services=services
    )


@settings(max_examples=600, deadline=None)
@given(rules(), EVENTS)
def test_finds_what_a_search_of_all_ways_finds(a_rule: Rule, events: list[PatternEvent]) -> None:
    """The same place, or none."""
    found = find_match(a_rule, events)
    place = None if found is None else (found.start_unix_nano, found.end_unix_nano)
    assert place == reference(a_rule, events)


@settings(deadline=None)
@given(rules(), EVENTS.flatmap(lambda events: st.tuples(st.just(events), st.permutations(events))))
def test_the_order_of_events_is_irrelevant(a_rule: Rule, both: tuple[list[PatternEvent], list[PatternEvent]]) -> None:
    """And so are repetitions; the input is left as it was."""
    events, shuffled = both
    before = list(shuffled)
    assert find_match(a_rule, events) == find_match(a_rule, [*shuffled, *shuffled])
    assert shuffled == before


def reference(a_rule: Rule, events: Sequence[PatternEvent]) -> tuple[int, int] | None:
    """Of all places, the one that ends first; of those that end then, the shortest; unless an absent event is near it."""
    events = list(set(events))
    fitting = [each for each in events if any(one.fits(each) for one in a_rule.required)]
    times = sorted({each.time_unix_nano for each in fitting})
    for end in times:
        starts = [
            start
            for start in times
            if start <= end <= start + a_rule.within_nano and holds(a_rule, fitting, start, end)
        ]
        if starts and not spoilt(a_rule, events, max(starts), end):
            return max(starts), end
    return None


def holds(a_rule: Rule, fitting: Sequence[PatternEvent], start: int, end: int) -> bool:
    inside = [each for each in fitting if start <= each.time_unix_nano <= end]
    if len({each.service_name for each in inside}) < a_rule.min_services:
        return False
    wanted = list(a_rule.required) * a_rule.min_count
    return any(_serves(a_rule, wanted, chosen, end) for chosen in permutations(inside, len(wanted)))


def _serves(a_rule: Rule, wanted: Sequence[Step], chosen: Sequence[PatternEvent], end: int) -> bool:
    if not all(one.fits(each) for one, each in zip(wanted, chosen, strict=True)):
        return False
    times = [each.time_unix_nano for each in chosen]
    return a_rule.order == ANY or (times == sorted(times) and times[-1] == end)


def spoilt(a_rule: Rule, events: Sequence[PatternEvent], start: int, end: int) -> bool:
    absent = [one for one in a_rule.steps if one.is_absent]
    return any(
        one.fits(each) and end - a_rule.within_nano <= each.time_unix_nano <= start + a_rule.within_nano
        for one in absent
        for each in events
    )


def test_the_reference_sees_what_it_should() -> None:
    """A check on the check."""
    events = [event(0, "n8n"), event(2, "worker"), event(9, "worker")]
    assert reference(rule(step("n8n"), step("worker"), within_s=5), events) == (0, 2 * S)
    assert reference(rule(step("worker"), step("n8n"), order=SEQUENCE), events) is None
