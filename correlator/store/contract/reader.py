"""How records are found again."""

from collections.abc import Sequence
from typing import Protocol

import pyarrow as pa

from correlator.model.service_graph import ServiceGraph
from correlator.model.tables import Tables
from correlator.store.contract.events import EventPage
from correlator.store.contract.operations import Operation
from correlator.store.contract.stats import StoreStats
from correlator.store.contract.traces import TracePage, TraceQuery


class Reader(Protocol):
    """Finds records. All calls are safe from any thread, also while sealing, merging and retention run.

    Any call raises Unavailable where the store is a server that cannot be reached.
    """

    def read_trace(self, trace_id: bytes) -> Tables:
        """Every span and log record of one trace, in no particular order; empty tables when there is none.

        MUST give each span once (by span id; of two that differ, model.unique_spans tells which).
        """
        ...

    def read_traces(self, trace_ids: Sequence[bytes]) -> Tables:
        """What read_trace gives for each of these ids, in one table a signal; for some hundreds of ids at most.

        MUST give each span and log record once, also where an id is named twice.
        """
        ...

    def find_traces(self, query: TraceQuery) -> TracePage:
        """Traces with a matching span, newest start first, ties by trace id; summaries count all their spans.

        A filter matches when one span of the trace satisfies all of it; `error=False` means a trace without any error.
        MUST reach every trace exactly once by following cursors over data at rest. Raises InvalidInput on a bad cursor.
        """
        ...

    def scan(self, signal: str, start_unix_nano: int, end_unix_nano: int, columns: tuple[str, ...]) -> pa.Table:
        """The columns of all records of a signal whose (start) time is in [start, end), in no particular order."""
        ...

    def service_graph(self, start_unix_nano: int, end_unix_nano: int) -> ServiceGraph:
        """Services and their calls, of the spans that start in [start, end).

        MUST be what correlate.service_graph makes of a scan of them. Raises Unavailable when the range is too large for it.
        """
        ...

    def services(self, start_unix_nano: int, end_unix_nano: int) -> tuple[str, ...]:
        """The names of the services with a span that starts in [start, end), in order."""
        ...

    def operations(
        self, service_name: str, start_unix_nano: int, end_unix_nano: int, limit: int
    ) -> tuple[Operation, ...]:
        """What a service does, of its spans that start in [start, end): the first `limit` by name and kind, each once.

        One that only a version of a span tells which gave way to another (model.unique_spans) may be among them.
        """
        ...

    def errors_after(self, position: int, limit: int) -> Tables:
        """Spans and logs with is_error and a log position above `position`, by (position, row).

        Whole requests only: at least one where there is any, further ones while the rows stay within `limit`. A span that
        was sent again may be given again, at its later position.
        """
        ...

    def events_after(self, position: int, columns: tuple[str, ...]) -> EventPage:
        """Events with a log position above `position`, in no particular order; `columns` are those of EventPage.spans.

        Whole requests, and as many as are cheaply read at once: where there are any, of one at least.

        - MUST reach every request once by following EventPage.position.
        - MUST give what was told before of an event that came again unchanged. Of one that came changed, a version that gave
          way within the store since may be missing: the new one then looks like one that nobody told before.
        """
        ...

    def find_joined(self, keys: Sequence[str], start_unix_nano: int, end_unix_nano: int, limit: int) -> Tables:
        """Spans and logs that carry any of these join keys (correlate.stitch.join_keys) and whose time is in [start, end).

        In no particular order; a key that is named twice, or that nobody carries, is no error. Time is a span's start.

        - MUST give each record once, also where it carries several of the keys. A span is taken as read_trace gives it:
          its keys and its time are what counts, not those of a version that gave way to it.
        - MUST give, for each key, all its spans and logs while they are `limit` together at most; of more, the first
          `limit + 1` by (time, trace id, span id, position, row), a missing id last: so the caller sees that there are
          too many. A record that counts for one key is given however many others have that other key.
        """
        ...

    def stats(self) -> StoreStats: ...
