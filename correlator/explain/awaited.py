"""Whom a caller was waiting for when it gave up, though that had not failed.

- a callee in another service that was still at work: the deepest, for all others waited for it;
- a job that was still in its queue: whoever took it only later, or its queue where nobody was seen to take it. Only where the
  caller says that it waited for a job, or the taker began while the callee was at work; else a job may have been queued by
  the way, and the caller waited for something that is not seen.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from correlator import semconv
from correlator.correlate.operation import operation_of
from correlator.correlate.unseen_callee import callee_named_by
from correlator.explain.call_tree import CallTree
from correlator.model.error_chain import ErrorLink
from correlator.model.span import Span

_SPEAKS_OF_JOB: Final = re.compile(r"\b(job|task|queue|worker|result|message|reply)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Awaited:
    """`span` was at work or took the job; None where nobody was seen to take it. `job` queued that job, None where none
    waited. `for_nano` is how long the caller had waited: for the callee, or for the job since it was queued."""

    component: str
    operation: str
    system: str
    span: Span | None
    job: Span | None
    for_nano: int


def awaited_by(tree: CallTree, link: ErrorLink) -> Awaited | None:
    """Whom the link was waiting for when its error came; None where that is not known."""
    gave_up, caller = tree.time_of(link.service_name, link.error.time_unix_nano), tree.span(link.span_id)
    if caller is None:
        return None
    callee = tree.deepest_at_work(link.span_id, gave_up)
    if callee is not None and callee.service_name != link.service_name:
        late = (job for job in _late_jobs(tree, callee, gave_up) if job.span and _starts_within(tree, job.span, callee))
        return next(late, _at_work(tree, caller, callee, gave_up))
    if _SPEAKS_OF_JOB.search(f"{link.error.error_type} {link.error.message}") is None:
        return None
    return next(_late_jobs(tree, caller, gave_up), None)


def _at_work(tree: CallTree, caller: Span, callee: Span, gave_up: int) -> Awaited:
    waited = gave_up - tree.start_of(caller)
    return Awaited(callee.service_name, operation_of(callee), callee.system, callee, None, waited)


def _late_jobs(tree: CallTree, caller: Span, gave_up: int) -> Iterator[Awaited]:
    """The jobs that the caller had queued by then and nobody had taken, the last queued first."""
    queued = [job for job in _queued_by(tree, caller.span_id) if tree.end_of(job) <= gave_up]
    for job in sorted(queued, key=lambda job: (-tree.start_of(job), job.span_id)):
        takers = sorted(tree.callees_of(job.span_id), key=lambda span: (tree.start_of(span), span.span_id))
        waited = gave_up - tree.end_of(job)
        if not takers:
            yield Awaited(callee_named_by(job) or operation_of(job), "any", "other", None, job, waited)
        elif tree.start_of(takers[0]) > gave_up and takers[0].service_name != caller.service_name:
            taker = takers[0]
            yield Awaited(taker.service_name, operation_of(taker), taker.system, taker, job, waited)


def _queued_by(tree: CallTree, span_id: str) -> Iterator[Span]:
    """The jobs that a span queued, itself or over spans of its own service."""
    service_names = {span.service_name for span in (tree.span(span_id),) if span is not None}
    below = list(tree.callees_of(span_id))
    for span in below:  # grows while it is walked
        if span.kind == semconv.KIND_PRODUCER:
            yield span
        elif span.service_name in service_names:
            below += tree.callees_of(span.span_id)


def _starts_within(tree: CallTree, taker: Span, callee: Span) -> bool:
    return tree.start_of(taker) <= tree.end_of(callee)
