"""Events above a log position, a segment or a head at a time: what the ledger counts.

Segments are sorted by trace, so to read one in the order of the log would read it again for each page: one is taken as a
whole instead, with few columns. It holds each span once, so whether a span was told before is asked of earlier segments and
heads: of segments by their trace indexes, and only of those whose times overlap. One with many executions is read in pieces
after all: their attributes are large.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from correlator.model.tables import NONE_OF, SPANS
from correlator.store.contract import N8N_COLUMNS, EventPage
from correlator.store.event_page import IDENTITY, event_page, is_event, is_of_n8n, told_in
from correlator.store.segments.files.segment import Segment
from correlator.store.segments.files.trace_index import id_words
from correlator.store.segments.head import HeadView
from correlator.store.segments.view import View

NONE: Final = NONE_OF["traces"]
SORTING: Final = ("kind", "name", "position")
N8N_ROWS: Final = 50_000
"""Of executions and nodes in a page: some 20 MB of attributes, 100 MB as values."""
LOOKED_UP: Final = (*IDENTITY, "start_time_unix_nano")


def events_after(view: View, position: int, columns: tuple[str, ...]) -> EventPage:
    """The contract's events_after: the first segment, or else the first head, with requests above the position."""
    segments = view.of_signal("traces")
    for segment in segments:
        if segment.bounds.end_position - 1 > position:
            return _of_segment(segment, position, [each for each in segments if _is_before(each, segment)], columns)
    for place, head in enumerate(view.heads):
        if head.last_position > position:
            return _of_head(head, position, segments, view.heads[:place], columns)
    return EventPage(position, NONE.select(columns), NONE, NONE.select(N8N_COLUMNS))


def _is_before(one: Segment, other: Segment) -> bool:
    return one.bounds.first_position < other.bounds.first_position


def _of_segment(segment: Segment, position: int, before: Iterable[Segment], columns: tuple[str, ...]) -> EventPage:
    table = segment.read(list(dict.fromkeys((*columns, *LOOKED_UP, *SORTING))))
    is_fresh = pc.greater(table["position"], position)
    end = _end_of_page(table, pc.and_(is_of_n8n(table), is_fresh), segment.bounds.end_position - 1)
    is_fresh = pc.and_(is_fresh, pc.less_equal(table["position"], end))
    is_counted = pc.and_(is_event(table), is_fresh)
    events = table.filter(is_counted)
    earlier = _earlier(before, events)
    is_again = told_in(events, earlier)
    return EventPage(
        end,
        spans=events.filter(pc.invert(is_again)).select(columns),
        told_again=pa.concat_tables([_whole(segment, is_counted, is_again), earlier]),
        n8n=_taken(segment, _rows(pc.and_(is_of_n8n(table), is_fresh)), N8N_COLUMNS),
    )


def _end_of_page(table: pa.Table, is_of_page: Any, last: int) -> int:
    """The position up to which there are N8N_ROWS of these rows, or a request's more; `last` where there are no more."""
    positions = table["position"].filter(is_of_page).to_numpy()
    return last if len(positions) <= N8N_ROWS else int(np.partition(positions, N8N_ROWS)[N8N_ROWS])


def _of_head(
    head: HeadView, position: int, segments: Iterable[Segment], heads: Iterable[HeadView], columns: tuple[str, ...]
) -> EventPage:
    tables = head.spans.tables
    told = [int(np.searchsorted(each["position"].to_numpy(), position, side="right")) for each in tables]
    fresh = pa.concat_tables([NONE, *(each.slice(rows) for each, rows in zip(tables, told, strict=True))])
    here = (each.slice(0, rows) for each, rows in zip(tables, told, strict=True) if rows)
    in_memory = [*here, *(each.of_signal("traces") for each in heads)]
    earlier = pa.concat_tables([_earlier(segments, fresh.select(LOOKED_UP).filter(is_event(fresh))), *in_memory])
    return event_page(head.last_position, fresh, earlier, columns)


def _earlier(segments: Iterable[Segment], events: pa.Table) -> pa.Table:
    """The whole rows that these segments have of these spans."""
    return pa.concat_tables([NONE, *_found(segments, events)])


def _found(segments: Iterable[Segment], events: pa.Table) -> Iterator[pa.Table]:
    if not events.num_rows:
        return
    times = pc.min_max(events["start_time_unix_nano"])
    oldest, newest = times["min"].as_py(), times["max"].as_py()
    traces = _distinct(id_words(events["trace_id"]))
    for segment in segments:
        if segment.bounds.oldest_time > newest or segment.bounds.newest_time < oldest:
            continue
        numbers = segment.index.locate(traces[:, 0], traces[:, 1])
        rows, _ = segment.index.rows_of(np.unique(numbers[numbers >= 0]))
        if len(rows):
            is_told = told_in(segment.take(rows, IDENTITY), events).to_numpy(zero_copy_only=False)
            if is_told.any():
                yield segment.take(rows[is_told], SPANS.names)


def _distinct(words: np.ndarray) -> np.ndarray:
    """Each id once, ascending: (ids, 2). Those of a segment come so already."""
    if not _is_ascending(words):
        words = words[np.lexsort((words[:, 1], words[:, 0]))]
    is_first = np.ones(len(words), dtype=bool)
    is_first[1:] = (words[1:] != words[:-1]).any(axis=1)
    return words[is_first]


def _is_ascending(words: np.ndarray) -> bool:
    before, after = words[:-1], words[1:]
    is_higher = after[:, 0] > before[:, 0]
    return bool((is_higher | ((after[:, 0] == before[:, 0]) & (after[:, 1] >= before[:, 1]))).all())


def _whole(segment: Segment, is_counted: pa.Array, is_again: pa.Array) -> pa.Table:
    """All columns of the counted rows that were told again."""
    rows = _rows(is_counted)[is_again.to_numpy(zero_copy_only=False)]
    return _taken(segment, rows, SPANS.names)


def _taken(segment: Segment, rows: np.ndarray, columns: Sequence[str]) -> pa.Table:
    return segment.take(rows, columns) if len(rows) else NONE.select(columns)


def _rows(mask: pa.ChunkedArray) -> np.ndarray:
    return np.flatnonzero(mask.to_numpy())
