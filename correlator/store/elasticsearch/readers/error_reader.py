"""Errors above a position, by whole requests."""

from correlator.model.tables import Tables, concat
from correlator.model.unique_spans import unique_spans
from correlator.store.elasticsearch.queries import IS_ERROR, REQUEST, all_of, one_of
from correlator.store.elasticsearch.readers.record_search import RecordSearch
from correlator.store.elasticsearch.requests.marker_search import MarkerSearch
from correlator.store.error_page import whole_requests


def errors_after(markers: MarkerSearch, records: RecordSearch, position: int, limit: int) -> Tables:
    """The contract's errors_after. Markers say where errors are, so that only those are fetched.

    They count a span that was sent again each time: where such were on a page, there is room for a further one. And they
    stay longer than records: where all of a page are gone, what is behind it is looked for.
    """
    found, rows = Tables(), 0
    while rows <= limit:
        page = markers.after(position, "errors", limit - rows)
        if not page.positions:
            break
        is_error = all_of(one_of(REQUEST, page.positions), {"term": {IS_ERROR: True}})
        fetched = concat([found, records.records(("traces", "logs"), is_error)])
        found = fetched.with_spans(unique_spans(fetched.spans))
        rows, position = found.num_rows, page.end
        if rows and rows == fetched.num_rows:
            break
    return whole_requests(found.spans, found.logs, limit=limit)
