"""Where rules would have fit, in what is stored now."""

from collections.abc import Sequence

import pytest

from correlator.explain.pattern import Rule
from correlator.explain.pattern.document import read_document
from correlator.pipeline.slo.backtest.pattern_history import PatternHistory, pattern_history
from correlator.pipeline.stories.investigate import Investigator
from tests.unit.pipeline.patterns.test_patterns import DEPLOY, RELAY, SERVICE, STORY
from tests.unit.pipeline.watch.watched import Watched, span, trace_id, unix_nano

RULES = [written.rule for text in (STORY, SERVICE, DEPLOY) for written in read_document(text, "rules.yaml").rules]


@pytest.fixture
def past() -> Watched:
    """A store that nobody looks at until the end."""
    return Watched()


def told(past: Watched, rules: Sequence[Rule] = RULES, until_s: float = 10_000, most: int = 100) -> PatternHistory:
    return pattern_history(
        past.store, Investigator(past.store), rules, unix_nano(0), unix_nano(until_s), lambda what, done, of: None, most
    )


def found(history: PatternHistory) -> list[tuple[str, str]]:
    return [(each.match.rule_id, each.subject) for each in history.matches]


def test_a_failing_story_is_held_against_rules_once(past: Watched) -> None:
    """Though it failed in several of its services; by time."""
    for trace, at in ((1, 10.0), (2, 500.0)):
        past.now_s = at
        past.fail(trace)
    history = told(past)
    assert found(history) == [("worker-then-n8n", trace_id(1)), ("worker-then-n8n", trace_id(2))]
    assert (history.stories, history.is_whole) == (2, True)


def test_errors_of_a_service_match_when_the_last_of_them_came(past: Watched) -> None:
    """Three within a minute; the match is of that time, not of now."""
    for trace, at in ((1, 100.0), (2, 110.0), (3, 120.0)):
        past.now_s = at
        past.receive(span(trace, 1, None, "job", past.now_s, RELAY), service="worker")
    (match,) = told(past).matches
    assert (match.match.rule_id, match.scope, match.subject) == ("relay-down", "service", "worker")
    assert unix_nano(119.9) <= match.found_at_unix_nano <= unix_nano(121)


def test_only_what_was_complete_in_the_range_is_told(past: Watched) -> None:
    """The end is excluded."""
    past.now_s = 500.0
    past.fail(1)
    assert found(told(past, until_s=400)) == []


def test_the_number_of_stories_is_bounded_and_that_is_said(past: Watched) -> None:
    """The newest are read."""
    for trace in (1, 2, 3):
        past.now_s = trace * 100.0
        past.fail(trace)
    history = told(past, most=2)
    assert found(history) == [("worker-then-n8n", trace_id(2)), ("worker-then-n8n", trace_id(3))]
    assert not history.is_whole


def test_without_rules_nothing_is_read(past: Watched) -> None:
    """Nor matched."""
    past.fail(1)
    assert told(past, rules=[]) == PatternHistory((), 0, True)
