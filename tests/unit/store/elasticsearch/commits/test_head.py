"""Heads and pages of commits."""

from correlator.store.elasticsearch.commits.changes import Changes, Forget, change
from correlator.store.elasticsearch.commits.head import (
    INLINE_CHARACTERS,
    PAGE_CHARACTERS,
    Head,
    head_after,
    kinds_of,
    pages_of,
)


def test_a_short_commit_is_in_its_head() -> None:
    """No page is written."""
    head = head_after(None, "one", "state", "x" * INLINE_CHARACTERS, {"runs"}, 100)
    assert head.state.inline == "state"
    assert head.changes.inline == "x" * INLINE_CHARACTERS
    assert not pages_of(head, "ledger", "state", "x" * INLINE_CHARACTERS)


def test_a_long_text_is_in_pages() -> None:
    """In their order they are the text; another attempt has others."""
    text = "".join(chr(0x100 + number % 50) for number in range(2 * PAGE_CHARACTERS + 1))
    head = head_after(None, "one", text, "short", (), 100)
    pages = pages_of(head, "watch", text, "short")
    assert (head.state.inline, head.state.pages, head.changes.pages) == (None, 3, 0)
    assert "".join(pages[place].content for place in head.state_places("watch")) == text
    assert {(page.chain, page.number) for page in pages.values()} == {("watch", 100)}
    other = head_after(None, "other", text, "short", (), 100)
    assert not set(other.pages("watch")) & set(head.pages("watch"))


def test_numbers_increase_whatever_the_clock_says() -> None:
    """And are larger than any of a chain before this one, whose documents may be left."""
    head = head_after(None, "1", "", "", (), 1_000)
    assert head.number == 1_000
    assert head_after(head, "2", "", "", (), 5).number == 1_001
    assert head_after(head, "2", "", "", (), 5_000).number == 5_000


def test_a_head_says_which_commit_changed_a_kind_last() -> None:
    """What was not changed needs no refresh."""
    before = Head(5, "1", {"runs": 3, "minutes": 5})
    assert head_after(before, "2", "", "", {"runs"}, 7).written == {"runs": 7, "minutes": 5}


def test_what_may_be_forgotten_counts_as_changed() -> None:
    """Only where something is."""
    documents = (change("runs", "1", {}),)
    assert kinds_of(Changes(documents), ["minutes"]) == {"runs"}
    assert kinds_of(Changes(documents, Forget(1)), ["minutes"]) == {"runs", "minutes"}
