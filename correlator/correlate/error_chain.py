"""From the failure that a user sees inward, call by call, to the one that caused it.

A chain starts at each failing span above which none fails, and goes on to one failing span below it at a time, passing
through spans that did not fail. Among several it takes one that was not survived, that names a reason, that failed
first; ties by name. It does not go to one that

- failed only after its caller had given up waiting (it is a consequence, or another story),
- was survived (a retry succeeded, a caller in between ended well, or it did itself and only logged an error), or not waited
  for (who queued the job had ended well), while the outer one names a reason of its own, or
- is an error, while the outer one is a crash: a process does not die of what another answers.

Such a span starts a chain of its own. The cause is the deepest link that is no echo. Chains are ordered by what became of
them (failed, unnoticed, handled, reaction), then those whose cause names a reason, then the earliest cause, then by name;
of chains that tell the same story, the first is given; one that nobody noticed is the same as the end of one that somebody
did (a job's last attempts, after its caller had failed of the first).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from correlator.correlate.causality import causality_of
from correlator.correlate.crash import tells_of_crash
from correlator.correlate.echo import repeats
from correlator.correlate.error_events import errors_by_span
from correlator.correlate.failures import EFFECTS, FAILED, HANDLED, UNNOTICED, Failure, failures_of
from correlator.correlate.refused_calls import refused_calls
from correlator.correlate.unseen_callee import answered_calls, unseen_callee_of
from correlator.model.error_chain import ErrorChain, ErrorEvent, ErrorLink
from correlator.model.trace import Trace

_GAVE_UP: Final = re.compile(r"time[- ]?d?[- ]?out|deadline|abort|cancell?ed|ETIMEDOUT", re.IGNORECASE)


_Story = tuple[tuple[str, str, str], ...]
"""Service, operation and error of each link."""


@dataclass(frozen=True, slots=True)
class _Way:
    """The best way inward from a failure: where it goes on, and the failure that it holds to be the cause."""

    inward: str | None
    cause: Failure


def error_chains(trace: Trace) -> tuple[ErrorChain, ...]:
    """All chains of a trace, best first; none where nothing failed."""
    causality = causality_of(trace)
    errors = errors_by_span(trace)
    failures = failures_of(trace, causality, errors | refused_calls(trace, causality, errors))
    ways, heads = _ways_inward(failures)
    answered = answered_calls(trace.spans, causality)
    chains = []
    for head in sorted(heads, key=lambda head: _rank(head, ways[head.span.span_id].cause)):
        way = [failures[span_id] for span_id in _follow(head.span.span_id, ways)]
        cause = way.index(ways[head.span.span_id].cause)
        chains.append(ErrorChain(_links(way, cause), cause, unseen_callee_of(way[-1].span, answered), head.effect))
    return tuple(_without_repetition(chains))


def _ways_inward(failures: Mapping[str, Failure]) -> tuple[dict[str, _Way], list[Failure]]:
    """The way from each failure, and the failures that start a chain."""
    ways: dict[str, _Way] = {}
    heads: list[Failure] = []
    inner: dict[str, list[Failure]] = {}
    for span_id, failure in reversed(
        list(failures.items())
    ):  # callees before callers: theirs is known when ours is chosen
        reasons: list[Failure] = []
        other_stories: list[Failure] = []
        for candidate in inner.pop(span_id, ()):
            is_reason = _can_explain(ways[candidate.span.span_id].cause, candidate, failure)
            (reasons if is_reason else other_stories).append(candidate)
        ways[span_id] = _best_way(failure, reasons, ways)
        heads += other_stories
        if failure.outer is None:
            heads.append(failure)
        else:
            inner.setdefault(failure.outer, []).append(failure)
    return ways, heads


def _can_explain(cause: Failure, candidate: Failure, outer: Failure) -> bool:
    """Whether `outer` may have failed because of `cause`, on the way over `candidate`."""
    had_given_up = _GAVE_UP.search(f"{outer.error.error_type} {outer.error.message}") is not None
    if had_given_up and cause.failed_unix_nano > outer.ended_unix_nano:
        return False
    if tells_of_crash(outer.error) and not tells_of_crash(cause.error):
        return False
    return not (candidate.survived or candidate.unawaited) or repeats(outer.error, cause.error)


def _best_way(failure: Failure, candidates: Sequence[Failure], ways: Mapping[str, _Way]) -> _Way:
    if not candidates:
        return _Way(None, failure)
    best = min(candidates, key=lambda candidate: _preference(candidate, ways[candidate.span.span_id].cause))
    cause = ways[best.span.span_id].cause
    return _Way(best.span.span_id, failure if _tells_it_better(failure, cause) else cause)


def _preference(candidate: Failure, cause: Failure) -> tuple[Any, ...]:
    return candidate.survived or candidate.unawaited, cause.error.is_generic, cause.failed_unix_nano, *candidate.name


def _tells_it_better(outer: Failure, cause: Failure) -> bool:
    """Whether the same service says just outside what its failing call inside only has a status for."""
    is_same = outer.span.service_name == cause.span.service_name
    return is_same and cause.error.is_generic and not outer.error.is_generic


def _rank(head: Failure, cause: Failure) -> tuple[Any, ...]:
    return EFFECTS.index(head.effect), cause.error.is_generic, cause.failed_unix_nano, *cause.name, *head.name


def _follow(head: str, ways: Mapping[str, _Way]) -> Iterable[str]:
    current: str | None = head
    while current is not None:
        yield current
        current = ways[current].inward


def _links(way: Sequence[Failure], cause: int) -> tuple[ErrorLink, ...]:
    errors = [failure.error for failure in way]
    return tuple(_link(failure, index > cause or _is_echo(index, errors, cause)) for index, failure in enumerate(way))


def _is_echo(index: int, errors: Sequence[ErrorEvent], cause: int) -> bool:
    return index < cause and (repeats(errors[index], errors[index + 1]) or repeats(errors[index], errors[cause]))


def _link(failure: Failure, is_echo: bool) -> ErrorLink:
    span, error = failure.span, failure.error
    return ErrorLink(span.span_id, span.service_name, span.system, error.operation, error, is_echo)


def _without_repetition(chains: Sequence[ErrorChain]) -> Iterable[ErrorChain]:
    told: set[tuple[str, _Story]] = set()
    told_to_somebody = _inner_stories(chains)
    for chain in chains:
        story = _story(chain)
        is_repetition = (chain.effect, story) in told or (chain.effect == UNNOTICED and story in told_to_somebody)
        told.add((chain.effect, story))
        if not is_repetition:
            yield chain


def _inner_stories(chains: Sequence[ErrorChain]) -> set[_Story]:
    """How the chains end that somebody noticed, in the lengths of those that nobody did."""
    lengths = {len(chain.links) for chain in chains if chain.effect == UNNOTICED}
    noticed = [_story(chain) for chain in chains if chain.effect in (FAILED, HANDLED)]
    return {story[-length:] for story in noticed for length in lengths if length < len(story)}


def _story(chain: ErrorChain) -> _Story:
    return tuple((link.service_name, link.operation, link.error.fingerprint) for link in chain.links)
