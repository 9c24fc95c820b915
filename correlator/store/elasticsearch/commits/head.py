"""The document that puts a commit in force, and the pages of what is too long for it. Pure."""

from collections.abc import Collection, Mapping
from typing import Final

import msgspec

from correlator.store.elasticsearch.commits.changes import Changes, Place

INLINE_CHARACTERS: Final = 32 * 2**10
"""Most commits: they need no page, and so one call less."""
PAGE_CHARACTERS: Final = 2**20


class Text(msgspec.Struct, frozen=True):
    """A text in the head, or in that many pages beside it."""

    inline: str | None = None
    pages: int = 0


class Head(msgspec.Struct, frozen=True):
    """The newest commit of a chain; numbers increase, not by one. `attempt` tells one try at a commit from another's of the same number; `written` is for each
    kind of document the number of the last commit that changed any."""

    number: int
    attempt: str
    written: dict[str, int]
    state: Text = Text()
    changes: Text = Text()

    def state_places(self, chain: str) -> list[Place]:
        return _places(chain, self, "state", self.state.pages)

    def changes_places(self, chain: str) -> list[Place]:
        return _places(chain, self, "changes", self.changes.pages)

    def pages(self, chain: str) -> list[Place]:
        return [*self.state_places(chain), *self.changes_places(chain)]


class Page(msgspec.Struct, frozen=True):
    """A piece of a text, of the commit with that number, in force or not."""

    chain: str
    number: int
    content: str


def head_after(
    before: Head | None, attempt: str, state: str, changes: str, kinds: Collection[str], now_unix_ms: int
) -> Head:
    """The next commit's, which changes documents of these kinds.

    Its number is the time, or one more than the last. So it is larger than any that is left on documents by a chain that was
    deleted, or taken back to a snapshot: theirs would outweigh it for ever.
    """
    number = max(now_unix_ms, before.number + 1 if before else 0)
    written = {**(before.written if before else {}), **dict.fromkeys(sorted(kinds), number)}
    return Head(number, attempt, written, _text(state), _text(changes))


def pages_of(head: Head, chain: str, state: str, changes: str) -> Mapping[Place, Page]:
    """What must be written before the head is."""
    content = {
        **dict(zip(head.state_places(chain), _pieces(state), strict=False)),
        **dict(zip(head.changes_places(chain), _pieces(changes), strict=False)),
    }
    return {place: Page(chain, head.number, piece) for place, piece in content.items()}


def kinds_of(changes: Changes, forgotten: Collection[str]) -> frozenset[str]:
    """The kinds of documents that a commit changes; `forgotten` are those of which it may delete some."""
    return frozenset({each.kind for each in changes.documents} | set(forgotten if changes.forget else ()))


def _text(text: str) -> Text:
    return Text(text) if len(text) <= INLINE_CHARACTERS else Text(None, len(_pieces(text)))


def _pieces(text: str) -> list[str]:
    return [text[first : first + PAGE_CHARACTERS] for first in range(0, len(text), PAGE_CHARACTERS)]


def _places(chain: str, head: Head, name: str, pages: int) -> list[Place]:
    return [Place("state", f"{chain}-{head.number}-{head.attempt}-{name}-{page}") for page in range(pages)]
