"""Counting by signature: what the traces investigated in a turn say of others with the same errors. Pure.

Many traces that fail at once mostly fail alike. Those with the same set of error groups (service, operation, error) have the
same cause, if a few of them that were investigated agree; the others are counted to it without being read.

A story that lost its trace context fails in several traces, and is counted by one of them: the trace of its outermost failure.
Where those investigated of a signature were each counted by another trace of their story, the others are as well.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from correlator.model.incident import FailureSighting, WaitingTrace
from correlator.pipeline.watch.failing_traces import Signature

REPRESENTATIVES: Final = 3
"""Traces of a signature investigated in each turn before others are counted by it, by reasoning: two could agree by chance,
and up to three failures by one cause in a second are investigated each."""


class Precedents:
    """The failures of one turn's investigated traces, by signature."""

    def __init__(self, representatives: int) -> None:
        self._representatives = representatives
        self._failures: dict[frozenset[str], list[FailureSighting | None]] = defaultdict(list)
        self._counted_elsewhere: Counter[frozenset[str]] = Counter()

    def add(self, signature: Signature | None, failure: FailureSighting | None, *, is_elsewhere: bool = False) -> None:
        """What investigating a trace came to; None where that was anything but a failure to be counted by this trace.

        `is_elsewhere`: its failure is counted by another trace of its story.
        """
        if signature is not None:
            self._failures[signature.groups].append(failure)
            self._counted_elsewhere[signature.groups] += is_elsewhere

    def is_counted_elsewhere(self, signature: Signature | None) -> bool:
        """Whether traces with these errors are counted by another trace of their story: enough were, and no other was not."""
        if signature is None:
            return False
        known = len(self._failures.get(signature.groups, ()))
        return 0 < known == self._counted_elsewhere[signature.groups] and known >= self._representatives

    def failure_of(self, trace_id: str, signature: Signature | None) -> FailureSighting | None:
        """The failure of a trace that was not investigated; None where it must be: too few were, or they disagree."""
        known = self._failures.get(signature.groups, []) if signature is not None else []
        if signature is None or len(known) < self._representatives or not known:
            return None
        causes = {None if failure is None else failure.cause_fingerprint for failure in known}
        failure = known[0]
        if failure is None or len(causes) > 1:
            return None
        at = signature.first_error_unix_nano
        return replace(failure, trace_id=trace_id, time_unix_nano=at, by_signature=True, story=())


def fairly_ordered(
    due: Sequence[WaitingTrace], signature_of: Callable[[WaitingTrace], Signature | None]
) -> list[tuple[WaitingTrace, Signature | None]]:
    """The traces with their signatures: the first of each signature, then the second of each, and so on.

    So a flood by one cause does not hide another. Traces without a signature are each the first of their own.
    """
    earlier: Counter[frozenset[str]] = Counter()
    ranked: list[tuple[int, WaitingTrace, Signature | None]] = []
    for waiting in due:
        signature = signature_of(waiting)
        ranked.append((0 if signature is None else earlier[signature.groups], waiting, signature))
        if signature is not None:
            earlier[signature.groups] += 1
    ranked.sort(key=lambda each: each[0])
    return [(waiting, signature) for _, waiting, signature in ranked]
