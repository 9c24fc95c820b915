"""What the watch remembers of failing traces: where in the log their errors begin, which errors they are, and the ids in them.

A signature is the set of error groups of a trace: service, operation and error of each. It stands for the trace only while
all of its errors are known, and none of them was accounted for before.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from correlator.incidents.error_groups import SeenError
from correlator.model.incident import WaitingTrace
from correlator.pipeline.watch.waiting import ErrorArrival

REMEMBERED: Final = 50_000
"""Traces, of 1 kB each: at 150 failing traces a second the last five minutes."""
KEYS_OF_TRACE: Final = 8
"""Join keys remembered with a trace: an execution, its retry and parent, and a few jobs."""

RELATIVES: Final = 64
"""By reasoning: a story's failing traces are a few; where more share an id, the first are as telling as all."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Error group fingerprints, and the time of the first error in unix nanoseconds."""

    groups: frozenset[str]
    first_error_unix_nano: int


@dataclass(slots=True)
class _Remembered:
    """`is_whole`: the errors of each of its records are known."""

    first_position: int
    first_error_unix_nano: int
    is_whole: bool
    groups: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)


class FailingTraces:
    """Remembers the traces that failed last. To hear the same errors again changes nothing."""

    def __init__(self, limit: int = REMEMBERED) -> None:
        self._limit = limit
        self._traces: OrderedDict[str, _Remembered] = OrderedDict()
        self._carriers: dict[str, dict[str, None]] = {}  # join key to the traces whose errors carry it, the first first

    def recall(self, arrivals: Iterable[ErrorArrival]) -> None:
        """Error records of which only the place is known: their traces have no signature."""
        for arrival in arrivals:
            self._heard(arrival).is_whole = False
        self._forget()

    def hear(self, arrivals: Iterable[ErrorArrival], seen: Iterable[SeenError]) -> None:
        """All error records of some requests, and the errors that they tell of."""
        heard = {arrival.trace_id: self._heard(arrival) for arrival in sorted(arrivals, key=_by_position)}
        told: set[str] = set()
        for error in seen:
            if error.trace_id in heard:
                told.add(error.trace_id)
                trace = heard[error.trace_id]
                trace.groups.add(error.group)
                trace.first_error_unix_nano = min(trace.first_error_unix_nano, error.event.time_unix_nano)
        for trace_id in heard.keys() - told:
            heard[trace_id].is_whole = False
        self._forget()

    def note_keys(self, keys: Iterable[tuple[str, str]]) -> None:
        """(trace id, join key) of error records, at most KEYS_OF_TRACE of each trace; those of unknown traces are passed over."""
        for trace_id, key in keys:
            trace = self._traces.get(trace_id)
            if trace is not None and (key in trace.keys or len(trace.keys) < KEYS_OF_TRACE):
                trace.keys.add(key)
                self._carriers.setdefault(key, {})[trace_id] = None

    def relatives_of(self, trace_id: str) -> Iterator[str]:
        """Other failing traces whose errors carry a join key of this one's: of its story, in all likelihood.

        Of each key at most RELATIVES, so that the traces of one poison job cost no comparison of each with each.
        """
        trace = self._traces.get(trace_id)
        for key in trace.keys if trace is not None else ():
            yield from islice((each for each in self._carriers[key] if each != trace_id), RELATIVES)

    def signature_of(self, waiting: WaitingTrace) -> Signature | None:
        """Of a trace whose errors have all been heard since it waits; None where there may have been others before."""
        trace = self._traces.get(waiting.trace_id)
        if trace is None or not trace.is_whole or trace.first_position != waiting.first_position:
            return None
        first_error = min(trace.first_error_unix_nano, waiting.first_arrival_unix_nano)
        return Signature(frozenset(trace.groups), first_error)

    def has_failed_before(self, waiting: WaitingTrace) -> bool:
        """Whether an error of it is remembered from before the one that makes it wait."""
        trace = self._traces.get(waiting.trace_id)
        return trace is not None and trace.first_position < waiting.first_position

    def _heard(self, arrival: ErrorArrival) -> _Remembered:
        fresh = _Remembered(arrival.position, arrival.arrival_unix_nano, is_whole=True)
        trace = self._traces.setdefault(arrival.trace_id, fresh)
        self._traces.move_to_end(arrival.trace_id)
        return trace

    def _forget(self) -> None:
        while len(self._traces) > self._limit:
            trace_id, forgotten = self._traces.popitem(last=False)
            for key in forgotten.keys:
                del self._carriers[key][trace_id]
                if not self._carriers[key]:
                    del self._carriers[key]


def _by_position(arrival: ErrorArrival) -> int:
    return arrival.position
