"""Failing traces that wait until their records have stopped arriving. Pure: the queue is a tuple, in and out.

A long execution's root span comes last, minutes after its children: a trace is investigated once it has been still for
`settle_s`, or, if it never is, once it has waited PATIENCE times that. What arrives later makes it wait again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from correlator.model.incident import WaitingTrace

PATIENCE: Final = 15
"""With the default of 2 s, half a minute: on-call should not wait longer to hear of a trace that goes on failing."""


@dataclass(frozen=True, slots=True)
class ErrorArrival:
    """One error record of a trace: where in the log it is, and when it arrived."""

    trace_id: str
    position: int
    arrival_unix_nano: int


@dataclass(frozen=True, slots=True)
class Queue:
    """Waiting traces by the position of their first error, and how many found no room."""

    waiting: tuple[WaitingTrace, ...]
    skipped: int = 0


def enqueue(waiting: Sequence[WaitingTrace], arrivals: Iterable[ErrorArrival], limit: int) -> Queue:
    """The queue with the traces of these errors, each once; those over `limit` are skipped, the longest waiting stay."""
    queue = {each.trace_id: each for each in waiting}
    skipped: set[str] = set()
    for arrival in sorted(arrivals, key=lambda each: (each.position, each.trace_id)):
        known = queue.get(arrival.trace_id)
        if known is not None:
            queue[arrival.trace_id] = heard_again(known, arrival.arrival_unix_nano)
        elif len(queue) < limit and arrival.trace_id not in skipped:
            at = arrival.arrival_unix_nano
            queue[arrival.trace_id] = WaitingTrace(arrival.trace_id, arrival.position, at, at)
        else:
            skipped.add(arrival.trace_id)
    return Queue(tuple(sorted(queue.values(), key=_by_position)), len(skipped))


def heard_again(waiting: WaitingTrace, arrival_unix_nano: int) -> WaitingTrace:
    """The same trace after a record of it arrived."""
    return replace(waiting, last_arrival_unix_nano=max(waiting.last_arrival_unix_nano, arrival_unix_nano))


def is_due(waiting: WaitingTrace, now_unix_nano: int, settle_s: float) -> bool:
    """Whether to investigate it now. An arrival in the future (the clock was set back) does not make it wait."""
    still_for = now_unix_nano - waiting.last_arrival_unix_nano
    waited = now_unix_nano - waiting.first_arrival_unix_nano
    settle_nano = int(settle_s * 1e9)
    return not 0 <= still_for < settle_nano or waited >= PATIENCE * settle_nano


def without(waiting: Iterable[WaitingTrace], settled: Mapping[str, WaitingTrace | None]) -> tuple[WaitingTrace, ...]:
    """The queue after some were looked at: None for those accounted for, a new entry for those that wait on."""
    after = (settled.get(each.trace_id, each) for each in waiting)
    return tuple(each for each in after if each is not None)


def _by_position(waiting: WaitingTrace) -> tuple[int, str]:
    return waiting.first_position, waiting.trace_id
