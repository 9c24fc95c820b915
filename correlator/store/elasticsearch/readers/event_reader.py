"""Events above a position, by whole requests, and what was told of them before."""

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from correlator import semconv
from correlator.elasticsearch.documents.span_texts import KINDS
from correlator.model.tables import NO_SPANS
from correlator.store.contract import EventPage
from correlator.store.elasticsearch.queries import REQUEST, SPAN_ID, all_of, but_not, in_pieces, one_of
from correlator.store.elasticsearch.readers.record_search import RecordSearch
from correlator.store.elasticsearch.requests.marker_search import MarkerSearch
from correlator.store.event_page import EVENT_KINDS, event_page, is_event

EVENTS_AT_ONCE: Final = 5_000
"""A page: some 10 MB of documents, and one query that looks each of them up among the earlier ones."""
TOLD_OF: Final = {
    "bool": {
        "should": [
            one_of("kind", [KINDS[kind] for kind in EVENT_KINDS.to_pylist()]),
            one_of("name", [semconv.N8N_WORKFLOW_SPAN, semconv.N8N_NODE_SPAN]),
        ]
    }
}


def events_after(markers: MarkerSearch, records: RecordSearch, position: int, columns: tuple[str, ...]) -> EventPage:
    """The contract's events_after."""
    page = markers.after(position, "events", EVENTS_AT_ONCE)
    if not page.positions:
        return event_page(page.end, NO_SPANS, NO_SPANS, columns)
    fresh = records.records(("traces",), all_of(one_of(REQUEST, page.positions), TOLD_OF)).spans
    return event_page(page.end, fresh, _earlier(records, fresh, page.positions, position), columns)


def _earlier(records: RecordSearch, fresh: pa.Table, requests: dict[str, int], position: int) -> pa.Table:
    """All versions of these events that came at or before the position."""
    span_ids = (each.hex() for each in fresh["span_id"].filter(is_event(fresh)).to_pylist())
    not_fresh = but_not(one_of(REQUEST, requests))
    found = [
        records.records(("traces",), all_of(one_of(SPAN_ID, some), not_fresh)).spans for some in in_pieces(span_ids)
    ]
    earlier = pa.concat_tables([NO_SPANS, *found])
    return earlier.filter(pc.less_equal(earlier["position"], position))
