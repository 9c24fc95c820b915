"""What a commit writes, as operations of bulks."""

import msgspec

from correlator.elasticsearch.names import Names
from correlator.store.elasticsearch.commits.changes import (
    BULK_BYTES,
    BULK_DOCUMENTS,
    Change,
    Changes,
    Forget,
    bulks,
    change,
)


def test_a_document_is_written_under_the_commits_number() -> None:
    """An older number leaves what is there; the same one writes it again."""
    ((action, source),) = bulks([change("runs", "w1/7", {"a": 1})], Names(namespace="blue"), 17)
    assert msgspec.json.decode(action) == {
        "index": {"_index": "correlator-runs-blue", "_id": "w1/7", "version": 17, "version_type": "external_gte"}
    }
    assert source == b'{"a":1}'


def test_a_large_commit_goes_in_several_bulks() -> None:
    """By number and by size; each document once, in order."""
    many = [change("runs", str(number), number) for number in range(2 * BULK_DOCUMENTS + 1)]
    assert [len(each) // 2 for each in bulks(many, Names(), 1)] == [BULK_DOCUMENTS, BULK_DOCUMENTS, 1]
    large = [change("runs", str(number), "x" * (BULK_BYTES // 2)) for number in range(5)]
    parts = list(bulks(large, Names(), 1))
    assert [len(each) // 2 for each in parts] == [2, 2, 1]
    assert list(bulks([], Names(), 1)) == []


def test_changes_come_back_whole() -> None:
    """From the text that the head or its pages keep."""
    changes = Changes((change("runs", "é", {"a": [1.5, None]}), Change("outcomes", "2", msgspec.Raw(b"{}"))), Forget(3))
    assert msgspec.json.decode(msgspec.json.encode(changes), type=Changes) == changes
