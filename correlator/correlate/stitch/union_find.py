"""Disjoint sets: which traces are one story so far."""

from collections.abc import Iterable


class UnionFind:
    """Sets of texts; each is named by its least member, so that names do not depend on the order of unions."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def find(self, member: str) -> str:
        """The name of the set that holds `member`, itself where it was never joined. Halves the path on its way."""
        above = self._above
        while member in above:
            if above[member] in above:
                above[member] = above[above[member]]
            member = above[member]
        return member

    def union(self, one: str, other: str) -> None:
        """Make the sets of the two one."""
        one, other = self.find(one), self.find(other)
        if one != other:
            self._above[max(one, other)] = min(one, other)

    def sets(self, members: Iterable[str]) -> dict[str, list[str]]:
        """Name to members, in the order of `members`."""
        sets: dict[str, list[str]] = {}
        for member in members:
            sets.setdefault(self.find(member), []).append(member)
        return sets
