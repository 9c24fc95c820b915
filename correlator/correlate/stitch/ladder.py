"""The rules, one rung after the other, the surest first; and the edges that come of it."""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from correlator.correlate.stitch.claims import Claim, Join, settle
from correlator.correlate.stitch.execution_id import execution_id_claims, execution_id_siblings
from correlator.correlate.stitch.facts import Place
from correlator.correlate.stitch.job_key import idempotency_claims, job_id_claims
from correlator.correlate.stitch.parent_execution import parent_execution_claims
from correlator.correlate.stitch.payload import payload_claims
from correlator.correlate.stitch.retry_of import retry_of_claims, retry_of_siblings
from correlator.correlate.stitch.scene import Scene
from correlator.correlate.stitch.span_link import span_link_claims, span_link_siblings
from correlator.correlate.stitch.union_find import UnionFind
from correlator.model.precisions import Precisions
from correlator.model.trace import METHODS, Edge


class Ladder:
    """Stories in the making: `stories` holds the trace ids that are one so far."""

    def __init__(self) -> None:
        self.stories = UnionFind()
        self._joins: list[Join] = []
        self._ambiguous: list[Claim] = []

    def climb(self, scene: Scene, payloads: Container[str]) -> None:
        """Apply all rules. What a rung settles counts for the rungs below; records of one unseen caller come last."""
        for claims in (span_link_claims, parent_execution_claims, retry_of_claims, execution_id_claims, job_id_claims):
            self._settle(claims(scene))
        self._settle(idempotency_claims(scene, self._called()))
        self._settle(payload_claims(scene, payloads, self._called()))
        for siblings in (span_link_siblings, retry_of_siblings, execution_id_siblings):
            self._settle(claim for claim in list(siblings(scene)) if self._are_apart(claim))

    def edges(self, precisions: Precisions) -> list[Edge]:
        """The joins; between two traces those by the surest method."""
        surest: dict[frozenset[str], int] = {}
        for join in self._joins:
            pair, rank = _pair(join), METHODS.index(join.method)
            surest[pair] = min(rank, surest.get(pair, rank))
        kept = {join for join in self._joins if METHODS.index(join.method) == surest[_pair(join)]}
        return _in_order(_edge(join.caller, join.callee, join.method, precisions) for join in kept)

    def possible_edges(self, precisions: Precisions) -> list[Edge]:
        """What stayed ambiguous to the end: of each trace that may have called, its likeliest span."""
        return _in_order({edge for claim in self._ambiguous for edge in self._candidates(claim, precisions)})

    def _settle(self, claims: Iterable[Claim]) -> None:
        joins, ambiguous = settle(claims, self.stories)
        self._joins += joins
        self._ambiguous += ambiguous

    def _called(self) -> frozenset[str]:
        """Traces that are known to have a caller."""
        return frozenset(join.callee.trace_id for join in self._joins)

    def _are_apart(self, claim: Claim) -> bool:
        own = self.stories.find(claim.callee.trace_id)
        return all(self.stories.find(caller.trace_id) != own for caller in claim.callers)

    def _candidates(self, claim: Claim, precisions: Precisions) -> Iterator[Edge]:
        if self._are_apart(claim):
            likeliest: dict[str, Place] = {}
            for caller in claim.callers:
                likeliest.setdefault(caller.trace_id, caller)
            yield from (_edge(caller, claim.callee, claim.method, precisions) for caller in likeliest.values())


def edges_by_story(edges: Iterable[Edge], stories: UnionFind) -> Mapping[str, Sequence[Edge]]:
    """Story id to the edges that begin or end in it, in their order."""
    by_story: dict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        for story_id in {stories.find(edge.from_trace_id), stories.find(edge.to_trace_id)}:
            by_story[story_id].append(edge)
    return by_story


def _pair(join: Join) -> frozenset[str]:
    return frozenset((join.caller.trace_id, join.callee.trace_id))


def _edge(caller: Place, callee: Place, method: str, precisions: Precisions) -> Edge:
    return precisions.edge(caller.span_id, callee.span_id, method, caller.trace_id, callee.trace_id)


def _in_order(edges: Iterable[Edge]) -> list[Edge]:
    return sorted(edges, key=lambda it: (it.to_trace_id, it.to_span_id, it.from_trace_id, it.from_span_id, it.method))
