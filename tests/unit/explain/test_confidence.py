"""Confidence is a grading that evidence raises and the lack of it lowers."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from correlator import semconv
from correlator.explain.confidence import CEILING, with_competition
from correlator.model.span import Span


def without_stack(spans: list[Span]) -> list[Span]:
    return _with_cause(spans, lambda told: {k: v for k, v in told.items() if k != semconv.EXCEPTION_STACKTRACE})


def without_message(spans: list[Span]) -> list[Span]:
    return _with_cause(spans, lambda told: {k: v for k, v in told.items() if k != semconv.EXCEPTION_MESSAGE})


def without_exception(spans: list[Span]) -> list[Span]:
    return [replace(each, events=()) if each.service_name == "worker" else each for each in spans]


def without_outermost(spans: list[Span]) -> list[Span]:
    heads = [each for each in spans if each.service_name == "n8n"]
    return [each for each in spans if each is not (heads[0] if heads else None)]


def without_queue_span(spans: list[Span]) -> list[Span]:
    return [each for each in spans if each.kind != semconv.KIND_PRODUCER]


REMOVALS = (without_stack, without_message, without_exception, without_outermost, without_queue_span)


def _with_cause(spans: list[Span], change: Callable[[dict], dict]) -> list[Span]:
    def changed(each: Span) -> Span:
        return replace(
            each, events=tuple(replace(event, attributes=change(dict(event.attributes))) for event in each.events)
        )

    return [changed(each) if each.service_name == "worker" else each for each in spans]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(REMOVALS), max_size=6), st.sampled_from(REMOVALS))
def test_removing_evidence_never_raises_confidence(finding_of, story, removed, one_more):
    """Whatever was taken away before, taking more away does not make the worker's guilt surer."""
    spans = story
    for remove in removed:
        spans = remove(spans)
    assert _of_worker(finding_of(one_more(spans))) <= _of_worker(finding_of(spans))


def _of_worker(finding) -> float:
    return max((each.confidence for each in finding.candidates if each.component == "worker"), default=0.0)


def test_a_cause_with_everything_told_reaches_the_ceiling(finding_of, story):
    """Nothing speaks against the worker, and still it is not called certain."""
    assert finding_of(story).candidates[0].confidence == pytest.approx(CEILING)


def test_a_cause_that_failed_after_its_caller_is_doubted(finding_of, span):
    """The order contradicts the accusation."""
    early = [
        span("a", "shop", "order", None, (0, 100), "OrderFailed: card 1 expired", 90),
        span("b", "payment", "charge", "a", (10, 80), "CardExpired: card 1 expired", 70),
    ]
    late = [early[0], span("b", "payment", "charge", "a", (10, 200), "CardExpired: card 1 expired", 190)]
    assert _first(finding_of(late)) < _first(finding_of(early))


def test_an_independent_failure_competes(finding_of, span, story):
    """Two failures that matter as much and do not explain each other: it may be either."""
    rival = span("z", "mailer", "send", None, (0, 10), "RelayDenied: no relay for this sender", 5)
    assert _first(finding_of([*story, rival])) < _first(finding_of(story))


@given(st.floats(0, 1), st.lists(st.floats(0, 1)))
def test_competition_never_raises_a_grade(own, others):
    """Rivals can only lower it."""
    assert 0 <= with_competition(own, others) <= own


def _first(finding) -> float:
    return finding.candidates[0].confidence
