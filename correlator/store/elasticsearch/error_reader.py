"""Errors above a position, by whole requests."""

from correlator.model.tables import Tables
from correlator.store.elasticsearch.marker_search import MarkerSearch
from correlator.store.elasticsearch.queries import IS_ERROR, REQUEST, all_of, one_of
from correlator.store.elasticsearch.record_search import RecordSearch
from correlator.store.error_page import whole_requests


def errors_after(markers: MarkerSearch, records: RecordSearch, position: int, limit: int) -> Tables:
    """The contract's errors_after. Markers say where errors are, so that only those are fetched."""
    page = markers.after(position, "errors", limit)
    if not page.positions:
        return Tables()
    found = records.records(("traces", "logs"), all_of(one_of(REQUEST, page.positions), {"term": {IS_ERROR: True}}))
    return whole_requests(found.spans, found.logs, limit=limit)
