"""Commits of many documents, one after another: each is in force as a whole or not at all, whoever writes and whoever dies.

A commit is three steps: its pages are written (what is too long for the head); one write of the head, only if the head is
still the one that the caller read from, puts it in force; then its documents are written, and that is noted
(standing).

A reader beside a writer may see part of the documents of a commit that is being written, never less than a commit that was
noted, nor anything of one that is not in force.
"""

import time
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import NoReturn

import msgspec
import structlog

from correlator.errors import CorrelatorError, Superseded
from correlator.store.elasticsearch.commits.changes import Changes, Forget, Place, change
from correlator.store.elasticsearch.commits.head import Head, head_after, kinds_of, pages_of
from correlator.store.elasticsearch.commits.plain_indices import Found, PlainIndices
from correlator.store.elasticsearch.commits.standing import Forgetting, Standing, StandingCommit
from correlator.store.elasticsearch.freshness import Freshness
from correlator.store.elasticsearch.queries import all_of

log = structlog.get_logger()


def forgets_nothing(number: int, forget: Forget) -> None:
    """For chains whose commits forget nothing."""


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
        self._name = name
        self._forgettable = forgettable
        self._newest = StandingCommit(indices, freshness, name, forget)
        self._base: _Base | None = None  # under the lock of the newest

    # --- reading ---

    def state(self) -> bytes | None:
        """What was committed last; the next commit of this process builds on it. None where nothing was.

        Raises Superseded where another process has committed since this one did: the next call begins anew.
        """
        with self._newest.lock:
            standing, state = self._newest.current()
            is_ours = self._base is not None and self._base.is_ours
            if self._base is not None and is_ours and self._base.standing.attempt != standing.attempt:
                self._supersede()
            self._base = _Base(standing, is_ours)
            return state

    def current(self) -> bytes | None:
        """What was committed last, by whoever; the same bytes object while nothing was."""
        return self._newest.current()[1]

    def by_id(self, places: Collection[Place]) -> dict[Place, Found]:
        """These documents as the last commit in force left them, those that are there."""
        return self._newest.by_id(places)[1]

    def settle(self) -> None:
        """Have the documents of all commits in force written, and found by searches that come after."""
        self._newest.settled()

    # --- writing ---

    @contextmanager
    def committing(self) -> Iterator[bytes | None]:
        """For a block that ends with `commit`: what that builds on, as `state` gave it, which is called unless it was."""
        with self._newest.lock:
            if self._base is None:
                self.state()
            assert self._base is not None
            standing = self._base.standing
            if not self._newest.is_written(standing):
                self._newest.settled()
            state = self._newest.state_of(standing)
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
            kinds = kinds_of(changes, self._forgettable)
            head = head_after(before.head, uuid.uuid4().hex, *texts, kinds, time.time_ns() // 10**6)
            pages = pages_of(head, self._name, *texts)
            self._indices.put([change(*place, page) for place, page in pages.items()], head.number)
            after = self._put_in_force(before, head)
            self._base = _Base(after, is_ours=True)
            self._newest.remember(after, state)
            self._write_in_force(head, changes)
            self._clean_up(before, is_first)

    def begin_anew(self) -> None:
        """Nothing that was read before counts as read by who commits next."""
        with self._newest.lock:
            self._base = None

    def _put_in_force(self, before: Standing, head: Head) -> Standing:
        """Where the answer was lost it is asked for: the write may have been done. Unless that is known, it may yet be."""
        try:
            found = self._indices.put_if(Place("state", self._name), head, before.found)
        except CorrelatorError:
            with suppress(CorrelatorError):
                if (standing := self._newest.newest()).attempt == head.attempt:
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
            self._newest.write(head, changes)
        except CorrelatorError as error:
            log.warning("commit_not_written_yet", chain=self._name, reason=str(error))

    def _clean_up(self, before: Standing, is_first: bool) -> None:
        """Pages of the commit before; once in a process also those of commits that never came in force."""
        try:
            if is_first:
                past = all_of({"term": {"chain": self._name}}, {"range": {"number": {"lte": before.number}}})
                self._indices.refresh("state")
                self._indices.drop("state", past)
            elif before.head is not None:
                self._indices.delete(before.head.pages(self._name))
        except CorrelatorError as error:
            log.warning("pages_not_deleted", chain=self._name, reason=str(error))
