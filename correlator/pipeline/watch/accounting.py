"""Accounting: what becomes of the failing traces that are due in one turn of the watch. A story's failure is counted once.

A trace is investigated with its whole story, and all failing traces of that are accounted for by it: those due in the same
turn are not read again. Where one of them was accounted for in an earlier turn, the story is only told anew (Ledger.recount).
A new failure is counted by the story's bearer, the trace of its outermost failure, whichever of them was looked at first: so
what is counted by signature is counted by one trace of each story too (precedents.py).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from threading import Event
from typing import Final

import structlog

from correlator.errors import Unavailable
from correlator.incidents.sighting import sighting_of
from correlator.model.incident import FailureSighting, WaitingTrace
from correlator.pipeline.stories.investigate import Investigation, Investigator
from correlator.pipeline.watch.failing_traces import FailingTraces, Signature
from correlator.pipeline.watch.ledger import Ledger
from correlator.pipeline.watch.precedents import Precedents, fairly_ordered
from correlator.pipeline.watch.waiting import heard_again, is_due

log = structlog.get_logger()

BY_SIGNATURE: Final = "by_signature"
"""Outcome of a trace that was counted to a cause because it failed by the same errors as others."""
SAME_STORY: Final = "same_story"
"""Outcome of a trace whose failure is counted by another trace of its story."""
TOLD_BEFORE: Final = ("revised", "counted")
"""What Ledger.recount says where the failure stays counted as it was."""


@dataclass(frozen=True, slots=True)
class Look:
    """What became of a due trace: the outcome as /metrics names it, or `waits_on` where it waits on instead.

    `is_read` says that it was investigated.
    """

    trace_id: str
    outcome: str | None
    waits_on: WaitingTrace | None = None
    is_read: bool = False


@dataclass(frozen=True, slots=True)
class _Told:
    """A story that was investigated in this turn. `bearer` counts its `failure`; None where it was not counted now."""

    bearer: str | None
    failure: FailureSighting | None
    last_arrival_unix_nano: int


@dataclass(frozen=True, slots=True)
class Moment:
    """When a turn looks: all errors up to `position` are waiting (`waiting`, trace ids) or accounted for."""

    now_unix_nano: int
    settle_s: float
    position: int
    waiting: frozenset[str]


class Accounting:
    """One turn's. `max_traces` bounds the traces that are read, those of their stories included."""

    def __init__(
        self,
        investigator: Investigator,
        failing: FailingTraces,
        ledger: Ledger,
        moment: Moment,
        *,
        representatives: int,
        max_traces: int,
    ) -> None:
        self._investigator = investigator
        self._failing = failing
        self._ledger = ledger
        self._moment = moment
        self._precedents = Precedents(representatives)
        self._left = max_traces
        self._told: dict[str, _Told] = {}  # by each failing trace of the story
        self._counted: set[str] = set()  # in this turn, with all traces of their stories

    def looks(self, due: Sequence[WaitingTrace], stop: Event | None) -> Iterator[Look]:
        """Account for the traces, by signature where it may be, until the turn is full or told to stop."""
        for waiting, signature in fairly_ordered(due, self._failing.signature_of):
            if stop is not None and stop.is_set():
                return
            look = self._without_reading(waiting, signature)
            if look is None and self._left > 0:
                look = self._look_at(waiting, signature)
            if look is not None:
                yield look

    def _without_reading(self, waiting: WaitingTrace, signature: Signature | None) -> Look | None:
        """What is known of the trace by others; None where it must be investigated."""
        trace_id = waiting.trace_id
        if (told := self._told.get(trace_id)) is not None:
            return self._as_told(waiting, told, signature)
        relatives = list(self._failing.relatives_of(trace_id)) if signature is not None else []
        if relatives and self._precedents.is_counted_elsewhere(signature):
            return Look(trace_id, SAME_STORY)
        failure = self._precedents.failure_of(trace_id, signature)
        if failure is None or any(self._is_accounted_for(each) for each in relatives):
            return None
        self._ledger.count(failure)
        self._counted.add(trace_id)
        return Look(trace_id, BY_SIGNATURE)

    def _as_told(self, waiting: WaitingTrace, told: _Told, signature: Signature | None) -> Look | None:
        """A trace of a story that was investigated in this turn: it waits on with it, or is accounted for with it."""
        if told.failure is None:
            heard = heard_again(waiting, told.last_arrival_unix_nano)
            return None if self._is_due(heard) else Look(waiting.trace_id, None, heard)
        is_bearer = told.bearer == waiting.trace_id
        self._precedents.add(signature, told.failure if is_bearer else None, is_elsewhere=not is_bearer)
        return Look(waiting.trace_id, SAME_STORY)

    def _look_at(self, waiting: WaitingTrace, signature: Signature | None) -> Look:
        """Investigate one trace, and count it, unless more of it has just arrived. A trace that breaks us is left out."""
        try:
            found = self._investigator.investigate(waiting.trace_id)
            if found is None:
                return Look(waiting.trace_id, "gone")
            self._left -= max(1, len(found.trace.trace_ids))
            heard = heard_again(waiting, found.last_arrival_unix_nano)
            if not self._is_due(heard):
                self._tell(found, _Told(None, None, found.last_arrival_unix_nano))
                return Look(waiting.trace_id, None, heard, is_read=True)
            return Look(waiting.trace_id, self._account(found, waiting, signature), is_read=True)
        except Unavailable:  # the next turn may have more luck
            raise
        except Exception:
            log.exception("trace_not_investigated", trace_id=waiting.trace_id)
            return Look(waiting.trace_id, "failed", is_read=True)

    def _account(self, found: Investigation, waiting: WaitingTrace, signature: Signature | None) -> str:
        """Count the story's failure once; the outcome."""
        failure = sighting_of(found.trace, found.chains, found.finding, waiting.first_arrival_unix_nano)
        if failure is None:
            self._precedents.add(signature, None)
            return "nothing_failed"
        bearer = _bearer(found)
        failure = replace(failure, trace_id=bearer, story=_story(found))
        if self._was_accounted_for(found, waiting):
            outcome = self._ledger.recount(failure)
            self._precedents.add(signature, None, is_elsewhere=outcome in TOLD_BEFORE)
            self._tell(found, _Told(None, failure, found.last_arrival_unix_nano))
            return outcome
        self._ledger.count(failure)
        self._counted |= failure.trace_ids
        is_bearer = bearer == waiting.trace_id
        self._precedents.add(signature, failure if is_bearer else None, is_elsewhere=not is_bearer)
        self._tell(found, _Told(bearer, failure, found.last_arrival_unix_nano))
        return "abstained" if found.finding.abstained else "cause_found"

    def _tell(self, found: Investigation, told: _Told) -> None:
        self._told |= dict.fromkeys(found.first_error_positions, told)

    def _was_accounted_for(self, found: Investigation, waiting: WaitingTrace) -> bool:
        """Whether a failure of the story was: of this trace by an earlier error, or of another of its traces."""
        own = found.first_error_positions.get(waiting.trace_id, waiting.first_position)
        if self._failing.has_failed_before(waiting) or own < waiting.first_position:
            return True
        return any(
            position <= self._moment.position and self._is_accounted_for(trace_id)
            for trace_id, position in found.first_error_positions.items()
            if trace_id != waiting.trace_id
        )

    def _is_accounted_for(self, trace_id: str) -> bool:
        """Whether a failing trace was counted, or skipped, now or in an earlier turn: it waits no more."""
        return trace_id in self._counted or trace_id not in self._moment.waiting

    def _is_due(self, waiting: WaitingTrace) -> bool:
        return is_due(waiting, self._moment.now_unix_nano, self._moment.settle_s)


def _bearer(found: Investigation) -> str:
    """The trace of the outermost failure of the story; the trace that was asked for where no span tells of one."""
    head = found.chains[0].links[0].span_id if found.chains else ""
    span = found.trace.span(head) if head else None
    return found.trace.trace_id if span is None else span.trace_id


def _story(found: Investigation) -> tuple[str, ...]:
    return found.trace.trace_ids if len(found.trace.trace_ids) > 1 else ()
