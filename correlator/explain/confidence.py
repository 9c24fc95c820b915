"""How sure an accusation is: a product of a few named factors.

An ordinal grading, not a probability: of two accusations the one with the higher number has more that speaks for it, but
0.8 does not mean "right in 8 of 10 cases" until it is calibrated on labelled data. The factors are set by reasoning, so
that evidence that is taken away never raises the product, and none is told from the cases that score the engine.

- told: how well the component tells of its own failure;
- order: whether the failures around it came in the order that it predicts;
- coverage: whether the way from the outermost failure to it is seen without a gap;
- hearsay: whether the component says so itself;
- sides: whether it refused a request or sent a refused one: then it may as well be the other;
- joined: how often the weakest join of traces on the way to it is right;
- competition: how strong the best independent accusation is.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from correlator.explain.call_tree import CallTree
from correlator.explain.refusal import is_either_side
from correlator.explain.suspect import Suspect
from correlator.model.error_chain import ErrorEvent
from correlator.model.marks import Mark
from correlator.model.trace import HEURISTICS, Edge

CEILING: Final = 0.95
"""What an uncalibrated grading may claim at most."""

TOLD_WITH_STACK: Final = 1.0  # an exception with type, message and stack points into the code
TOLD_WITH_MESSAGE: Final = 0.9  # a type or a message of its own names the reason
TOLD_WITHOUT_REASON: Final = 0.5  # a status or a generic text: it failed, nobody says why

ORDER_BY_TIME: Final = 1.0  # callers failed later than it, as they must when it is the cause
ORDER_BY_STRUCTURE: Final = 0.9  # nobody else failed, or times cannot be compared: only the calls say so
ORDER_CONTRADICTED: Final = 0.5  # a caller failed first: then this failure is not what failed it
CLOCK_TOLERANCE_NANO: Final = 10_000_000
"""10 ms: hosts on NTP agree that well, and a server's span may end so much after its client has read the answer."""

COVERAGE_WHOLE: Final = 1.0
COVERAGE_ORPHAN: Final = 0.9  # the outermost span names a caller that is not here: more victims, hardly another cause
COVERAGE_GAP: Final = 0.7  # a call on the way is not seen: something between may have failed first

REFUSED: Final = 0.5  # a request and the rule that it broke: either may be wrong, and the trace does not tell which
HEARSAY: Final = 0.5  # only the caller says so; the fault may as well lie between the two
UNMEASURED_JOIN: Final = 0.5  # by a heuristic of which nobody has measured how often it is right: it may or may not be
EXPLAINED: Final = 0.3  # something further inward failed, and explains this one
COMPETITION: Final = 0.5  # of an equally strong independent accusation: then it is one or the other


def grade(tree: CallTree, suspect: Suspect) -> float:
    """All factors but competition, 0..CEILING."""
    explained = 1.0 if suspect.is_deepest else EXPLAINED
    hearsay = HEARSAY if suspect.hearsay else 1.0
    factors = told(suspect.error) * order(tree, suspect) * coverage(tree, suspect)
    sides = REFUSED if is_either_side(tree, suspect) else 1.0
    return CEILING * factors * hearsay * sides * explained * joined(tree, suspect)


def with_competition(own_grade: float, independent_grades: Iterable[float]) -> float:
    """`own_grade` lowered by the best accusation that it does not explain; unchanged where there is none."""
    strongest = max(independent_grades, default=0.0)
    return own_grade * (1.0 - COMPETITION * min(1.0, strongest / own_grade)) if own_grade else 0.0


def told(error: ErrorEvent) -> float:
    if error.is_generic or not (error.error_type or error.message):
        return TOLD_WITHOUT_REASON
    has_stack = bool(error.error_type and error.message and error.stacktrace)
    return TOLD_WITH_STACK if has_stack else TOLD_WITH_MESSAGE


def order(tree: CallTree, suspect: Suspect) -> float:
    """Whether the victims failed after the suspect, on the trace's clock."""
    victims = [victim.error for victim in suspect.chain.links[: suspect.index]]
    if not victims or not all(_is_timed(tree, error) for error in (suspect.error, *victims)):
        return ORDER_BY_STRUCTURE
    failed = tree.time_of(suspect.error.service_name, suspect.error.time_unix_nano) - CLOCK_TOLERANCE_NANO
    in_order = all(tree.time_of(error.service_name, error.time_unix_nano) >= failed for error in victims)
    return ORDER_BY_TIME if in_order else ORDER_CONTRADICTED


def coverage(tree: CallTree, suspect: Suspect) -> float:
    """Whether every call from the trace's head to the suspect is seen."""
    links = suspect.chain.links[: suspect.index + 1]
    if any(tree.between(outer.span_id, inner.span_id) is None for outer, inner in pairwise(links)):
        return COVERAGE_GAP
    is_orphan = tree.head_of(links[0].span_id) in tree.trace.orphans
    return COVERAGE_ORPHAN if is_orphan else COVERAGE_WHOLE


def joined(tree: CallTree, suspect: Suspect) -> float:
    """The precision of the weakest join on the way from the outermost failure to the suspect; 1 where there is none."""
    return min(map(certainty, joins_on_the_way(tree, suspect)), default=1.0)


def joins_on_the_way(tree: CallTree, suspect: Suspect) -> tuple[Edge, ...]:
    """The joins of traces that the accusation relies on, outermost first."""
    awaited = suspect.awaited.span if suspect.awaited is not None else None
    accused = suspect.link.span_id if awaited is None else awaited.span_id
    return tree.joins_between(suspect.chain.links[0].span_id, accused)


def certainty(join: Edge) -> float:
    """How far one may rely on a join, 0..1. What a sender stated itself (a link, a retry) holds until it is measured."""
    if join.precision is not None:
        return join.precision
    return UNMEASURED_JOIN if join.method in HEURISTICS else 1.0


def _is_timed(tree: CallTree, error: ErrorEvent) -> bool:
    span = tree.span(error.span_id)
    return span is None or not span.marks & (Mark.TIME_OUT_OF_RANGE | Mark.NO_TIME | Mark.END_BEFORE_START)
