"""The records of a range of time, and what is reckoned of all of them."""

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from correlator.correlate.service_graph import COLUMNS, service_graph
from correlator.errors import Unavailable
from correlator.model.service_graph import ServiceGraph
from correlator.model.tables import NONE_OF, Tables
from correlator.model.unique_spans import has_double, unique_spans
from correlator.store.elasticsearch.queries import SPAN_ID, all_of, in_pieces, is_record, one_of, within
from correlator.store.elasticsearch.readers.record_search import RecordSearch
from correlator.store.joined_page import rows_at

PLACE: Final = ("trace_id", "span_id", "position", "row")
GRAPH_SPANS: Final = 500_000
"""Read for a graph at most: Elasticsearch joins no parents with children, so each span comes here; that takes half a minute."""


def scan(
    records: RecordSearch, signal: str, start_unix_nano: int, end_unix_nano: int, columns: tuple[str, ...]
) -> pa.Table:
    """The contract's scan; versions of a span that start outside of the range count only where another is inside."""
    condition = all_of(within(start_unix_nano, end_unix_nano), is_record() if signal == "logs" else None)
    place = PLACE if signal == "traces" else ()
    wanted = list(dict.fromkeys((*columns, *place)))
    parts = [_of_signal(records.tables(hits), signal).select(wanted) for hits in records.pages((signal,), condition)]
    found = pa.concat_tables([NONE_OF[signal].select(wanted), *parts])
    if signal == "traces" and has_double(found):
        found = _standing(records, found)
    return found.select(list(columns))


def graph_of_range(records: RecordSearch, start_unix_nano: int, end_unix_nano: int) -> ServiceGraph:
    """The contract's service_graph."""
    spans = records.count(("traces",), all_of(within(start_unix_nano, end_unix_nano)))
    if spans > GRAPH_SPANS:
        raise Unavailable(
            f"the service graph of {spans} spans takes too long, of {GRAPH_SPANS} it does not; ask for a shorter time"
        )
    return service_graph(scan(records, "traces", start_unix_nano, end_unix_nano, COLUMNS))


def _standing(records: RecordSearch, found: pa.Table) -> pa.Table:
    """Without the versions that gave way; whole spans are read again, but only those that are there twice."""
    counted = found.group_by("span_id").aggregate([([], "count_all")])
    doubled = counted.filter(pc.greater(counted["count_all"], 1))["span_id"]
    span_ids = (each.hex() for each in doubled.to_pylist())
    stored = [records.records(("traces",), one_of(SPAN_ID, some)).spans for some in in_pieces(span_ids)]
    is_doubled = pc.is_in(found["span_id"], value_set=doubled.combine_chunks())
    standing = rows_at(found.filter(is_doubled), unique_spans(pa.concat_tables(stored)))
    return pa.concat_tables([found.filter(pc.invert(is_doubled)), standing])


def _of_signal(records: Tables, signal: str) -> pa.Table:
    return {"traces": records.spans, "logs": records.logs, "metrics": records.metrics}[signal]
