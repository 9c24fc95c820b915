"""Lists traces, newest start first, without reading more than a few pages of spans.

The spans that match are walked by their start, newest first. All traces whose own start is later than the place that the walk
has come to have been met, as a trace starts no later than any span of it: such a trace has its place in the list for good. A
trace that was met but starts earlier waits. The walk ends as soon as a page of placed traces is there.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from correlator.elasticsearch.documents import Hit
from correlator.store.contract import TracePage, TraceQuery, TraceSummary
from correlator.store.cursor import Cursor
from correlator.store.elasticsearch.queries import (
    DURATION,
    IS_ERROR,
    NAME,
    SERVICE,
    SYSTEM,
    TIME,
    TRACE_ID,
    Query,
    all_of,
    but_not,
    within,
)
from correlator.store.elasticsearch.readers.record_search import RecordSearch
from correlator.store.elasticsearch.readers.span_outlines import span_outlines
from correlator.store.elasticsearch.readers.trace_cursor import TraceCursor, decode_trace_cursor
from correlator.store.trace_summary import summaries

SPANS_A_LINE: Final = 5
"""Walked at once for each line that is wanted: a trace has about so many spans."""
LEAST, MOST = 100, 5_000
MARGIN: Final = 1.2
"""Traces met for each line: some began too early for the page."""
BEFORE_ALL: Final = -(2**63)
AFTER_ALL: Final = 2**63 - 1
"""Also the one time that the server sorts as if there were none."""
HELD: Final = 16
NEWEST_FIRST: Final = [{TIME: "desc"}, {TRACE_ID: "asc"}]


def find_traces(records: RecordSearch, query: TraceQuery) -> TracePage:
    """The contract's find_traces."""
    cursor = decode_trace_cursor(query.cursor)
    if query.limit < 1 or (query.max_duration_nano is not None and query.max_duration_nano < 0):
        return TracePage((), None)
    walk = _Walk(records, query, cursor)
    placed = walk.placed()
    page = placed[: query.limit]
    return TracePage(tuple(page), walk.cursor_behind(page) if len(walk.lines) > len(page) else None)


class _Walk:
    """`lines` are the traces that were met and come behind the cursor, by id; `met_at` is where the walk met each."""

    def __init__(self, records: RecordSearch, query: TraceQuery, cursor: TraceCursor | None) -> None:
        self._records = records
        self._query = query
        self._last = cursor.last if cursor else None
        self._walk_from = cursor.walk_from_unix_nano if cursor else None
        self._come_to = BEFORE_ALL
        self.lines: dict[str, TraceSummary] = {}
        self.met_at: dict[str, int] = {}
        self._meet(dict.fromkeys(cursor.held, AFTER_ALL) if cursor else {})

    def placed(self) -> list[TraceSummary]:
        """In the list's order: enough for a page, or all that there are."""
        for hits in self._steps():
            met: dict[str, int] = {}
            for hit in hits:
                met.setdefault(hit.sort[1], _start(hit))
            self._meet(met)
            self._come_to = _start(hits[-1])
            if len(self._in_place()) >= self._query.limit < len(self.lines):
                break
        else:
            self._come_to = BEFORE_ALL
        return self._in_place()

    def cursor_behind(self, page: Sequence[TraceSummary]) -> str:
        shown = {line.trace_id for line in page}
        waiting = sorted(
            (at, trace_id) for trace_id, at in self.met_at.items() if trace_id in self.lines.keys() - shown
        )
        held = waiting[-HELD:]
        walk_from = max([self._come_to, *(at for at, _ in waiting[:-HELD])])
        last = Cursor(page[-1].start_time_unix_nano, page[-1].trace_id)
        return TraceCursor(last, walk_from, tuple(trace_id for _, trace_id in held)).encode()

    def _steps(self) -> Iterator[list[Hit]]:
        size = min(MOST, max(LEAST, SPANS_A_LINE * self._query.limit))
        condition = all_of(*_conditions(self._query), _not_after(self._walk_from))
        after: Sequence[Any] | None = None
        while True:
            hits = self._records.first(
                ("traces",), condition, size, NEWEST_FIRST, after, source=False, stored_fields="_none_"
            )
            yield from self._pieces(hits)
            if len(hits) < size:
                return
            after = hits[-1].sort

    def _pieces(self, hits: Sequence[Hit]) -> Iterator[list[Hit]]:
        """With not many more new traces at a time than make a page: each that is met is read."""
        piece: list[Hit] = []
        new: set[str] = set()
        for hit in hits:
            piece.append(hit)
            new |= {hit.sort[1]} - self.met_at.keys()
            if len(new) > self._query.limit * MARGIN:
                yield piece
                piece, new = [], set()
        if piece:
            yield piece

    def _meet(self, met: dict[str, int]) -> None:
        new = {trace_id: at for trace_id, at in met.items() if trace_id not in self.met_at}
        self.met_at |= new
        if new:
            spans = span_outlines(self._records, new)
            self.lines |= {line.trace_id: line for line in summaries(spans, self._query) if self._is_behind(line)}

    def _is_behind(self, line: TraceSummary) -> bool:
        return self._last is None or self._last.is_before(line.start_time_unix_nano, line.trace_id)

    def _in_place(self) -> list[TraceSummary]:
        placed = [line for line in self.lines.values() if line.start_time_unix_nano > self._come_to]
        return sorted(placed, key=lambda line: (-line.start_time_unix_nano, line.trace_id))


def _conditions(query: TraceQuery) -> Iterator[Query | None]:
    """What one span of a trace has to be, as far as an index tells; `summaries` has the last word."""
    yield _equal(SERVICE, query.service_name)
    yield _equal(SYSTEM, query.system)
    yield _equal(IS_ERROR, True if query.error else None)
    if query.span_name == "":
        yield but_not({"exists": {"field": NAME}})
    else:
        yield _equal(NAME, query.span_name)
    yield within(query.start_unix_nano, query.end_unix_nano)
    if (query.min_duration_nano or 0) > 0:
        yield {"range": {DURATION: {"gte": query.min_duration_nano}}}
    if query.max_duration_nano is not None:
        yield {"range": {DURATION: {"lte": query.max_duration_nano}}}


def _equal(field: str, value: Any) -> Query | None:
    return None if value is None else {"term": {field: value}}


def _not_after(unix_nano: int | None) -> Query | None:
    return None if unix_nano is None else within(None, unix_nano + 1)


def _start(hit: Hit) -> int:
    start: int | None = hit.sort[0]
    return AFTER_ALL if start is None else start
