"""What is wrong in a file of rules, and where."""

import difflib
from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake, in the line of `file` (from 1) that has to be changed."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


def unknown(what: str, written: str, known: Collection[str]) -> str:
    """`unknown key 'mesage'; did you mean 'message'?`, or which are known where none is close."""
    close = difflib.get_close_matches(written, known, n=1)
    remedy = f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(known)}"
    return f"unknown {what} {shown(written)}; {remedy}"


def shown(written: object) -> str:
    """A value as a message repeats it: its beginning."""
    text = repr(written)
    return text if len(text) <= 60 else f"{text[:57]}..."
