"""Records as documents, and back."""

from hypothesis import given, settings

from correlator.elasticsearch.documents import Hit, documents_of, tables_of
from correlator.elasticsearch.names import Names
from correlator.model.tables import Tables
from tests.unit.elasticsearch.generated_tables import TABLES

NAMES = Names()


def hits_of(tables: Tables, request: str = "r1") -> list[Hit]:
    """What a search gives of the documents of one request."""
    return [Hit(NAMES.stream(each.signal), each.id, each.source) for each in documents_of(tables, request)]


@settings(max_examples=60, deadline=None)
@given(TABLES)
def test_reading_gives_exactly_what_was_written(tables: Tables) -> None:
    """Of all columns: texts of any characters, times up to the last of int64, numbers, and JSON to the byte."""
    again = tables_of(hits_of(tables))
    for signal in ("spans", "logs", "metrics"):
        read, written = getattr(again, signal), getattr(tables, signal)
        assert repr(read.to_pylist()) == repr(written.to_pylist())  # as texts: NaN is no NaN
        assert read.schema == written.schema
