"""Others' records: of a range of time as requests, of traces and join keys as tables."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np
import pyarrow as pa
from elasticsearch import Elasticsearch

from correlator.elasticsearch.foreign import queries
from correlator.elasticsearch.foreign.otel_records import is_span, is_span_event
from correlator.elasticsearch.foreign.queries import Query
from correlator.elasticsearch.foreign.requests import logs_request, spans_request
from correlator.elasticsearch.foreign.search import PAGE, Found, count, pages, told
from correlator.elasticsearch.foreign.sources import KeyFields, Source
from correlator.elasticsearch.names import Names
from correlator.elasticsearch.roles import READER
from correlator.elasticsearch.roles.missing import require
from correlator.model.tables import Tables, concat
from correlator.store.contract import Decode, Frame
from correlator.store.joined_page import joined_page

FIRST_POSITION: Final = 2**62
"""Others' records have no place in our log. They stand behind all that have: in a story of ours they are never what was
accounted for before. Each keeps its own, made of index and id, so that one that is read twice is one."""
MOST_OF_TRACES: Final = 20_000
"""Documents of the traces of one call: twenty times a large story."""
EVENTS_OF_SPAN: Final = 128
"""As many as OpenTelemetry's SDKs keep of a span by default."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Documents of one source and signal, and how many there are in the range."""

    source: Source
    query: Query
    documents: int


class ForeignReader:
    """Reads what others wrote. Safe from any thread.

    `decode` is the engine's own. `fields` says which names carry a join key. With `with_own`, what engines of ours wrote is
    read too. All calls raise InvalidInput where the server refuses, Unavailable where it does not answer.
    """

    def __init__(
        self,
        client: Elasticsearch,
        sources: Sequence[Source],
        decode: Decode,
        fields: KeyFields,
        *,
        with_own: bool = False,
    ) -> None:
        self._client = client
        self._sources = tuple(sources)
        self._decode = decode
        self._fields = fields
        self._single = fields.all_names()
        self._whose = () if with_own else (queries.written_by_others(),)

    def require_privileges(self) -> None:
        """Raises SettingsError that names what the client's key may not read: a search leaves that out without a word.

        Nothing is known beforehand of a remote cluster.
        """
        places = [place for source in self._sources for place in source.local_places]
        if places:
            with told(places):
                require(self._client, READER, Names(), places)

    def streams(self, start_unix_nano: int, end_unix_nano: int) -> tuple[Stream, ...]:
        """What there is in [start, end): spans without their events, and log records."""
        asked = (
            (source, queries.all_of(signal, queries.in_range(source, start_unix_nano, end_unix_nano), *self._whose))
            for source in self._sources
            for signal in _signals(source)
        )
        return tuple(Stream(source, query, count(self._client, [source.index], query)) for source, query in asked)

    def requests(self, streams: Iterable[Stream], max_documents: int) -> Iterator[tuple[Frame, int]]:
        """The streams as requests, each by time, and the documents of each request.

        Where they are more than `max_documents`, each stream gives its share, the oldest.
        """
        kept = tuple(streams)
        whole = sum(stream.documents for stream in kept)
        for stream in kept:
            share = stream.documents if whole <= max_documents else max_documents * stream.documents // whole
            for page in self._pages(stream.source, stream.query, share):
                for frame, found in self._frames(stream.source, page):
                    yield frame, len(found)

    def of_traces(self, trace_ids: Sequence[bytes]) -> Tables:
        """All records of these traces, MOST_OF_TRACES documents at most; positions from FIRST_POSITION on."""
        wanted = [trace_id.hex() for trace_id in trace_ids]
        asked = ((source, queries.all_of(queries.of_traces(source, wanted), *self._whose)) for source in self._sources)
        return concat([self._tables(source, query, MOST_OF_TRACES) for source, query in asked if wanted])

    def with_keys(self, keys: Sequence[str], start_unix_nano: int, end_unix_nano: int, limit: int) -> Tables:
        """As Reader.find_joined, among others' records."""
        found = [
            self._tables(source, queries.all_of(query, within, *self._whose), limit + 1)
            for source in self._sources
            for within in (queries.in_range(source, start_unix_nano, end_unix_nano),)
            for key in dict.fromkeys(keys)
            if (query := queries.carrying(source, key, self._fields)) is not None
        ]
        return joined_page(each_once(concat(found)), keys, start_unix_nano, end_unix_nano, limit)

    def _tables(self, source: Source, query: Query, limit: int) -> Tables:
        return concat([part for page in self._pages(source, query, limit) for part in self._parts(source, page)])

    def _parts(self, source: Source, page: list[Found]) -> Iterator[Tables]:
        """The records of a page, each with the position of its document.

        Where decoding refuses some, it is known only of a single document whether it is one of them.
        """
        for frame, found in self._frames(source, page):
            tables = self._decode(frame)
            if tables.num_rows == len(found):
                yield _placed(tables, [position_of(each) for each in found])
            elif len(found) > 1:
                for each in found:
                    yield from self._parts(source, [each])

    def _pages(self, source: Source, query: Query, limit: int) -> Iterator[list[Found]]:
        return pages(self._client, [source.index], query, queries.time_field(source), limit)

    def _frames(self, source: Source, page: list[Found]) -> Iterator[tuple[Frame, list[Found]]]:
        """A page as a request for each signal, without events: they come with their spans."""
        spans = [found for found in page if source.kind == "otel" and is_span(found.document)]
        if spans:
            yield spans_request([found.document for found in spans], self._events(spans)), spans
        logs = [found for found in page if source.kind != "otel" or not _is_of_spans(found)]
        if logs:
            yield logs_request([found.document for found in logs], source, self._single), logs

    def _events(self, spans: Sequence[Found]) -> Iterator[dict[str, object]]:
        """Of these spans. They are wherever log records are, so all sources in OTel mode are asked."""
        indices = [source.index for source in self._sources if source.kind == "otel"]
        query = queries.events_of({found.document["span_id"] for found in spans})
        found = pages(self._client, indices, query, "@timestamp", EVENTS_OF_SPAN * PAGE)
        return (each.document for each in chain.from_iterable(found))


