"""Which documents go in one request."""

from correlator.elasticsearch.documents import Document
from exporters.delivery import Parcel
from exporters.elasticsearch.bulks import ACTION_BYTES, DOCUMENTS, Item, bulks

PARCEL = Parcel(0, "traces/protobuf", 1, b"")


def item(number: int, length: int) -> Item:
    return Item(PARCEL, Document("traces", f"{number}", b"x" * length))


def test_they_fill_a_request_in_their_order() -> None:
    """One that is longer than a request goes alone."""
    items = [item(number, length) for number, length in enumerate((10, 10, 500, 10, 10, 10))]
    sizes = [[len(each.document.source) for each in bulk] for bulk in bulks(items, 2 * (10 + ACTION_BYTES))]
    assert sizes == [[10, 10], [500], [10, 10], [10]]
    assert list(bulks([], 100)) == []


def test_there_are_no_more_than_can_be_looked_up_at_once() -> None:
    """However short they are."""
    lengths = [len(bulk) for bulk in bulks((item(number, 1) for number in range(DOCUMENTS + 1)), 2**30)]
    assert lengths == [DOCUMENTS, 1]
