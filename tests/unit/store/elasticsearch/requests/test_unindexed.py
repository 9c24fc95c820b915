"""How a document is written that the server refuses."""

import json

import pytest

from correlator.elasticsearch.documents import Hit, documents_of, tables_of
from correlator.store.elasticsearch.requests.unindexed import INDEXED, restored, unindexed
from tests.conformance.records import log, span, tables, trace_id

RECORDS = tables(
    spans=[span(trace_id(1), 1, attributes='{"n":1.50,"a":{"b":[1,"x"]}}', trace_state="a=b", status_message="no")],
    logs=[log(1, trace_id(1), event_name="e", body='{"k":[1]}')],
)


def test_what_senders_choose_is_out_of_the_index() -> None:
    """All but the fields by which the engine finds a record, with their own mapping."""
    for document in documents_of(RECORDS, "r1"):
        written = json.loads(unindexed(document.source))
        assert written.keys() <= INDEXED
        assert {"attributes", "resource"} <= written["correlator"]["unindexed"].keys()
        assert written["correlator"]["request"] == "r1"


def test_a_record_is_read_back_exactly() -> None:
    """Down to the spelling of a number."""
    documents = list(documents_of(RECORDS, "r1"))
    hits = [Hit(each.signal, each.id, restored(unindexed(each.source))) for each in documents]
    assert tables_of(hits) == RECORDS


@pytest.mark.parametrize(
    "source", [b'{"a":1}', b'{"attributes":{"x":"\\"unindexed\\":{"},"correlator":{"row":1}}', b'{"unindexed":{}}']
)
def test_any_other_document_stays_as_it_is(source: bytes) -> None:
    """Also where a text of it looks alike."""
    assert restored(source) == source
