"""What rules say, and what becomes of it: a claim is settled where it leads to one story, else its candidates are shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from correlator.correlate.stitch.facts import Place
from correlator.correlate.stitch.union_find import UnionFind


@dataclass(frozen=True, slots=True)
class Claim:
    """By `method`, one of `callers`, which lie in other traces, called `callee`. The likeliest caller comes first."""

    method: str
    callee: Place
    callers: Sequence[Place]


class Join(NamedTuple):
    """`caller` called `callee`: two traces are one story."""

    method: str
    caller: Place
    callee: Place


def settle(claims: Iterable[Claim], stories: UnionFind) -> tuple[list[Join], list[Claim]]:
    """The joins that follow, with `stories` (of trace ids) joined by them; and the claims that stay ambiguous.

    A claim is settled where its callers are all of one story, or some of them of the callee's own, as surer joins made it.
    Goes on until nothing changes; each turn looks at the stories as the turn before left them, so that the order of claims
    does not matter.
    """
    pending, joins = [claim for claim in claims if claim.callers], []
    while True:
        chosen = [(claim, _chosen(claim, stories)) for claim in pending]
        settled = [Join(claim.method, caller, claim.callee) for claim, caller in chosen if caller is not None]
        for join in settled:
            stories.union(join.caller.trace_id, join.callee.trace_id)
        joins += settled
        pending = [claim for claim, caller in chosen if caller is None]
        if not settled or not pending:
            return joins, pending


def _chosen(claim: Claim, stories: UnionFind) -> Place | None:
    own = stories.find(claim.callee.trace_id)
    homes = [stories.find(caller.trace_id) for caller in claim.callers]
    if own in homes:
        return claim.callers[homes.index(own)]
    return claim.callers[0] if len(set(homes)) == 1 else None
