"""Pairwise precision and recall of a grouping: over all pairs of units, are they together where they should be?"""

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PairScore:
    """`joined` pairs were put together, `right` of them rightly; `true` pairs belong together."""

    joined: int
    right: int
    true: int

    @property
    def precision(self) -> float | None:
        """Of the joined pairs, the share that is right; None where none was joined."""
        return self.right / self.joined if self.joined else None

    @property
    def recall(self) -> float | None:
        """Of the true pairs, the share that was joined; None where there is none."""
        return self.right / self.true if self.true else None


def score(truth: Sequence[str], found: Sequence[str], of: AbstractSet[str]) -> PairScore:
    """Score of a grouping of units. `truth` and `found` name each unit's group; only pairs with a unit of a story in `of` count.

    A pair of a story in `of` with one outside of it counts as joined wrongly, as it is.
    """
    joined = right = true = 0
    for members in _sizes(found, truth).values():
        inside = {story: count for story, count in members.items() if story in of}
        outside = sum(members.values()) - sum(inside.values())
        joined += _pairs(sum(inside.values())) + sum(inside.values()) * outside
        right += sum(map(_pairs, inside.values()))
    for story, count in Counter(truth).items():
        true += _pairs(count) if story in of else 0
    return PairScore(joined, right, true)


def _sizes(found: Sequence[str], truth: Sequence[str]) -> Mapping[str, Counter[str]]:
    sizes: dict[str, Counter[str]] = {}
    for group, story in zip(found, truth, strict=True):
        sizes.setdefault(group, Counter())[story] += 1
    return sizes


def _pairs(count: int) -> int:
    return count * (count - 1) // 2
