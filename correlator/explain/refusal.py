"""A cause that is a refused request: the callee turned it down, and either side may be wrong.

The callee is named, for it told the reason, and there one can read which rule the request broke; the caller is the first
alternative. Nothing in a trace tells whether the request was wrong, or the rule.
"""

from correlator.correlate.refused_calls import is_refused
from correlator.explain.call_tree import CallTree
from correlator.explain.suspect import Suspect
from correlator.model.error_chain import ErrorChain
from correlator.model.span import Span


def is_refusal(tree: CallTree, suspect: Suspect) -> bool:
    """Whether the suspect is accused for having turned a request down."""
    return suspect.is_deepest and not suspect.hearsay and ends_in_refusal(tree, suspect.chain)


def is_either_side(tree: CallTree, suspect: Suspect) -> bool:
    """Whether the suspect refused a request, or sent one that was refused."""
    is_sender = suspect.index == sender_in(tree, suspect.chain)
    return is_sender or is_refusal(tree, suspect)


def ends_in_refusal(tree: CallTree, chain: ErrorChain) -> bool:
    """Whether the chain's cause is a callee's own span that says that it refused."""
    span = tree.span(chain.links[chain.cause].span_id)
    return span is not None and is_refused(span)


def sender_in(tree: CallTree, chain: ErrorChain) -> int | None:
    """The index of the failing link that sent what the chain's cause refused; None where there is none."""
    return chain.cause - 1 if chain.cause and ends_in_refusal(tree, chain) else None


def sender_of(tree: CallTree, suspect: Suspect) -> Span | None:
    """Who sent the request that the suspect refused; None where it is another sort of cause, or nobody is known."""
    return next(tree.callers_of(suspect.link.span_id), None) if is_refusal(tree, suspect) else None
