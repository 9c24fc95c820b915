"""The failing spans of a trace: which lies inward of which, and what became of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from correlator import semconv
from correlator.correlate.causality import Causality, is_retry_of
from correlator.correlate.operation import operation_of
from correlator.model.error_chain import ErrorEvent
from correlator.model.error_signal import http_status
from correlator.model.span import Span
from correlator.model.trace import Trace

FAILED: Final = "failed"
UNNOTICED: Final = "unnoticed"
HANDLED: Final = "handled"
REACTION: Final = "reaction"
EFFECTS: Final = (FAILED, UNNOTICED, HANDLED, REACTION)
"""model.error_chain.ErrorChain.effect, worst first."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A failing span with its best-told error.

    `outer` is the nearest failing span above it. `survived`: a caller in between ended well all the same, or the same
    work, done again later, did, or the span itself did and only its logs tell of the error. `unawaited`: whoever queued this
    work had ended well without it. `effect` is what became of it where it starts a chain. Times are on the trace's clock.
    """

    span: Span
    error: ErrorEvent
    outer: str | None
    survived: bool
    effect: str
    failed_unix_nano: int
    ended_unix_nano: int
    unawaited: bool = False

    @property
    def name(self) -> tuple[str, str, str]:
        """What ties break by."""
        return self.span.service_name, self.error.operation, self.span.span_id


@dataclass(frozen=True, slots=True)
class _Above:
    """What stands above a span: the nearest failing span, whether a waiting caller before it ended well, or one that had only
    queued this, and the effect that a failure here has when no span above it fails."""

    outer: str | None
    ended_well: bool
    effect: str
    unawaited: bool = False


def failures_of(trace: Trace, causality: Causality, errors: Mapping[str, tuple[ErrorEvent, ...]]) -> dict[str, Failure]:
    """Failing span id to its Failure, callers before callees. `errors` is error_events.errors_by_span's."""
    spans = {span.span_id: span for span in trace.spans}
    retried = _retried_well(trace, causality, errors)
    above: dict[str, _Above] = {}
    failures: dict[str, Failure] = {}
    for span_id in causality.order:
        above[span_id] = _above(span_id, causality, spans, errors, above)
        if span_id in errors:
            is_retried = span_id in retried
            failures[span_id] = _failure(trace, spans[span_id], errors[span_id][0], above[span_id], is_retried)
    return failures


def _above(
    span_id: str,
    causality: Causality,
    spans: Mapping[str, Span],
    errors: Mapping[str, object],
    above: Mapping[str, _Above],
) -> _Above:
    caller = causality.callers.get(span_id)
    if caller is None:
        return _Above(None, False, REACTION if span_id in causality.reactions else FAILED)
    is_detached, caller_ended_well = span_id in causality.detached, _ended_well(spans[caller])
    further = above[caller]
    outer = caller if caller in errors else further.outer
    ended_well = caller not in errors and not is_detached and (caller_ended_well or further.ended_well)
    who_queued_ended_well = further.ended_well or (caller_ended_well and spans[caller].kind != semconv.KIND_PRODUCER)
    unawaited = caller not in errors and (further.unawaited or (is_detached and who_queued_ended_well))
    return _Above(outer, ended_well, _effect(further.effect, is_detached, caller_ended_well), unawaited)


def _effect(of_caller: str, is_detached: bool, caller_ended_well: bool) -> str:
    """Nobody waits for a queued job; whoever waited and did not fail has handled it, also by saying nothing."""
    if of_caller == REACTION:
        return REACTION
    if is_detached:
        return UNNOTICED
    return UNNOTICED if of_caller == UNNOTICED and not caller_ended_well else HANDLED


def _failure(trace: Trace, span: Span, error: ErrorEvent, above: _Above, is_retried: bool) -> Failure:
    offset = trace.clock_offset_nano.get(span.service_name, 0)
    survived = above.ended_well or is_retried or (not span.is_error and _ended_well(span))
    alone = above.effect if above.outer is None or above.effect == REACTION else UNNOTICED
    return Failure(
        span=span,
        error=error,
        outer=above.outer,
        survived=survived,
        effect=HANDLED if survived and alone != REACTION else alone,
        failed_unix_nano=error.time_unix_nano + offset,
        ended_unix_nano=span.end_time_unix_nano + offset,
        unawaited=above.unawaited,
    )


def _retried_well(trace: Trace, causality: Causality, errors: Mapping[str, object]) -> frozenset[str]:
    """Failing spans whose work was done again after them, under the same caller or linked to them, without an error."""
    spans = {span.span_id: span for span in trace.spans}
    last_good: dict[tuple[str, str, str, int], int] = {}
    linked: set[str] = set()
    for span in trace.spans:
        if span.span_id not in errors:
            work = _work(span, causality)
            last_good[work] = max(last_good.get(work, 0), span.start_time_unix_nano)
            linked |= {link.span_id for link in span.links if _is_attempt(span, spans.get(link.span_id))}
    return frozenset(
        span_id
        for span_id in errors
        if span_id in linked or last_good.get(_work(spans[span_id], causality), -1) >= spans[span_id].end_time_unix_nano
    )


def _is_attempt(later: Span, earlier: Span | None) -> bool:
    return earlier is not None and is_retry_of(later, earlier)


def _work(span: Span, causality: Causality) -> tuple[str, str, str, int]:
    """What is the same for attempts at the same work; a head has no caller that could have tried again."""
    caller = causality.callers.get(span.span_id, span.span_id)
    return caller, span.service_name, operation_of(span), span.kind


def _ended_well(span: Span) -> bool:
    """Whether a span says that it ended well, rather than nothing."""
    status = http_status(span.attributes)
    return span.status_code == semconv.STATUS_OK or (status is not None and status < 400)
