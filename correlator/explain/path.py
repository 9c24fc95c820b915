"""The way from the outermost failure inward to the cause, with the components that it passed through."""

from collections.abc import Iterator
from typing import Final

from correlator.correlate.operation import operation_of
from correlator.explain.call_tree import CallTree
from correlator.explain.suspect import Suspect
from correlator.model.error_chain import ErrorLink
from correlator.model.finding import PathStep
from correlator.model.span import Span

VICTIM: Final = "victim"
CAUSE: Final = "cause"
PASSED_THROUGH: Final = "passed_through"
STEPS: Final = 50
"""Of a longer path the outer and the inner half of so many are given."""


def path_of(tree: CallTree, suspect: Suspect) -> tuple[PathStep, ...]:
    """Victims outermost first, what lies between them though it did not fail, and the suspect last.

    Of spans that only pass the call on, each component is named once, and not where a failing span next to it names it.
    """
    steps: list[PathStep] = []
    for link in suspect.victims:
        steps += _passed_through(tree, steps, link.span_id, link.service_name)
        steps.append(_victim(tree, link))
    cause_span_id = None if suspect.hearsay else suspect.link.span_id
    if cause_span_id is not None:
        steps += _passed_through(tree, steps, cause_span_id, suspect.component)
    trace_id = _trace_id(tree.span(cause_span_id))
    steps.append(PathStep(suspect.component, suspect.operation, suspect.system, cause_span_id, CAUSE, trace_id))
    return tuple(steps if len(steps) <= STEPS else [*steps[: STEPS // 2], *steps[-STEPS // 2 :]])


def _victim(tree: CallTree, link: ErrorLink) -> PathStep:
    trace_id = _trace_id(tree.span(link.span_id))
    return PathStep(link.service_name, link.operation, link.system, link.span_id, VICTIM, trace_id)


def _trace_id(span: Span | None) -> str | None:
    return None if span is None else span.trace_id


def _passed_through(tree: CallTree, steps: list[PathStep], span_id: str, component: str) -> list[PathStep]:
    if not steps or steps[-1].span_id is None:
        return []
    between = tree.between(steps[-1].span_id, span_id) or ()
    return list(_one_step_each(between, steps[-1].component, component))


def _one_step_each(spans: tuple[Span, ...], before: str, after: str) -> Iterator[PathStep]:
    last = before
    for span in spans:
        if span.service_name not in (last, after):
            yield PathStep(
                span.service_name, operation_of(span), span.system, span.span_id, PASSED_THROUGH, span.trace_id
            )
        last = span.service_name
