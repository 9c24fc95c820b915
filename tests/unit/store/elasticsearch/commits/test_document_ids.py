"""Ids of documents."""

from hypothesis import given
from hypothesis import strategies as st

from correlator.store.elasticsearch.commits.document_ids import LONGEST, document_id

PARTS = st.lists(st.text(alphabet=":/1a~é", max_size=6), min_size=2, max_size=2)


@given(one=PARTS, other=PARTS)
def test_different_keys_have_different_ids(one: list[str], other: list[str]) -> None:
    """Whatever stands in them: separators, and numbers that look like lengths."""
    assert (document_id(*one) == document_id(*other)) == (one == other)


def test_keys_that_begin_alike_have_ids_that_do() -> None:
    """So that the server finds them near each other."""
    assert document_id("orders", "w1/17") == "6:orders/w1/17"
    assert document_id("ab") == "ab"


def test_a_key_that_is_too_long_becomes_its_digest() -> None:
    """In bytes, as the server counts."""
    assert len(document_id("é" * 250, "1").encode()) <= LONGEST
    long = [document_id("é" * 300, number) for number in "12"]
    assert all(each.startswith("~") and len(each) < LONGEST for each in long)
    assert long[0] != long[1]
