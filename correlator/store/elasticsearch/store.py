"""The distributed store: records and conclusions in one Elasticsearch, shared by any number of engines."""

from collections.abc import Sequence
from concurrent.futures import Future

import pyarrow as pa
from elasticsearch import Elasticsearch

from correlator.elasticsearch.names import Names
from correlator.model.service_graph import ServiceGraph
from correlator.model.tables import Tables, concat
from correlator.model.unique_spans import unique_spans
from correlator.store.contract import EventPage, Frame, Operation, StoreStats, TracePage, TraceQuery
from correlator.store.elasticsearch.conclusions.conclusion_documents import Link
from correlator.store.elasticsearch.conclusions.conclusions import ElasticsearchConclusions
from correlator.store.elasticsearch.freshness import Freshness
from correlator.store.elasticsearch.queries import TRACE_ID, all_of, in_pieces, is_record, one_of
from correlator.store.elasticsearch.readers.error_reader import errors_after
from correlator.store.elasticsearch.readers.event_reader import events_after
from correlator.store.elasticsearch.readers.joined_reader import find_joined
from correlator.store.elasticsearch.readers.named_reader import arrived_by_name
from correlator.store.elasticsearch.readers.operations import operations, services
from correlator.store.elasticsearch.readers.record_search import RecordSearch
from correlator.store.elasticsearch.readers.scan import graph_of_range, scan
from correlator.store.elasticsearch.readers.trace_search import find_traces
from correlator.store.elasticsearch.requests.recorder import Recorder
from correlator.store.elasticsearch.requests.request_id import RequestIds
from correlator.store.elasticsearch.requests.request_writer import Request, RequestWriter


class ElasticsearchStore(ElasticsearchConclusions):
    """A store on one cluster. Templates are set up before (correlator.elasticsearch.setup); nothing is asked of the server yet.

    - `client` is the caller's, who closes it after the store. `names` say which streams and indices are used.
    - `link` tells where people find an incident, by its key.
    - Requests are refused with Overloaded while more than `waiting_bytes` of payload wait for the server.

    Calls raise Unavailable while the server cannot be reached, and futures fail with it; both are well again by themselves.
    """

    def __init__(
        self,
        client: Elasticsearch,
        names: Names,
        *,
        link: Link = lambda key: "",
        waiting_bytes: int = 64 * 2**20,
    ) -> None:
        freshness = Freshness(client)
        super().__init__(client, names, freshness, link)
        self._records = RecordSearch(client, names, self._positions, freshness)
        self._ids = RequestIds()
        recorder = Recorder(client, names, self._positions, freshness, self._ids.writer)
        self._writer = RequestWriter(recorder, waiting_bytes)

    # --- Writer ---

    def append(self, frame: Frame, tables: Tables) -> "Future[int]":
        return self._writer.submit(Request(self._ids.of(frame), frame, tables))

    # --- Reader ---

    def read_trace(self, trace_id: bytes) -> Tables:
        return self.read_traces([trace_id])

    def read_traces(self, trace_ids: Sequence[bytes]) -> Tables:
        parts = [
            self._records.records(("traces", "logs"), all_of(one_of(TRACE_ID, some), is_record()))
            for some in in_pieces(trace_id.hex() for trace_id in trace_ids)
        ]
        found = concat(parts)
        return found.with_spans(unique_spans(found.spans))

    def find_traces(self, query: TraceQuery) -> TracePage:
        return find_traces(self._records, query)

    def scan(self, signal: str, start_unix_nano: int, end_unix_nano: int, columns: tuple[str, ...]) -> pa.Table:
        return scan(self._records, signal, start_unix_nano, end_unix_nano, columns)

    def service_graph(self, start_unix_nano: int, end_unix_nano: int) -> ServiceGraph:
        return graph_of_range(self._records, start_unix_nano, end_unix_nano)

    def services(self, start_unix_nano: int, end_unix_nano: int) -> tuple[str, ...]:
        return services(self._records, start_unix_nano, end_unix_nano)

    def operations(
        self, service_name: str, start_unix_nano: int, end_unix_nano: int, limit: int
    ) -> tuple[Operation, ...]:
        return operations(self._records, service_name, (start_unix_nano, end_unix_nano), limit)

    def errors_after(self, position: int, limit: int) -> Tables:
        return errors_after(self._markers, self._records, position, limit)

    def events_after(self, position: int, columns: tuple[str, ...]) -> EventPage:
        return events_after(self._markers, self._records, position, columns)

    def find_joined(self, keys: Sequence[str], start_unix_nano: int, end_unix_nano: int, limit: int) -> Tables:
        return find_joined(self._records, keys, start_unix_nano, end_unix_nano, limit)

    def arrived_by_name(
        self, signal: str, prefixes: Sequence[str], start_unix_nano: int, end_unix_nano: int
    ) -> pa.Table:
        """As pipeline.workflows.heard_elsewhere.SharedRecords."""
        return arrived_by_name(self._records, signal, prefixes, start_unix_nano, end_unix_nano)

    def stats(self) -> StoreStats:
        return StoreStats(
            spans=self._records.count(("traces",), all_of()),
            logs=self._records.count(("logs",), is_record()),
            metrics=self._records.count(("metrics",), all_of()),
            last_position=self._markers.newest(),
        )

    def close(self) -> None:
        """Record what waits, then take nothing more. Idempotent."""
        self._writer.close()
