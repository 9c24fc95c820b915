"""A store's Reader whose traces, and what shares their keys, include what others wrote."""

import time
from collections.abc import Callable, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import structlog

from correlator.elasticsearch.foreign.reader import ForeignReader
from correlator.errors import InvalidInput, SettingsError, Unavailable
from correlator.model.service_graph import ServiceGraph
from correlator.model.tables import Tables, concat
from correlator.model.unique_spans import unique_spans
from correlator.store.contract import EventPage, Operation, Reader, StoreStats, TracePage, TraceQuery
from correlator.store.joined_page import joined_page

log = structlog.get_logger()

PAUSE_S: Final = 10.0
"""Others' records are left out for so long after the server failed, so that not every story waits for it."""


class WithForeign:
    """A Reader. What it does not merge it leaves to the store: lists, scans, and what the watch and the ledger follow.

    So others' records complete a story that the engine knows, and open no incident of their own. Where they cannot be read,
    that is logged, and the answer is the store's alone: no incident waits for another's cluster. What the key may not read
    is logged once, and left out.
    """

    def __init__(self, reader: Reader, foreign: ForeignReader, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._reader = reader
        self._foreign = foreign
        self._clock_s = clock_s
        self._again_at_s = 0.0
        self._has_asked = False

    def read_trace(self, trace_id: bytes) -> Tables:
        return self.read_traces([trace_id])

    def read_traces(self, trace_ids: Sequence[bytes]) -> Tables:
        """A span that both have is taken as the store has it."""
        return _completed(self._reader.read_traces(trace_ids), self._others(lambda: self._foreign.of_traces(trace_ids)))

    def find_joined(self, keys: Sequence[str], start_unix_nano: int, end_unix_nano: int, limit: int) -> Tables:
        own = self._reader.find_joined(keys, start_unix_nano, end_unix_nano, limit)
        others = self._others(lambda: self._foreign.with_keys(keys, start_unix_nano, end_unix_nano, limit))
        return joined_page(_completed(own, others), keys, start_unix_nano, end_unix_nano, limit)

    def find_traces(self, query: TraceQuery) -> TracePage:
        return self._reader.find_traces(query)

    def scan(self, signal: str, start_unix_nano: int, end_unix_nano: int, columns: tuple[str, ...]) -> pa.Table:
        return self._reader.scan(signal, start_unix_nano, end_unix_nano, columns)

    def service_graph(self, start_unix_nano: int, end_unix_nano: int) -> ServiceGraph:
        return self._reader.service_graph(start_unix_nano, end_unix_nano)

    def services(self, start_unix_nano: int, end_unix_nano: int) -> tuple[str, ...]:
        return self._reader.services(start_unix_nano, end_unix_nano)

    def operations(
        self, service_name: str, start_unix_nano: int, end_unix_nano: int, limit: int
    ) -> tuple[Operation, ...]:
        return self._reader.operations(service_name, start_unix_nano, end_unix_nano, limit)

    def errors_after(self, position: int, limit: int) -> Tables:
        return self._reader.errors_after(position, limit)

    def events_after(self, position: int, columns: tuple[str, ...]) -> EventPage:
        return self._reader.events_after(position, columns)

    def stats(self) -> StoreStats:
        return self._reader.stats()

    def _others(self, read: Callable[[], Tables]) -> Tables:
        if self._clock_s() < self._again_at_s:
            return Tables()
        try:
            self._ask_once()
            return read()
        except (Unavailable, InvalidInput) as error:
            self._again_at_s = self._clock_s() + PAUSE_S
            log.warning("foreign_records_not_read", reason=str(error), again_in_s=PAUSE_S)
            return Tables()

    def _ask_once(self) -> None:
        """Whether all may be read: no search says so."""
        if self._has_asked:
            return
        try:
            self._foreign.require_privileges()
        except SettingsError as error:
            log.warning("foreign_records_left_out", reason=str(error))
        self._has_asked = True


def _completed(own: Tables, others: Tables) -> Tables:
    if others.num_rows == 0:
        return own
    new = others.spans.filter(pc.invert(pc.is_in(_identities(others.spans), value_set=_identities(own.spans))))
    return concat([own, Tables(spans=unique_spans(new), logs=others.logs)])


def _identities(spans: pa.Table) -> pa.ChunkedArray:
    """Trace id and span id in one."""
    parts = (spans[name].cast(pa.binary()) for name in ("trace_id", "span_id"))
    return pc.binary_join_element_wise(*parts, b"")
