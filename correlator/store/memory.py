"""The reference: obvious, slow, gone with its process. What it answers is right by definition."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future

import pyarrow as pa
import pyarrow.compute as pc

from correlator.correlate.service_graph import COLUMNS, service_graph
from correlator.errors import Unavailable
from correlator.model.incident import ErrorGroup, Incident
from correlator.model.service_graph import ServiceGraph
from correlator.model.tables import NO_SPANS, SCHEMAS, TIME_COLUMNS, Tables, concat
from correlator.model.unique_spans import unique_spans
from correlator.store.contract import (
    ErrorGroupPage,
    EventPage,
    Frame,
    IncidentPage,
    IncidentQuery,
    Operation,
    StoreStats,
    TracePage,
    TraceQuery,
    WatchCommit,
    WatchState,
)
from correlator.store.cursor import Cursor, decode_cursor
from correlator.store.error_page import whole_requests
from correlator.store.event_page import event_page
from correlator.store.incident_ordinal import incident_ordinal
from correlator.store.joined_page import joined_page
from correlator.store.memory_ledger import MemoryLedger
from correlator.store.trace_summary import summaries


class MemoryStore(MemoryLedger):
    """Keeps everything in one list of requests. `clock` gives unix nanoseconds."""

    def __init__(self, clock: Callable[[], int] = time.time_ns) -> None:
        super().__init__()
        self._clock = clock
        self._lock = threading.Lock()
        self._requests: list[Tables] = []
        self._end = 0
        self._last = -1
        self._oldest_arrival: int | None = None
        self._watch = WatchState()
        self._incidents: dict[str, Incident] = {}
        self._error_groups: dict[str, ErrorGroup] = {}
        self._is_closed = False

    # --- Writer ---

    def append(self, frame: Frame, tables: Tables) -> "Future[int]":
        future: Future[int] = Future()
        with self._lock:
            if self._is_closed:
                future.set_exception(Unavailable("the store is closed; send the request again once it is open"))
                return future
            position, self._end = self._end, self._end + max(1, len(frame.payload))
            self._requests.append(tables.at(position))
            self._last = position
            self._oldest_arrival = self._oldest_arrival or frame.arrival_unix_nano
        future.set_result(position)
        return future

    # --- Reader ---

    def read_trace(self, trace_id: bytes) -> Tables:
        return self.read_traces([trace_id])

    def read_traces(self, trace_ids: Sequence[bytes]) -> Tables:
        records, wanted = self._all(), pa.array(trace_ids, pa.binary(16))
        return Tables(
            spans=records.spans.filter(pc.is_in(records.spans["trace_id"], value_set=wanted)),
            logs=records.logs.filter(pc.is_in(records.logs["trace_id"], value_set=wanted)),
        )

    def find_traces(self, query: TraceQuery) -> TracePage:
        cursor = decode_cursor(query.cursor)
        lines = [
            line
            for line in summaries(self._all().spans, query)
            if cursor is None or cursor.is_before(line.start_time_unix_nano, line.trace_id)
        ]
        page = lines[: query.limit]
        more = len(lines) > len(page) and page
        return TracePage(
            tuple(page), Cursor(page[-1].start_time_unix_nano, page[-1].trace_id).encode() if more else None
        )

    def scan(self, signal: str, start_unix_nano: int, end_unix_nano: int, columns: tuple[str, ...]) -> pa.Table:
        table = _of_signal(self._all(), signal)
        time = table[TIME_COLUMNS[signal]]
        in_range = pc.and_(pc.greater_equal(time, start_unix_nano), pc.less(time, end_unix_nano))
        return table.filter(in_range).select(list(columns))

    def service_graph(self, start_unix_nano: int, end_unix_nano: int) -> ServiceGraph:
        return service_graph(self.scan("traces", start_unix_nano, end_unix_nano, COLUMNS))

    def services(self, start_unix_nano: int, end_unix_nano: int) -> tuple[str, ...]:
        spans = self.scan("traces", start_unix_nano, end_unix_nano, ("service_name",))
        return tuple(sorted(set(spans["service_name"].to_pylist())))

    def operations(
        self, service_name: str, start_unix_nano: int, end_unix_nano: int, limit: int
    ) -> tuple[Operation, ...]:
        spans = self.scan("traces", start_unix_nano, end_unix_nano, ("service_name", "name", "kind")).to_pylist()
        known = {Operation(span["name"], span["kind"]) for span in spans if span["service_name"] == service_name}
        return tuple(sorted(known)[:limit])

    def errors_after(self, position: int, limit: int) -> Tables:
        records = self._all()
        return whole_requests(
            *(
                table.filter(pc.and_(table["is_error"], pc.greater(table["position"], position)))
                for table in (records.spans, records.logs)
            ),
            limit=limit,
        )

    def events_after(self, position: int, columns: tuple[str, ...]) -> EventPage:
        with self._lock:
            spans = pa.concat_tables([NO_SPANS, *(request.spans for request in self._requests)])
            last = max(self._last, position)
        is_fresh = pc.greater(spans["position"], position)
        return event_page(last, spans.filter(is_fresh), spans.filter(pc.invert(is_fresh)), columns)

    def find_joined(self, keys: Sequence[str], start_unix_nano: int, end_unix_nano: int, limit: int) -> Tables:
        return joined_page(self._all(), keys, start_unix_nano, end_unix_nano, limit)

    def stats(self) -> StoreStats:
        records = self._all()
        age_s = (self._clock() - self._oldest_arrival) / 1e9 if self._oldest_arrival is not None else 0.0
        return StoreStats(
            spans=records.spans.num_rows,
            logs=records.logs.num_rows,
            metrics=records.metrics.num_rows,
            head_rows=records.num_rows,
            last_position=self._last,
            unsealed_age_s=max(0.0, age_s),
        )

    def _all(self) -> Tables:
        with self._lock:
            records = concat(list(self._requests))
        return records.with_spans(unique_spans(records.spans))

    # --- Catalog ---

    def watch_state(self) -> WatchState:
        with self._lock:
            return self._watch

    def commit_watch(self, commit: WatchCommit) -> None:
        for incident in commit.incidents:
            incident_ordinal(incident)  # before anything is changed
        with self._lock:
            self._watch = commit.state
            self._incidents |= {incident.key: incident for incident in commit.incidents}
            self._error_groups |= {group.fingerprint: group for group in commit.error_groups}

    def incident(self, key: str) -> Incident | None:
        with self._lock:
            return self._incidents.get(key)

    def incidents(self, query: IncidentQuery) -> IncidentPage:
        cursor = decode_cursor(query.cursor)
        with self._lock:
            matching = [incident for incident in self._incidents.values() if _is_asked_for(incident, query)]
        matching = [one for one in matching if cursor is None or cursor.is_before(one.opened_at_unix_nano, one.key)]
        matching.sort(key=lambda incident: (-incident.opened_at_unix_nano, incident.key))
        page = matching[: query.limit]
        more = len(matching) > len(page) and page
        return IncidentPage(tuple(page), Cursor(page[-1].opened_at_unix_nano, page[-1].key).encode() if more else None)

    def incidents_of_cause(self, cause_fingerprint: str) -> tuple[Incident, ...]:
        with self._lock:
            matching = [one for one in self._incidents.values() if one.cause_fingerprint == cause_fingerprint]
        return tuple(sorted(matching, key=incident_ordinal))

    def error_group(self, fingerprint: str) -> ErrorGroup | None:
        with self._lock:
            return self._error_groups.get(fingerprint)

    def error_groups(self, limit: int) -> ErrorGroupPage:
        with self._lock:
            groups = sorted(self._error_groups.values(), key=lambda one: (-one.last_seen_unix_nano, one.fingerprint))
        return ErrorGroupPage(tuple(groups[:limit]))

    # --- Lease ---

    def lease(self, holder: str, ttl_s: float) -> bool:
        return True

    def release_lease(self, holder: str) -> None:
        """Nobody else could have it."""

    def close(self) -> None:
        with self._lock:
            self._is_closed = True


def _is_asked_for(incident: Incident, query: IncidentQuery) -> bool:
    opened_at = incident.opened_at_unix_nano
    return (
        (query.state is None or incident.state == query.state)
        and (query.start_unix_nano is None or opened_at >= query.start_unix_nano)
        and (query.end_unix_nano is None or opened_at < query.end_unix_nano)
    )


def _of_signal(records: Tables, signal: str) -> pa.Table:
    return dict(zip(SCHEMAS, (records.spans, records.logs, records.metrics), strict=True))[signal]
