"""Which component each error chain accuses, and which it does not dare to.

The deepest link that says something of its own is the cause, but for two cases, in this order:

1. It gave up waiting while a callee was still at work, or its job still in the queue (awaited.py): that callee, or whoever
   came too late for the job, is the cause, of kind timeout, though it never failed.
2. It is one side of a call and speaks only of the other side. Then,
   a. where the answer was that the request was wrong (HTTP 4xx), the caller is the cause all the same: it sent the request;
   b. where the callee sends no telemetry but its address is known, the callee is the cause, of kind dependency or timeout;
   c. where the callee is unknown, or reported no failure, the chain accuses nobody: the caller's error is a symptom, and a
      symptom is never called a cause.

In 1 and 2b the callee is accused on hearsay: it has told nothing of this itself.
Links outside the cause that say something of their own are its alternatives, the ALTERNATIVES nearest to it; of a request
that the cause refused (refusal.py), who sent it as well.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from correlator.correlate.failures import EFFECTS
from correlator.correlate.fingerprint import cause_fingerprint
from correlator.explain.awaited import Awaited, awaited_by
from correlator.explain.call_tree import CallTree
from correlator.explain.cause_kind import blames_callee, blames_request, gave_up, is_timeout, kind_of, tells_of_call
from correlator.explain.refusal import sender_in
from correlator.explain.suspect import Suspect
from correlator.model.error_chain import ErrorChain, ErrorLink
from correlator.model.span import Span

UNSEEN_SYSTEM: Final = "other"
UNSEEN_OPERATION: Final = "any"
ALTERNATIVES: Final = 20
"""Of one chain. Grading one walks its chain: all of 2,000 nested failures took 6 s, these take 0.1."""


def suspects_of(tree: CallTree, chains: Sequence[ErrorChain]) -> list[Suspect]:
    """Every cause and alternative of the chains that accuse somebody; each (component, operation, error) once, by name.

    Of several with one name, the one that is deepest in its chain is kept, of these the one whose failure matters most.
    """
    found: dict[tuple[str, str, str], Suspect] = {}
    for suspect in sorted(_all_suspects(tree, chains), key=_preference):
        found.setdefault(suspect.name, suspect)
    return [found[name] for name in sorted(found)]


def accused_by(tree: CallTree, chain: ErrorChain) -> Suspect | None:
    """Whom the chain's deepest link accuses; None where it speaks of another side that nobody knows."""
    link = chain.links[chain.cause]
    span = tree.span(link.span_id)
    awaited = awaited_by(tree, link) if _gave_up(link, span) else None
    if awaited is not None:
        return _slow(chain, awaited)
    if not _speaks_of_other_side(chain, span) or blames_request(span):
        return _told_by_itself(chain, chain.cause, tree)
    return None if chain.unseen_callee is None else _unseen(chain, chain.unseen_callee, span)


def _all_suspects(tree: CallTree, chains: Iterable[ErrorChain]) -> Iterator[Suspect]:
    for chain in chains:
        accused = accused_by(tree, chain)
        if accused is None:
            continue
        yield accused
        sender = sender_in(tree, chain)
        telling = (index for index in reversed(range(chain.cause)) if index == sender or not chain.links[index].is_echo)
        for index in islice(telling, ALTERNATIVES):
            yield _told_by_itself(chain, index, tree)


def _preference(suspect: Suspect) -> tuple[bool, int, int, tuple[str, ...]]:
    """A job that was tried again may fail for the same reason unnoticed and handled: what matters most is kept."""
    links = suspect.chain.links
    return (
        not suspect.is_deepest,
        EFFECTS.index(suspect.chain.effect),
        -len(links),
        tuple(link.span_id for link in links),
    )


def _speaks_of_other_side(chain: ErrorChain, span: Span | None) -> bool:
    link = chain.links[chain.cause]
    is_last = chain.cause == len(chain.links) - 1
    is_call = tells_of_call(link.error, span) or (is_last and chain.unseen_callee is not None)
    return is_call and blames_callee(link.error, span)


def _told_by_itself(chain: ErrorChain, index: int, tree: CallTree) -> Suspect:
    link = chain.links[index]
    kind = kind_of(link.error, tree.span(link.span_id))
    return Suspect(chain, index, link.service_name, link.operation, link.system, kind, fingerprint_of(link))


def fingerprint_of(link: ErrorLink) -> str:
    """What incidents merge by, where this link is the cause."""
    return cause_fingerprint(link.system, link.service_name, link.operation, link.error.fingerprint)


def _gave_up(link: ErrorLink, span: Span | None) -> bool:
    """A call that was aborted; of spans that are no call, only those that speak of time."""
    return gave_up(link.error, span) if tells_of_call(link.error, span) else is_timeout(link.error, span)


def _slow(chain: ErrorChain, awaited: Awaited) -> Suspect:
    component, operation, system = awaited.component, awaited.operation, awaited.system
    fingerprint = cause_fingerprint(system, component, operation, "timeout")
    return Suspect(
        chain, chain.cause, component, operation, system, "timeout", fingerprint, hearsay=True, awaited=awaited
    )


def _unseen(chain: ErrorChain, callee: str, span: Span | None) -> Suspect:
    """The fingerprint leaves out who says so: a dependency that is down is one cause, however many callers it fails."""
    kind = "timeout" if is_timeout(chain.links[chain.cause].error, span) else "dependency"
    fingerprint = cause_fingerprint(UNSEEN_SYSTEM, callee, UNSEEN_OPERATION, kind)
    return Suspect(chain, chain.cause, callee, UNSEEN_OPERATION, UNSEEN_SYSTEM, kind, fingerprint, hearsay=True)
