"""Where a rule first fits the events of a story, or of a service's window.

Of all places where it fits, the one that is complete first is given, and of those the shortest. Whether each of k steps can
have n events of its own is told by Hall's marriage theorem: it can when every set of steps is fit by n times as many events
as the set has steps. So a window is a count for each of the 2^k sets, and one event changes 2^k numbers, whatever the number
of events: 10,000 events take 0.1 to 0.2 s a rule (docs/how-to/write-a-pattern.md has the figures).

Reference: P. Hall, "On representatives of subsets", 1935.
"""

from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice, zip_longest
from operator import ge
from typing import Final

from correlator.explain.pattern.event import PatternEvent, order_of, told
from correlator.explain.pattern.rule import SEQUENCE, Rule, Step
from correlator.model.finding import MatchedEvent, PatternMatch

SHOWN: Final = 20
"""Events of a match that are given; of each step at least one."""


@dataclass(frozen=True, slots=True)
class Fitting:
    """An event and the required steps that it fits, as bits: bit i for the i-th."""

    event: PatternEvent
    steps: int

    @property
    def time(self) -> int:
        return self.event.time_unix_nano


@dataclass(frozen=True, slots=True)
class _Span:
    """Where a match lies: both bounds are times of its events."""

    start: int
    end: int


def find_match(rule: Rule, events: Iterable[PatternEvent]) -> PatternMatch | None:
    """The first match; None where the rule does not fit. The same for the same events in any order, however they repeat."""
    required = rule.required
    absent = tuple(step for step in rule.steps if step.is_absent)
    speaking = [event for event in set(events) if any(step.fits(event) for step in rule.steps)]
    ordered = sorted(speaking, key=order_of)
    fitting = [each for event in ordered if (each := Fitting(event, fits(required, event))).steps]
    if len(fitting) < rule.events_needed:
        return None
    spoiling = [event.time_unix_nano for event in ordered if fits(absent, event)]
    places = _sequences(rule, fitting) if rule.order == SEQUENCE else _windows(rule, fitting)
    place = next((place for place in places if not _is_spoilt(place, spoiling, rule.within_nano)), None)
    return None if place is None else _match(rule, place, ordered)


def fits(steps: Sequence[Step], event: PatternEvent) -> int:
    """Which of the steps fit the event, as bits."""
    return sum(1 << index for index, step in enumerate(steps) if step.fits(event))


def _is_spoilt(place: _Span, spoiling: Sequence[int], within: int) -> bool:
    """Whether what must be absent lies where one window could hold it and the match."""
    index = bisect_left(spoiling, place.end - within)
    return index < len(spoiling) and spoiling[index] <= place.start + within


# --- in any order ---


def _windows(rule: Rule, fitting: Sequence[Fitting]) -> Iterator[_Span]:
    """For each moment at which the rule is complete, the shortest window that ends there."""
    window = _Window(rule)
    for moment, at_once in groupby(fitting, key=lambda each: each.time):
        window.add(moment, at_once)
        window.drop_before(moment - rule.within_nano)
        if (start := window.shortened()) is not None:
            yield _Span(start, moment)


@dataclass(frozen=True, slots=True)
class _Moment:
    """The events of one time: how many fit any step of each set of steps, and of which services they are."""

    time: int
    fitting: list[int]  # (2^steps,)
    services: Counter[str]


class _Window:
    """The moments within a span of time, and their sums."""

    def __init__(self, rule: Rule) -> None:
        sets = range(1 << len(rule.required))
        self._needed = [rule.min_count * chosen.bit_count() for chosen in sets]
        self._min_services = rule.min_services
        self._fitting = [0] * len(sets)
        self._services: Counter[str] = Counter()
        self._moments: deque[_Moment] = deque()

    def add(self, time: int, at_once: Iterable[Fitting]) -> None:
        fitting = [0] * len(self._fitting)
        services: Counter[str] = Counter()
        for each in at_once:
            for chosen in range(1, len(fitting)):
                fitting[chosen] += bool(chosen & each.steps)
            if self._min_services > 1:
                services[each.event.service_name] += 1
        self._moments.append(_Moment(time, fitting, services))
        self._count(self._moments[-1], 1)

    def drop_before(self, time: int) -> None:
        while self._moments and self._moments[0].time < time:
            self._count(self._moments.popleft(), -1)

    def shortened(self) -> int | None:
        """The latest time from which on its events still make a match; None where they make none. Drops those before.

        What is dropped is needed for no later match either: that can begin no earlier.
        """
        last = None
        while self._is_complete():
            last = self._moments.popleft()
            self._count(last, -1)
        if last is None:
            return None
        self._moments.appendleft(last)
        self._count(last, 1)
        return last.time

    def _is_complete(self) -> bool:
        has_services = self._min_services == 1 or len(self._services) >= self._min_services
        return has_services and all(map(ge, self._fitting, self._needed))

    def _count(self, moment: _Moment, sign: int) -> None:
        self._fitting = [sum_ + sign * number for sum_, number in zip(self._fitting, moment.fitting, strict=True)]
        for service_name, number in moment.services.items():
            self._services[service_name] += sign * number
            if not self._services[service_name]:
                del self._services[service_name]


