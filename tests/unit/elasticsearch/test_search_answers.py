"""Answers that are read though a document in them is odd."""

import pytest
from elastic_transport import SerializationError

from correlator.elasticsearch.documents import Hit
from correlator.elasticsearch.search_answers import SearchAnswers


def answer(*sources: bytes) -> bytes:
    hits = (b'{"_index":"logs","_id":"%d","_source":%b}' % (number, source) for number, source in enumerate(sources))
    return b'{"took":1,"hits":{"hits":[%b]}}' % b",".join(hits)


def test_sources_are_the_bytes_that_were_written() -> None:
    """Whatever spaces and escapes they have."""
    written = rb'{ "message": "a\u00e9\ud83d\ude00", "n": 1e400 }'
    assert SearchAnswers().loads(answer(written))["hits"]["hits"] == [Hit("logs", "0", written)]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (rb"\ud800", rb"\ufffd"),
        (rb"\udcff", rb"\ufffd"),
        (rb"\uD800\uD83D\uDE00\uDE00", rb"\ufffd\uD83D\uDE00\ufffd"),
        (rb"\\ud800 \ud800", rb"\\ud800 \ufffd"),
        (rb"\"\udcff\n", rb"\"\ufffd\n"),
    ],
)
def test_half_a_surrogate_pair_hides_no_document(written: bytes, read: bytes) -> None:
    """Elasticsearch gives it back as it was sent, as by a logger that came upon a file name in no encoding."""
    sound = b'{"message":"sound"}'
    found = SearchAnswers().loads(answer(sound, b'{"message":"%b"}' % written))["hits"]["hits"]
    assert [hit.source for hit in found] == [sound, b'{"message":"%b"}' % read]


def test_what_is_no_json_is_told() -> None:
    """As the client expects it."""
    with pytest.raises(SerializationError, match="no JSON"):
        SearchAnswers().loads(b'{"took":')
