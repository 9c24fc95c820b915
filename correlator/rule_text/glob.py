"""Texts with `*` for anything, any case: patterns that a stranger may write, matched in time linear in the text."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

CHARACTERS: Final = 200
"""Of one glob at most; a rule that needs more has copied a payload."""
LOOKED_AT: Final = 2_048
"""Characters of a text that are looked at, as correlate.fingerprint does: what follows is payload."""


@dataclass(frozen=True, slots=True)
class Glob:
    """`text` with any number of `*`; no other character means anything. Matches whole texts."""

    text: str

    def matches(self, text: str) -> bool:
        return _matches(_pieces(self.text), _folded(text))

    @property
    def is_literal(self) -> bool:
        """Whether it stands for one text only."""
        return "*" not in self.text


def containing(text: str) -> Glob:
    """What matches any text that `text` occurs in."""
    return Glob(f"*{text}*")


def overlap(one: Glob, other: Glob) -> bool:
    """Whether a text may match both. True where that is not easily told; of two literals only when they are the same."""
    if one.is_literal:
        return other.matches(one.text)
    return one.matches(other.text) if other.is_literal else True


@lru_cache(maxsize=4_096)  # many globs ask the same of one text
def _folded(text: str) -> str:
    return text[:LOOKED_AT].casefold()


@lru_cache(maxsize=4_096)
def _pieces(glob: str) -> tuple[str, ...]:
    return tuple(glob.casefold().split("*"))


def _matches(pieces: tuple[str, ...], text: str) -> bool:
    """Each piece at its first place after the one before: if any way fits, this one does."""
    if len(pieces) == 1:
        return text == pieces[0]
    head, tail = pieces[0], pieces[-1]
    if len(text) < len(head) + len(tail) or not text.startswith(head) or not text.endswith(tail):
        return False
    place, end = len(head), len(text) - len(tail)
    for piece in pieces[1:-1]:
        found = text.find(piece, place, end)
        if found < 0:
            return False
        place = found + len(piece)
    return True
