"""A trace and its error chains become one finding."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from correlator.correlate.error_events import error_events
from correlator.explain.call_tree import CallTree
from correlator.explain.candidates import suspects_of
from correlator.explain.confidence import grade, with_competition
from correlator.explain.crashed_executions import crash_chains
from correlator.explain.evidence import evidence_of, shortened
from correlator.explain.loose_logs import loose_log_chains
from correlator.explain.missing_signals import missing_signals_of
from correlator.explain.narrate import narrate_abstention, narrate_alternative, narrate_cause
from correlator.explain.path import path_of
from correlator.explain.ruled_out import ruled_out_by
from correlator.explain.suspect import Suspect
from correlator.model.error_chain import ErrorChain
from correlator.model.finding import Candidate, Finding
from correlator.model.trace import Trace

EFFECTS: Final = ("reaction", "handled", "unnoticed", "failed")
"""What became of a failure, by how much it matters: the whole part of a score."""
MESSAGE_CHARACTERS: Final = 2_048
CANDIDATES: Final = 5
"""So many are given at most; RCA is read by people."""


@dataclass(frozen=True, slots=True)
class _Graded:
    suspect: Suspect
    grade: float
    failed_unix_nano: int

    @property
    def score(self) -> float:
        return EFFECTS.index(self.suspect.chain.effect) + self.grade

    @property
    def rank(self) -> tuple[float, int, tuple[str, str, str]]:
        """Best score first, then who failed first, then by name."""
        return -self.score, self.failed_unix_nano, self.suspect.name


def explain_trace(trace: Trace, chains: Sequence[ErrorChain]) -> Finding:
    """Which component failed first, why, and with what evidence; the same answer whatever order the chains are in.

    `score` is `0..3` for what became of the failure (reaction, handled, unnoticed, failed) plus its grade. Abstains where
    nothing failed, and where the chains that matter most accuse nobody (candidates.py has the rule): a failure that was
    survived is not offered as the cause of one that was not.
    """
    tree = CallTree(trace)
    told = _all_told(trace, chains)
    ranked = sorted((_graded(tree, suspect) for suspect in suspects_of(tree, told)), key=lambda each: each.rank)
    if not ranked or _effect(ranked[0].suspect.chain) < max(_effect(chain) for chain in told):
        return _abstention(tree, told, ranked)
    return _accusation(tree, told, ranked)


def _all_told(trace: Trace, chains: Sequence[ErrorChain]) -> list[ErrorChain]:
    """The chains, and what only logs without a span tell: crashes always, other errors where no span failed."""
    errors = error_events(trace)
    return _in_order([*chains, *crash_chains(errors, chains)]) or loose_log_chains(errors)


def _accusation(tree: CallTree, chains: Sequence[ErrorChain], ranked: Sequence[_Graded]) -> Finding:
    cause = ranked[0].suspect
    return Finding(
        summary=narrate_cause(tree, cause),
        abstained=False,
        candidates=tuple(_candidate(tree, each, ranked) for each in ranked[:CANDIDATES]),
        alternatives=tuple(narrate_alternative(each.suspect) for each in ranked[1:CANDIDATES]),
        ruled_out=ruled_out_by(tree, cause, chains),
        missing_signals=missing_signals_of(tree, chains, cause),
        trace_ids=(tree.trace.trace_id,) if tree.trace.trace_id else (),
    )


def _abstention(tree: CallTree, chains: Sequence[ErrorChain], ranked: Sequence[_Graded]) -> Finding:
    return Finding(
        summary=narrate_abstention(tree, chains),
        abstained=True,
        alternatives=tuple(narrate_alternative(each.suspect) for each in ranked[:CANDIDATES]),
        missing_signals=missing_signals_of(tree, chains, None),
        trace_ids=(tree.trace.trace_id,) if tree.trace.trace_id else (),
    )


def _candidate(tree: CallTree, each: _Graded, ranked: Sequence[_Graded]) -> Candidate:
    suspect = each.suspect
    return Candidate(
        component=suspect.component,
        operation=suspect.operation,
        system=suspect.system,
        kind=suspect.kind,
        score=each.score,
        confidence=with_competition(each.grade, [rival.grade for rival in ranked if _competes(rival, each)]),
        fingerprint=suspect.fingerprint,
        error_type=shortened(suspect.error.error_type),
        message=suspect.error.message[:MESSAGE_CHARACTERS],
        evidence=evidence_of(tree, suspect),
        path=path_of(tree, suspect),
    )


def _competes(rival: _Graded, each: _Graded) -> bool:
    """Another chain's cause, of a failure that matters as much: it can be true instead, and does not follow from this one.

    One that names no reason does not compete: where the calls between the two are not seen, this one may well explain it.
    """
    return (
        not rival.suspect.error.is_generic
        and rival.suspect.chain is not each.suspect.chain
        and rival.suspect.is_deepest
        and _effect(rival.suspect.chain) >= _effect(each.suspect.chain)
    )


def _graded(tree: CallTree, suspect: Suspect) -> _Graded:
    failed_unix_nano = tree.time_of(suspect.error.service_name, suspect.error.time_unix_nano)
    return _Graded(suspect, grade(tree, suspect), failed_unix_nano)


def _effect(chain: ErrorChain) -> int:
    return EFFECTS.index(chain.effect)


def _in_order(chains: Sequence[ErrorChain]) -> list[ErrorChain]:
    """What failed for good first, then by the error of the cause, then by span ids: an order of their own."""
    return sorted(
        chains,
        key=lambda chain: (
            -_effect(chain),
            chain.links[chain.cause].error.is_generic,
            chain.links[chain.cause].error.time_unix_nano,
            tuple(link.span_id for link in chain.links),
        ),
    )
