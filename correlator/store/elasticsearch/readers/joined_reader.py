"""Finds the records that carry a join key: of each key the first so many.

Keys are terms of the index. Nearly always few records carry any of those asked for: then all are fetched at once. Where there
are more, each key is read by itself, in the contract's order, until there are enough. A version of a span that gave way to
another is left out, so all others of what was found are looked up by their span ids.
"""

from collections.abc import Sequence
from typing import Final

from correlator.model.tables import Tables, concat
from correlator.model.unique_spans import unique_spans
from correlator.store.elasticsearch.queries import (
    JOIN_KEYS,
    SPAN_ID,
    TIME,
    TRACE_ID,
    Query,
    all_of,
    in_pieces,
    is_record,
    one_of,
    within,
)
from correlator.store.elasticsearch.readers.record_search import PAGE, RecordSearch
from correlator.store.joined_page import joined_page, rows_at

FEW: Final = 2_000
"""Fetched without asking how many each key has: some 3 MB of documents."""
MARGIN: Final = 100
"""Read beyond a page's limit: for versions that gave way."""
SIGNALS: Final = ("traces", "logs")
IN_ORDER: Final = [{TIME: "asc"}, *({name: {"order": "asc", "missing": "_last"}} for name in (TRACE_ID, SPAN_ID))]


def find_joined(
    records: RecordSearch, keys: Sequence[str], start_unix_nano: int, end_unix_nano: int, limit: int
) -> Tables:
    """The contract's find_joined."""
    if not keys or end_unix_nano <= start_unix_nano:
        return Tables()
    range_of_time = (start_unix_nano, end_unix_nano)
    carrying = concat([_carrying(records, some, range_of_time, limit) for some in in_pieces(keys)])
    return joined_page(carrying, keys, *range_of_time, limit)


def _carrying(records: RecordSearch, keys: Sequence[str], range_of_time: tuple[int, int], limit: int) -> Tables:
    """Records that stand and carry any of the keys: all of them, or at least the first `limit + 1` of each key."""
    hits = records.first(SIGNALS, _of_keys(keys, range_of_time), FEW)
    if len(hits) < FEW:
        return _standing(records, records.tables(hits))
    return concat([_first_of_key(records, key, range_of_time, limit) for key in keys])


def _first_of_key(records: RecordSearch, key: str, range_of_time: tuple[int, int], limit: int) -> Tables:
    """Page by page; those that are equal by IN_ORDER are all read, as the contract has an order among them."""
    found: list[Tables] = []
    placed = 0
    for hits in records.pages_in_order(SIGNALS, _of_keys([key], range_of_time), IN_ORDER, min(limit + MARGIN, PAGE)):
        last = hits[-1].sort[: len(IN_ORDER)]
        before_last = sum(hit.sort[: len(IN_ORDER)] != last for hit in hits)
        some = _standing(records, records.tables(hits))
        found.append(some)
        placed += some.num_rows - (len(hits) - before_last)
        if placed > limit:
            break
    return concat(found)


def _standing(records: RecordSearch, found: Tables) -> Tables:
    """Without the spans that gave way to another version, wherever in the store that is."""
    span_ids = [each.hex() for each in found.spans["span_id"].to_pylist()]
    versions = [one_of(SPAN_ID, some) for some in in_pieces(span_ids)]
    if sum(records.count(("traces",), each) for each in versions) <= found.spans.num_rows:
        return found
    stored = concat([records.records(("traces",), each) for each in versions])
    return found.with_spans(rows_at(found.spans, unique_spans(stored.spans)))


def _of_keys(keys: Sequence[str], range_of_time: tuple[int, int]) -> Query:
    return all_of(one_of(JOIN_KEYS, keys), within(*range_of_time), is_record())
