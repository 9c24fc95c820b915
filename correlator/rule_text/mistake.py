"""What is wrong in a file of rules, and where."""

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake, in the line of `file` (from 1) that has to be changed."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Written:
    """An id, and where it is given."""

    id: str
    file: str
    line: int


def duplicates(given: Iterable[Written]) -> list[Mistake]:
    """A mistake for each id that was given before."""
    first: dict[str, Written] = {}
    mistakes = []
    for each in given:
        other = first.setdefault(each.id, each)
        if other is not each:
            place = f"{other.file}:{other.line}"
            mistakes.append(Mistake(each.file, each.line, f"id {each.id!r} is taken by {place}; choose another"))
    return mistakes


def unknown(what: str, written: str, known: Collection[str]) -> str:
    """`unknown key 'mesage'; did you mean 'message'?`, or which are known where none is close."""
    close = closest(written, known)
    remedy = f"did you mean {close!r}?" if close is not None else f"known here: {', '.join(known)}"
    return f"unknown {what} {shown(written)}; {remedy}"


def closest(written: str, known: Collection[str]) -> str | None:
    """What was probably meant; None where nothing is close."""
    return next(iter(difflib.get_close_matches(written, known, n=1)), None)


def shown(written: object) -> str:
    """A value as a message repeats it: its beginning."""
    text = repr(written)
    return text if len(text) <= 60 else f"{text[:57]}..."
