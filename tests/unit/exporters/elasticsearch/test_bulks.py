"""Which documents go in one request."""

from correlator.elasticsearch import Names
from correlator.elasticsearch.documents import Document, bulk_body
from correlator.elasticsearch.documents.block import block_of
from exporters.delivery import Parcel
from exporters.elasticsearch.bulks import ACTION_BYTES, DOCUMENTS, Bulk, Part, bulks

LENGTHS = (10, 10, 500, 10, 10, 10)


def documents(*lengths: int) -> list[Document]:
    return [Document("traces", f"{number}", b"x" * length) for number, length in enumerate(lengths)]


def part(position: int, some: list[Document]) -> Part:
    return Part(Parcel(position, "traces/protobuf", 1, b""), block_of("traces", some))


def sizes(bulk: Bulk) -> list[int]:
    return [len(document.source) for _, block in bulk.parts for document in block.documents()]


def test_they_fill_a_request_in_their_order() -> None:
    """One that is longer than a request goes alone; whether they came together or one by one."""
    max_bytes = 2 * (10 + ACTION_BYTES)
    expected = [[10, 10], [500], [10, 10], [10]]
    together = [part(0, documents(*LENGTHS))]
    one_by_one = [part(number, documents(length)) for number, length in enumerate(LENGTHS)]
    assert [sizes(bulk) for bulk in bulks(together, max_bytes)] == expected
    assert [sizes(bulk) for bulk in bulks(one_by_one, max_bytes)] == expected
    assert list(bulks([], 100)) == []


def test_there_are_no_more_than_can_be_looked_up_at_once() -> None:
    """However short they are."""
    some = [part(0, documents(*[1] * (DOCUMENTS - 1))), part(1, documents(1, 1))]
    assert [len(bulk) for bulk in bulks(some, 2**30)] == [DOCUMENTS, 1]


def test_slices_of_one_are_what_its_documents_are() -> None:
    """Over the borders of its parts; as documents that are made one by one are."""
    some = documents(*range(1, 9))
    bulk = Bulk((part(0, some[:3]), part(1, some[3:4]), part(2, some[4:])))
    names = Names()
    assert bulk.body(names) == bulk_body(some, names)
    for start in range(9):
        for stop in range(start, 9):
            assert len(bulk[start:stop]) == stop - start
            if start < stop:
                assert bulk[start:stop].body(names) == bulk_body(some[start:stop], names)
    assert bulk.without({"0", "3"}).body(names) == bulk_body([*some[1:3], *some[4:]], names)


def test_what_belongs_to_each_document_is_told_part_by_part() -> None:
    """In their order."""
    bulk = Bulk((part(0, documents(1, 1)), part(1, documents(1))))
    assert [(told.parcel.position, each) for told, each in bulk.by_part("abc")] == [(0, "ab"), (1, "c")]