def position_of(found: Found) -> int:
    """FIRST_POSITION and above, the same whenever the document is read."""
    digest = hashlib.blake2b(f"{found.index}/{found.id}".encode(), digest_size=8).digest()
    return FIRST_POSITION + int.from_bytes(digest, "big") % FIRST_POSITION


def each_once(tables: Tables) -> Tables:
    """Records that were found by several keys, once: by their positions, as each has its own."""
    return Tables(spans=_each_once(tables.spans), logs=_each_once(tables.logs))


def _each_once(records: pa.Table) -> pa.Table:
    positions = records["position"].to_numpy()
    first = np.unique(positions, return_index=True)[1]
    return records.take(pa.array(np.sort(first)))


def _placed(tables: Tables, positions: list[int]) -> Tables:
    """The records of one signal with these positions, in their order."""
    return Tables(*(_with_positions(table, positions) for table in (tables.spans, tables.logs, tables.metrics)))


def _with_positions(table: pa.Table, positions: list[int]) -> pa.Table:
    if table.num_rows == 0:
        return table
    index = table.schema.get_field_index("position")
    placed = table.set_column(index, table.schema.field(index), pa.array(positions, pa.int64()))
    row = table.schema.get_field_index("row")
    return placed.set_column(row, table.schema.field(row), pa.repeat(pa.scalar(0, pa.int32()), table.num_rows))


def _signals(source: Source) -> tuple[Query, ...]:
    return (queries.spans(), queries.logs()) if source.kind == "otel" else ({"match_all": {}},)


def _is_of_spans(found: Found) -> bool:
    return is_span(found.document) or is_span_event(found.document)
