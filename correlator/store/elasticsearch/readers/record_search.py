"""Searches for records, and makes tables of what was found: with positions, and only of requests that are kept."""

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

import pyarrow as pa
from elasticsearch import Elasticsearch

from correlator.elasticsearch.documents import Hit, tables_of
from correlator.elasticsearch.names import BACKING_INDEX, Names
from correlator.elasticsearch.point_in_time import PointInTime, point_in_time
from correlator.model.tables import SCHEMAS, Tables, concat
from correlator.store.elasticsearch.failures import patiently, reaching
from correlator.store.elasticsearch.freshness import Freshness
from correlator.store.elasticsearch.queries import Query
from correlator.store.elasticsearch.requests.positions import Positions
from correlator.store.elasticsearch.requests.unindexed import SIGN, restored

FEW: Final = 1_000
"""Found without a point in time: nearly every question has fewer hits, and is one call so."""
PAGE: Final = 5_000
"""Hits a call: some 6 MB of spans. The server refuses more than 10,000 (index.max_result_window)."""
SLICES: Final = 4
"""Of a large scan, read side by side."""
KEEP_ALIVE: Final = "1m"  # between two pages
IN_ANY_ORDER: Final = [{"_shard_doc": "asc"}]


class RecordSearch:
    """Searches over the data streams of one store. Safe from any thread."""

    def __init__(self, client: Elasticsearch, names: Names, positions: Positions, freshness: Freshness) -> None:
        self._client = client
        self._names = names
        self._positions = positions
        self._freshness = freshness

    def records(self, signals: Sequence[str], query: Query) -> Tables:
        """All records that match, with every version of a span. Memory grows with what is found."""
        return concat([self.tables(page) for page in self.pages(signals, query)])

    def tables(self, hits: Sequence[Hit]) -> Tables:
        """The records of these documents that are kept, with their positions."""
        requests = [request_of(hit) for hit in hits]
        positions = self._positions.of(set(requests) - {""})
        kept = [hit for hit, request in zip(hits, requests, strict=True) if request in positions]
        return _positioned(kept, [positions[request] for request in requests if request in positions])

    def positions_of(self, requests: Collection[str]) -> dict[str, int]:
        """Of those that are kept."""
        return self._positions.of(requests)

    def pages(self, signals: Sequence[str], query: Query) -> Iterator[list[Hit]]:
        """All documents that match, in no particular order."""
        few = self.first(signals, query, FEW)
        if len(few) < FEW:
            yield few
            return
        with self._point_in_time(signals) as moment:
            yield from self._sliced(moment, query)

    def pages_in_order(
        self, signals: Sequence[str], query: Query, sort: Sequence[Any], size: int
    ) -> Iterator[list[Hit]]:
        """All documents that match, in the order of `sort`; none is lost between pages, however many are equal by it."""
        with self._point_in_time(signals) as moment:
            after: Sequence[Any] | None = None
            while hits := self._page(moment, query, sort, size, after):
                yield hits
                if len(hits) < size:
                    return
                after = hits[-1].sort

    def count(self, signals: Sequence[str], query: Query) -> int:
        """Documents that match."""
        found: int = self.answer(signals, query=query, size=0, track_total_hits=True)["hits"]["total"]["value"]
        return found

    def first(
        self,
        signals: Sequence[str],
        query: Query,
        size: int,
        sort: Sequence[Any] = ("_doc",),
        after: Sequence[Any] | None = None,
        **further: Any,
    ) -> list[Hit]:
        """The first documents that match, behind `after` in the order of `sort`."""
        found: list[Hit] = self.answer(
            signals, query=query, size=size, sort=list(sort), search_after=after, track_total_hits=False, **further
        )["hits"]["hits"]
        return found

    def answer(self, signals: Sequence[str], **asked: Any) -> Any:
        """Of a search: whole, or an error. Streams that nobody wrote to yet count as empty."""
        targets = self._fresh(signals)
        return self._search(index=targets, ignore_unavailable=True, **asked)

    def _fresh(self, signals: Sequence[str]) -> list[str]:
        targets = [self._names.stream(signal) for signal in signals]
        self._freshness.ensure(*targets)
        return targets

    @contextmanager
    def _point_in_time(self, signals: Sequence[str]) -> Iterator[PointInTime]:
        targets = self._fresh(signals)
        with reaching(), point_in_time(self._client, targets, KEEP_ALIVE) as moment:
            yield moment

    def _sliced(self, moment: PointInTime, query: Query) -> Iterator[list[Hit]]:
        """Each slice read ahead by a thread of its own."""

        def page(number: int, after: Sequence[Any] | None) -> list[Hit]:
            part = {"id": number, "max": SLICES}
            return self._page(moment, query, IN_ANY_ORDER, PAGE, after, slice=part)

        with ThreadPoolExecutor(SLICES) as threads:
            pending = {number: threads.submit(page, number, None) for number in range(SLICES)}
            while pending:
                for number in list(pending):
                    hits = pending.pop(number).result()
                    if len(hits) == PAGE:
                        pending[number] = threads.submit(page, number, hits[-1].sort)
                    if hits:
                        yield hits

    def _page(
        self,
        moment: PointInTime,
        query: Query,
        sort: Sequence[Any],
        size: int,
        after: Sequence[Any] | None,
        **further: Any,
    ) -> list[Hit]:
        answer = patiently(
            lambda: moment.search(query=query, size=size, sort=list(sort), search_after=after, **further)
        )
        found: list[Hit] = answer["hits"]["hits"]
        return found

    def _search(self, **asked: Any) -> Any:
        return patiently(lambda: self._client.search(allow_partial_search_results=False, **asked))


def request_of(hit: Hit) -> str:
    """The request that a record came in, as its id tells; of a document of others, nothing that has a marker."""
    return hit.id.rpartition(".")[0]


def _positioned(hits: Sequence[Hit], positions: Sequence[int]) -> Tables:
    """Their records, each with the position beside its hit."""
    of_signal: dict[str, list[int]] = {signal: [] for signal in SCHEMAS}
    for hit, position in zip(hits, positions, strict=True):
        of_signal[hit.index.removeprefix(BACKING_INDEX).partition("-")[0]].append(position)
    records = tables_of(replace(hit, source=restored(hit.source)) if SIGN in hit.source else hit for hit in hits)
    tables = zip((records.spans, records.logs, records.metrics), of_signal.values(), strict=True)
    return Tables(*(_with_positions(table, at) for table, at in tables))


def _with_positions(table: pa.Table, positions: Sequence[int]) -> pa.Table:
    index = table.schema.get_field_index("position")
    return table.set_column(index, table.schema.field(index), pa.array(positions, pa.int64()))