# --- one after the other ---


def _sequences(rule: Rule, fitting: Sequence[Fitting]) -> Iterator[_Span]:
    """For each moment at which all steps have been taken `min_count` times, the shortest way that ends there.

    `latest[j]` is the latest time at which a way that has taken j steps began; a step is taken by one event only, and the
    events of one moment may be taken in any order.
    """
    count = len(rule.required)
    length = count * rule.min_count
    latest: list[int | None] = [None] * (length + 1)
    for moment, at_once in groupby(fitting, key=lambda each: each.time):
        masks = [each.steps for each in at_once]
        strides = [_stride(masks, first, count, length) for first in range(count)]
        latest[0] = moment  # a way may begin now
        latest = _advanced(latest, strides, count)
        start, latest[length] = latest[length], None  # the next one ends later
        if start is not None and moment - start <= rule.within_nano:
            yield _Span(start, moment)


def _advanced(latest: list[int | None], strides: Sequence[int], count: int) -> list[int | None]:
    """`latest` after one moment: from j steps taken, at most strides[j % count] more."""
    after = list(latest)
    for taken, began in enumerate(latest):
        if began is not None:
            for more in range(1, min(strides[taken % count], len(latest) - 1 - taken) + 1):
                known = after[taken + more]
                after[taken + more] = began if known is None else max(known, began)
    return after


def _stride(masks: Sequence[int], first: int, count: int, length: int) -> int:
    """How many steps in a row, beginning with `first` and round again, the events of one moment can take."""
    if len(masks) == 1:
        return masks[0] >> first & 1
    fitting = Counter(masks)
    needed = [0] * count
    for stride in range(min(len(masks), length)):
        needed[(first + stride) % count] += 1
        if not _can_serve(fitting, needed):
            return stride
    return min(len(masks), length)


def _can_serve(fitting: Counter[int], needed: Sequence[int]) -> bool:
    for chosen in range(1, 1 << len(needed)):
        demand = sum(number for index, number in enumerate(needed) if chosen >> index & 1)
        if demand > sum(number for mask, number in fitting.items() if mask & chosen):
            return False
    return True


# --- what is told of it ---


def _match(rule: Rule, place: _Span, ordered: Sequence[PatternEvent]) -> PatternMatch:
    around = _Span(place.end - rule.within_nano, place.start + rule.within_nano)
    optional = [step for step in rule.steps if step.is_optional]
    by_step = [*_by_step(rule.required, place, ordered), *_by_step(optional, around, ordered)]
    return PatternMatch(
        rule_id=rule.rule_id,
        title=rule.title,
        severity=rule.severity,
        suggestion=rule.suggestion,
        start_unix_nano=place.start,
        end_unix_nano=place.end,
        events=tuple(_matched(event) for event in _shown(by_step)),
    )


def _by_step(steps: Iterable[Step], place: _Span, ordered: Sequence[PatternEvent]) -> list[list[PatternEvent]]:
    """The events there that each step fits."""
    there = [event for event in ordered if place.start <= event.time_unix_nano <= place.end]
    return [list(filter(step.fits, there)) for step in steps]


def _shown(by_step: Iterable[Sequence[PatternEvent]]) -> list[PatternEvent]:
    """At most SHOWN, by time: the first of each step, then the second of each, and so on."""
    by_turns = (event for turn in zip_longest(*by_step) for event in turn if event is not None)
    return sorted(islice(dict.fromkeys(by_turns), SHOWN), key=order_of)


def _matched(event: PatternEvent) -> MatchedEvent:
    return MatchedEvent(
        event.time_unix_nano,
        event.system,
        event.service_name,
        event.operation,
        told(event),
        event.trace_id,
        event.span_id,
    )
