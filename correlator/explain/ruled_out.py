"""Failing components that are not the cause, and why: what an engineer need not look at."""

from collections.abc import Iterator, Sequence
from typing import Final

from correlator.correlate.operation import operation_of
from correlator.explain.call_tree import CallTree
from correlator.explain.suspect import Suspect
from correlator.model.error_chain import ErrorChain, ErrorLink
from correlator.model.finding import RuledOut
from correlator.model.span import Span

RULED_OUT: Final = 50
"""So many are named at most: those on the way to the cause come first."""
_NANOS_PER_MS: Final = 1_000_000


def ruled_out_by(tree: CallTree, cause: Suspect, chains: Sequence[ErrorChain]) -> tuple[RuledOut, ...]:
    """Each failing (component, operation) other than the cause's once: the cause's chain first, outermost first."""
    reasons: dict[tuple[str, str], RuledOut] = {}
    for ruled_out in (*_by_chains(tree, cause, chains), *_by_spans(tree, chains)):
        reasons.setdefault((ruled_out.component, ruled_out.operation), ruled_out)
    reasons.pop((cause.component, cause.operation), None)
    return tuple(reasons.values())[:RULED_OUT]


def _by_chains(tree: CallTree, cause: Suspect, chains: Sequence[ErrorChain]) -> Iterator[RuledOut]:
    for chain in sorted(chains, key=lambda chain: chain is not cause.chain):
        for index, link in enumerate(chain.links):
            on_the_way = chain is cause.chain and (index < cause.index or cause.hearsay)
            reason = _on_the_way(tree, cause, index) if on_the_way else _apart(tree, cause, chain, link)
            if link.span_id != cause.link.span_id or cause.hearsay:
                yield RuledOut(link.service_name, link.operation, link.system, reason)


def _on_the_way(tree: CallTree, cause: Suspect, index: int) -> str:
    """Why a failing caller of the cause is not it."""
    link = cause.chain.links[index]
    if cause.hearsay and link is cause.link:
        if cause.awaited is not None and cause.awaited.job is not None:
            return "gave up on a job that nobody had taken yet"
        if cause.awaited is not None:
            return f"gave up while {cause.component} was still at work for it"
        return f"its error speaks only of {cause.component}, which it called"
    if link.is_echo:
        return f"its error only repeats what {_told_by(cause, index)} told it"
    lead = _failed_at(tree, link) - _failed_at(tree, cause.link)
    if lead >= 0:
        return f"called {cause.component}, which had failed {_ms(lead)} ms before it did"
    return f"called {cause.component}, which failed too, though {_ms(-lead)} ms later; see the alternatives"


def _told_by(cause: Suspect, index: int) -> str:
    """The next service inward, for a span of the same service the operation."""
    link = cause.chain.links[index]
    if index == cause.index:
        return cause.component
    inner = cause.chain.links[index + 1]
    return inner.service_name if inner.service_name != link.service_name else inner.operation


def _apart(tree: CallTree, cause: Suspect, chain: ErrorChain, link: ErrorLink) -> str:
    """Why a failure that is not on the way to the cause is not it."""
    if chain.effect == "reaction":
        return "error workflow: runs because the execution failed"
    if chain.effect == "handled":
        return "its failure was handled: its caller went on without it"
    if chain is cause.chain:
        return f"says nothing of its own beyond what {cause.component} says"
    late = _failed_at(tree, link) - _failed_at(tree, cause.link)
    if late > 0:
        return f"failed {_ms(late)} ms after {cause.component} had failed"
    return f"less speaks for it than for {cause.component}; see the alternatives"


def _by_spans(tree: CallTree, chains: Sequence[ErrorChain]) -> Iterator[RuledOut]:
    """Failing spans that no chain goes through: their callers had other failures to go after."""
    told = {link.span_id for chain in chains for link in chain.links}
    for span in tree.trace.spans:
        if span.is_error and span.span_id not in told:
            yield RuledOut(span.service_name, operation_of(span), span.system, _beside(tree, span))


def _beside(tree: CallTree, span: Span) -> str:
    if span.span_id in tree.reactions:
        return "error workflow: runs because the execution failed"
    return "fails beside the cause under the same caller, later or with less to say"


def _failed_at(tree: CallTree, link: ErrorLink) -> int:
    return tree.time_of(link.service_name, link.error.time_unix_nano)


def _ms(nanos: int) -> str:
    return f"{nanos / _NANOS_PER_MS:.0f}"
