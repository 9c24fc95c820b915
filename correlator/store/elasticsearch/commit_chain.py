"""Commits of many documents, one after another: each is in force as a whole or not at all, whoever writes and whoever dies.

A commit is three steps: its pages are written (what is too long for the head); one write of the head, only if the head is
still the one that the caller read from, puts it in force; then its documents are written, and that is noted. Whoever reads
and finds a commit in force whose documents are not noted writes them first: they are results and carry the commit's number as
version, so it does not matter who writes them, how often, or how late.

A reader beside a writer may see part of the documents of a commit that is being written, never less than a commit that was
noted, nor anything of one that is not in force.
"""

import threading
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final, NoReturn

import msgspec
import structlog

from correlator.errors import CorrelatorError, Superseded
from correlator.store.elasticsearch.changes import Change, Changes, Forget, Place, change
from correlator.store.elasticsearch.commit_head import Head, Text, head_after, kinds_of, pages_of
from correlator.store.elasticsearch.freshness import Freshness
from correlator.store.elasticsearch.plain_indices import Found, PlainIndices

log = structlog.get_logger()

LIGHT: Final = ("number", "attempt", "written", "state.pages", "changes.pages")
"""Of a head, what says whether anything is new."""

Forgetting = Callable[[int, Forget], None]
"""Deletes what a commit of that number forgets; to do it twice is to do it once."""


def forgets_nothing(number: int, forget: Forget) -> None:
    """For chains whose commits forget nothing."""


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


@dataclass(frozen=True, slots=True)
class _Base:
    """What the next commit builds on. `is_ours`: this process has committed since it began."""

    standing: Standing
    is_ours: bool


