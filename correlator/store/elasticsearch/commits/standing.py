"""The newest commit of a chain: read by anybody, and its documents written by whoever finds that they are not.

A commit that is in force may have documents that are not written yet, since its engine is about to, or is gone. Whoever reads
writes them first. They are results and carry the commit's number as version, so it does not matter who writes them, how often,
or how late.
"""

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

import msgspec
import structlog

from correlator.store.elasticsearch.commits.changes import Changes, Forget, Place, change
from correlator.store.elasticsearch.commits.head import Head, Text
from correlator.store.elasticsearch.commits.plain_indices import Found, PlainIndices
from correlator.store.elasticsearch.freshness import Freshness

log = structlog.get_logger()

LIGHT: Final = ("number", "attempt", "written", "state.pages", "changes.pages")
"""Of a head, what says whether anything is new."""

Forgetting = Callable[[int, Forget], None]
"""Deletes what a commit of that number forgets; to do it twice is to do it once."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest commit as it was read, or that there is none."""

    head: Head | None = None
    found: Found | None = None

    @property
    def number(self) -> int:
        return self.head.number if self.head else 0

    @property
    def attempt(self) -> str:
        return self.head.attempt if self.head else ""


class StandingCommit:
    """Of the chain of that name. Safe from any thread; `lock` is held while documents are written."""

    def __init__(self, indices: PlainIndices, freshness: Freshness, chain: str, forget: Forgetting) -> None:
        self.lock = threading.RLock()
        self._indices = indices
        self._freshness = freshness
        self._chain = chain
        self._forget = forget
        self._head = Place("state", chain)
        self._note = Place("state", f"{chain}-written")
        self._noted = 0  # all documents of commits up to this one are written
        self._seen = 0  # searches of this process know of commits up to this one
        self._state: tuple[str, bytes | None] = ("", None)  # of which attempt, and what

    # --- reading ---

    def settled(self) -> Standing:
        """Once the documents of all commits in force are written, and found by searches that come after."""
        return self.by_id([])[0]

    def by_id(self, places: Collection[Place]) -> tuple[Standing, dict[Place, Found]]:
        """These documents as the last commit in force left them, those that are there."""
        wanted = [self._head, self._note, *places]
        while True:
            found = self._indices.by_id(wanted, {self._head: LIGHT})
            note, standing = found.pop(self._note, None), _standing(found.pop(self._head, None))
            if self.is_written(standing, note):
                return standing, found
            self._write_newest()

    def newest(self) -> Standing:
        """With its texts, whether its documents are written or not."""
        return _standing(self._indices.by_id([self._head]).get(self._head))

    def current(self) -> tuple[Standing, bytes | None]:
        """Settled, and its state: None where nothing was committed; the same bytes object while nothing else was."""
        while True:
            standing = self.settled()
            state = self.state_of(standing)
            if state is not None or standing.head is None:
                return standing, state

    def state_of(self, standing: Standing) -> bytes | None:
        """None where nothing was committed, or where another commit has taken its place by now."""
        attempt, state = self._state
        if standing.head is None or attempt == standing.attempt:
            return state if standing.head else None
        newest = self.newest()
        if newest.head is None or newest.attempt != standing.attempt:
            return None
        text = self._text(newest.head.state, newest.head.state_places(self._chain))
        return None if text is None else self.remember(standing, text.encode())

    def remember(self, standing: Standing, state: bytes) -> bytes:
        """What the state of a commit is; it."""
        self._state = (standing.attempt, state)
        return state

    # --- writing ---

    def write(self, head: Head, changes: Changes) -> None:
        """The documents of a commit in force; then note that they are there."""
        self._indices.put(changes.documents, head.number)
        if changes.forget is not None:
            self._forget(head.number, changes.forget)
        self._indices.put([change(*self._note, {"number": head.number})], head.number)
        self._noted = max(self._noted, head.number)
        self.is_written(Standing(head))

    def is_written(self, standing: Standing, note: Found | None = None) -> bool:
        """Whether its documents are. If so, searches of this process look for them."""
        if note is not None:
            self._noted = max(self._noted, note.source["number"])
        if standing.number > self._noted:
            return False
        if standing.head is not None and standing.number > self._seen:
            names, seen = self._indices.names, self._seen
            self._freshness.wrote(names.index(kind) for kind, last in standing.head.written.items() if last > seen)
            self._seen = max(self._seen, standing.number)
        return True

    def _write_newest(self) -> None:
        """Unless another thread or process has by now."""
        with self.lock:
            found = self._indices.by_id([self._head, self._note])
            standing = _standing(found.get(self._head))
            if standing.head is None or self.is_written(standing, found.get(self._note)):
                return
            text = self._text(standing.head.changes, standing.head.changes_places(self._chain))
            if text is not None:
                log.info("commit_of_another_written", chain=self._chain, number=standing.number)
                self.write(standing.head, msgspec.json.decode(text, type=Changes))

    def _text(self, text: Text, places: Collection[Place]) -> str | None:
        """None where its pages are gone, as of a commit that is past."""
        if text.inline is not None:
            return text.inline
        pages = self._indices.by_id(places)
        if len(pages) < len(places):
            return None
        return "".join(pages[place].source["content"] for place in places)


def _standing(found: Found | None) -> Standing:
    return Standing() if found is None else Standing(msgspec.convert(found.source, Head), found)