class CommitChain:
    """The commits of one name. `forgettable` are the kinds of which `forget` deletes documents. Safe from any thread."""

    def __init__(
        self,
        indices: PlainIndices,
        freshness: Freshness,
        name: str,
        forget: Forgetting = forgets_nothing,
        forgettable: Collection[str] = (),
    ) -> None:
        self._indices = indices
        self._freshness = freshness
        self._name = name
        self._forget = forget
        self._forgettable = forgettable
        self._head_place = Place("state", name)
        self._noted_place = Place("state", f"{name}-written")
        self._lock = threading.RLock()
        self._base: _Base | None = None
        self._noted = 0  # all documents of commits up to this one are written
        self._seen = 0  # searches of this process know of commits up to this one
        self._state: tuple[str, bytes | None] = ("", None)  # of which attempt, and what

    # --- reading ---

    def state(self) -> bytes | None:
        """What was committed last; the next commit of this process builds on it. None where nothing was.

        Raises Superseded where another process has committed since this one did: the next call begins anew.
        """
        with self._lock:
            standing, state = self._current()
            is_ours = self._base is not None and self._base.is_ours
            if self._base is not None and is_ours and self._base.standing.attempt != standing.attempt:
                self._supersede()
            self._base = _Base(standing, is_ours)
            return state

    def current(self) -> bytes | None:
        """What was committed last, by whoever; the same bytes object while nothing was."""
        return self._current()[1]

    def by_id(self, places: Collection[Place]) -> dict[Place, Found]:
        """These documents as the last commit in force left them, those that are there."""
        wanted = [self._head_place, self._noted_place, *places]
        while True:
            found = self._indices.by_id(wanted, {self._head_place: LIGHT})
            noted, standing = found.pop(self._noted_place, None), _standing(found.pop(self._head_place, None))
            if self._is_settled(standing, noted):
                return found
            self._settle()

    def settle(self) -> Standing:
        """Have the documents of all commits in force written, and found by searches that come after."""
        while True:
            found = self._indices.by_id([self._head_place, self._noted_place], {self._head_place: LIGHT})
            standing = _standing(found.get(self._head_place))
            if self._is_settled(standing, found.get(self._noted_place)):
                return standing
            self._settle()

    # --- writing ---

    @contextmanager
    def committing(self) -> Iterator[bytes | None]:
        """For a block that ends with `commit`: what that builds on, as `state`, unless that was called before."""
        with self._lock:
            if self._base is None:
                self.state()
            assert self._base is not None
            standing = self._base.standing
            if standing.number > self._noted:
                self._settle()
            state = self._state_of(standing)
            if standing.head is not None and state is None:
                self._supersede()
            yield state

    def commit(self, state: bytes, changes: Changes) -> None:
        """Put it in force. Raises Superseded where another process has committed since this one read what it builds on.

        Any other error leaves it in force or not, as a later `state` tells; mostly it is not.
        """
        with self.committing():
            assert self._base is not None
            before, is_first = self._base.standing, not self._base.is_ours
            texts = state.decode(), msgspec.json.encode(changes).decode()
            head = head_after(before.head, uuid.uuid4().hex, *texts, kinds_of(changes, self._forgettable))
            pages = pages_of(head, self._name, *texts)
            self._indices.put([change(*place, page) for place, page in pages.items()], head.number)
            after = self._put_in_force(before, head)
            self._base = _Base(after, is_ours=True)
            self._state = (head.attempt, state)
            self._write_in_force(head, changes)
            self._clean_up(before, is_first)

    def begin_anew(self) -> None:
        """Nothing that was read before counts as read by who commits next."""
        with self._lock:
            self._base = None

    def _put_in_force(self, before: Standing, head: Head) -> Standing:
        """Where the answer was lost it is asked for: the write may have been done. Unless that is known, it may yet be."""
        try:
            found = self._indices.put_if(self._head_place, head, before.found)
        except CorrelatorError:
            with suppress(CorrelatorError):
                if (standing := self._newest()).attempt == head.attempt:
                    return standing
            raise
        if found is None:
            self._supersede()
        return Standing(head, found)

    def _supersede(self) -> NoReturn:
        self._base = None
        raise Superseded(
            f"another engine has committed to {self._name!r} since this one read it; "
            "nothing was kept: read it again, and forget what is remembered of it"
        )

    def _write_in_force(self, head: Head, changes: Changes) -> None:
        """An error here undoes nothing: the commit is in force, and whoever reads next writes what is missing."""
        try:
            self._write(head, changes)
        except CorrelatorError as error:
            log.warning("commit_not_written_yet", chain=self._name, reason=str(error))

    def _clean_up(self, before: Standing, is_first: bool) -> None:
        """Pages of the commit before; once in a process also those of commits that never came in force."""
        try:
            if is_first:
                query = {
                    "bool": {"filter": [{"term": {"chain": self._name}}, {"range": {"number": {"lte": before.number}}}]}
                }
                self._indices.refresh("state")
                self._indices.drop("state", query)
            elif before.head is not None:
                self._indices.delete(before.head.pages(self._name))
        except CorrelatorError as error:
            log.warning("pages_not_deleted", chain=self._name, reason=str(error))

    # --- from in force to written ---

    def _is_settled(self, standing: Standing, noted: Found | None) -> bool:
        if noted is not None:
            self._noted = max(self._noted, noted.source["number"])
        if standing.number > self._noted:
            return False
        if standing.head is not None and standing.number > self._seen:
            names = self._indices.names
            self._freshness.wrote(names.index(k) for k, n in standing.head.written.items() if n > self._seen)
            self._seen = max(self._seen, standing.number)
        return True

    def _settle(self) -> None:
        """Write what is in force, unless another thread or process has by now."""
        with self._lock:
            found = self._indices.by_id([self._head_place, self._noted_place])
            standing = _standing(found.get(self._head_place))
            if standing.head is None or self._is_settled(standing, found.get(self._noted_place)):
                return
            text = self._text(standing.head.changes, standing.head.changes_places(self._name))
            if text is not None:
                log.info("commit_of_another_written", chain=self._name, number=standing.number)
                self._write(standing.head, msgspec.json.decode(text, type=Changes))

    def _write(self, head: Head, changes: Changes) -> None:
        self._indices.put(changes.documents, head.number)
        if changes.forget is not None:
            self._forget(head.number, changes.forget)
        self._indices.put([_noted(self._noted_place, head.number)], head.number)
        self._noted = max(self._noted, head.number)
        self._is_settled(Standing(head), None)

    # --- texts ---

    def _current(self) -> tuple[Standing, bytes | None]:
        while True:
            standing = self.settle()
            state = self._state_of(standing)
            if state is not None or standing.head is None:
                return standing, state

    def _newest(self) -> Standing:
        """With its texts."""
        return _standing(self._indices.by_id([self._head_place]).get(self._head_place))

    def _state_of(self, standing: Standing) -> bytes | None:
        """None where nothing was committed, or where another commit has taken its place by now."""
        attempt, state = self._state
        if standing.head is None or attempt == standing.attempt:
            return state if standing.head else None
        newest = self._newest()
        if newest.head is None or newest.attempt != standing.attempt:
            return None
        text = self._text(newest.head.state, newest.head.state_places(self._name))
        if text is None:
            return None
        state = text.encode()
        self._state = (standing.attempt, state)
        return state

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


def _noted(place: Place, number: int) -> Change:
    return change(*place, {"number": number})
