"""What each store MUST do. One conformance suite (tests/conformance) runs on all of them.

A **Writer** takes requests in and makes them durable; a **Reader** finds records again; a **Catalog** keeps what the engine
concluded; an **OutcomeLedger** counts events for objectives. A store is all of them. A store that keeps the requests
themselves is a **RequestLog** too.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final, Protocol

import pyarrow as pa

from correlator.model.incident import ErrorGroup, Incident, PendingCause, WaitingTrace
from correlator.model.objective import Window
from correlator.model.outcome import EventKey, MinuteSums, Outcome, Posting, RunningCount
from correlator.model.run import Run, RunKey, RunPart
from correlator.model.service_graph import ServiceGraph
from correlator.model.tables import Tables


@dataclass(frozen=True, slots=True)
class Frame:
    """One request as it came in: what the raw log keeps and replay decodes again."""

    signal: str  # traces | logs | metrics
    encoding: str  # protobuf | json
    arrival_unix_nano: int
    payload: bytes  # decompressed
    origin: str = ""  # where it can be fetched again, as kafka:topic/3/1024; "" where nowhere


Decode = Callable[[Frame], Tables]
"""Pure: the same frame gives the same tables (position 0), however often it is called. Raises InvalidInput."""


class Writer(Protocol):
    """Takes requests in.

    What this process appended, it reads at once. Where several processes share a store, each reads what the others appended
    within a second (Elasticsearch's refresh); who follows positions, by errors_after or events_after, misses none of it.
    """

    def append(self, frame: Frame, tables: Tables) -> "Future[int]":
        """Keep one request; resolves to its log position. `tables` is what Decode gave for `frame`. Never blocks on disk.

        - MUST resolve only once the records are durable, and readable by every Reader call of this process that starts
          afterwards.
        - MUST give increasing positions, and make every record findable exactly once, also after a crash at any moment.
        - A future that fails with StorageFull or Unavailable MUST leave no trace of its records after a restart or before.
          A store that cannot undo what it sent (Elasticsearch, where an answer was lost) MUST NOT give records of a request
          without a position, though sums and names may have them; and the request may have been kept after all. Sending it
          again MUST be harmless: spans are there once by their ids, and what has an `origin` is recorded once.
        - MUST recover by itself once the reason (a full disk, a server that is down) is gone.
        """
        ...


@dataclass(frozen=True, slots=True)
class TraceQuery:
    """Which traces to list. Bounds are [start, end) on a span's start time, unix nanoseconds. None: any.

    A duration lies in [min, max]; that of a span which ends before it starts is 0.
    """

    service_name: str | None = None
    system: str | None = None
    error: bool | None = None
    start_unix_nano: int | None = None
    end_unix_nano: int | None = None
    limit: int = 100
    cursor: str | None = None
    span_name: str | None = None
    min_duration_nano: int | None = None
    max_duration_nano: int | None = None


@dataclass(frozen=True, slots=True)
class TraceSummary:
    """One line of a list of traces. `name`, `service_name` and `system` are those of its earliest span."""

    trace_id: str
    name: str
    service_name: str
    system: str
    start_time_unix_nano: int
    end_time_unix_nano: int
    spans: int
    errors: int
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TracePage:
    traces: tuple[TraceSummary, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, order=True)
class Operation:
    """Something that a service does: the name and the kind (OTLP Span.SpanKind) of spans of it."""

    name: str
    kind: int


@dataclass(frozen=True, slots=True)
class StoreStats:
    """Gauges for /metrics and /readyz. Bytes are on disk; 0 where a store keeps nothing there."""

    spans: int = 0
    logs: int = 0
    metrics: int = 0
    head_rows: int = 0
    segments: int = 0
    segment_bytes: int = 0
    log_bytes: int = 0
    last_position: int = 0  # of the newest durable request; -1 when there is none
    sealed_position: int = 0  # everything before it is in segments
    unsealed_age_s: float = 0.0  # age of the oldest record that is only in the log


N8N_COLUMNS: Final = (
    "position", "marks", "trace_id", "span_id", "parent_span_id", "name", "start_time_unix_nano", "end_time_unix_nano",
    "is_error", "service_name", "system", "attributes", "resource_attributes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EventPage:
    """Spans of requests above a log position, up to and with `position`; that is the one asked for where none came.

    `spans` are events by their kind (server, producer, consumer), each once, of which no version was told before.
    `told_again` are whole spans: the new versions of events of which one was, and those with a position up to the one asked
    for that are still kept. `n8n` are workflow.execute and node.execute, in N8N_COLUMNS, each version that came.
    """

    position: int
    spans: pa.Table
    told_again: pa.Table
    n8n: pa.Table


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


@dataclass(frozen=True, slots=True)
class WatchState:
    """What the watch keeps between its turns, committed as one."""

    position: int = -1  # all errors up to here are accounted for, or their trace is waiting
    pending: tuple[PendingCause, ...] = ()
    waiting: tuple[WaitingTrace, ...] = ()


@dataclass(frozen=True, slots=True)
class WatchCommit:
    state: WatchState
    incidents: tuple[Incident, ...] = ()  # new or changed
    error_groups: tuple[ErrorGroup, ...] = ()  # new or changed, with their total counts


@dataclass(frozen=True, slots=True)
class IncidentQuery:
    """Which incidents to list; bounds are [start, end) on opened_at. None: any."""

    state: str | None = None
    start_unix_nano: int | None = None
    end_unix_nano: int | None = None
    limit: int = 100
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class IncidentPage:
    incidents: tuple[Incident, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class ErrorGroupPage:
    error_groups: tuple[ErrorGroup, ...] = field(default=())


class Catalog(Protocol):
    """Keeps what the engine concluded.

    Where several processes share a store, one commits at a time: what a commit builds on is what its process read by
    `watch_state` before, or committed itself. MUST raise Superseded, and keep nothing, once another process has committed
    since; so does `watch_state` of a process that has committed itself, since what it remembers is stale. The call of
    `watch_state` after that begins anew. What others commit is read at once, a list of it beside their commit in part.
    """

    def watch_state(self) -> WatchState: ...

    def commit_watch(self, commit: WatchCommit) -> None:
        """Replace the watch's state and upsert incidents (by key) and error groups (by fingerprint): all or nothing, durable.

        Raises Superseded. Where a server's answer is lost, Unavailable may be raised of a commit that is kept.
        """
        ...

    def incident(self, key: str) -> Incident | None: ...

    def incidents(self, query: IncidentQuery) -> IncidentPage:
        """Newest opened first, ties by key. Raises InvalidInput on a bad cursor."""
        ...

    def incidents_of_cause(self, cause_fingerprint: str) -> tuple[Incident, ...]:
        """All incidents with that cause, by ordinal."""
        ...

    def error_group(self, fingerprint: str) -> ErrorGroup | None: ...

    def error_groups(self, limit: int) -> ErrorGroupPage:
        """Last seen first, ties by fingerprint."""
        ...


@dataclass(frozen=True, slots=True)
class LedgerState:
    """How far the ledger has come: events of all requests up to `position` are counted."""

    position: int = -1


@dataclass(frozen=True, slots=True)
class BurningWindow:
    """A window of an objective whose alert is on, since that minute."""

    objective_id: str
    window: Window
    since_minute: int


RUNS_KEPT: Final = 200
"""Of each workflow, however old: what is usual for it is learned from 100 runs that ended well (slo/silence)."""


@dataclass(frozen=True, slots=True)
class LedgerCommit:
    """What a turn of the ledger comes to.

    `known_minutes` are unix minutes whose events were heard of, to be added to those known. `runs` are new or changed, by
    (workflow_id, execution_id); `parts` too, by their `ref`. `workflows` are names by workflow id, to be added. `burning` replaces what was burning;
    None leaves it. `counts`, by objective id, replace those kept. With `forget_before_minute` everything of earlier minutes
    goes, but for counts; with `forget_parts_before_minute` the parts that nobody told of since, and the runs that began before
    it but the last RUNS_KEPT of each workflow.
    """

    state: LedgerState
    posting: Posting = field(default_factory=lambda: Posting({}, {}))
    known_minutes: Collection[int] = ()
    runs: Collection[Run] = ()
    parts: Collection[RunPart] = ()
    workflows: Mapping[str, str] = field(default_factory=dict)
    burning: tuple[BurningWindow, ...] | None = None
    counts: Mapping[str, RunningCount] = field(default_factory=dict)
    forget_before_minute: int | None = None
    forget_parts_before_minute: int | None = None


class OutcomeLedger(Protocol):
    """Good and total events a minute, each event counted once.

    Several processes on one store commit as the Catalog's do; `ledger_state` is what `watch_state` is there.
    """

    def ledger_state(self) -> LedgerState: ...

    def commit_ledger(self, commit: LedgerCommit) -> None:
        """All or nothing, durable. Minutes' sums grow by the posting's changes; a sum that comes to 0 may go.

        Raises as Catalog.commit_watch.
        """
        ...

    def standing_outcomes(self, events: Collection[EventKey]) -> Mapping[EventKey, Outcome]:
        """What was counted of these events; those of which nothing was are left out."""
        ...

    def outcomes_named(self, objective_id: str, prefix: str) -> tuple[Outcome, ...]:
        """What was counted of the objective's events whose identities begin so, by identity."""
        ...

    def minute_sums(self, objective_id: str, first_minute: int, end_minute: int) -> tuple[MinuteSums, ...]:
        """Of the minutes in [first, end) that had events, in order."""
        ...

    def total_sums(self) -> Mapping[str, MinuteSums]:
        """Of each objective with events: all that is kept of it, in the minute of the first."""
        ...

    def known_minutes(self, first_minute: int, end_minute: int) -> tuple[int, ...]:
        """Those of [first, end) that are known, in order."""
        ...

    def workflow_names(self) -> Mapping[str, str]:
        """Of each workflow that ran: id to name, which may be empty."""
        ...

    def runs_of(self, workflow_id: str, limit: int) -> tuple[Run, ...]:
        """The last to start, in the order of their starts."""
        ...

    def standing_runs(self, executions: Collection[RunKey]) -> Mapping[RunKey, Run]:
        """What is known of these; those of which nothing is are left out."""
        ...

    def standing_parts(self, refs: Collection[str]) -> Mapping[str, RunPart]:
        """What is known of these, by `ref`; those of which nothing is are left out."""
        ...

    def parts_in(self, trace_ids: Collection[str]) -> tuple[RunPart, ...]:
        """All whose `ref` begins with one of these, by `ref`."""
        ...

    def parts_of(self, executions: Collection[RunKey]) -> tuple[RunPart, ...]:
        """All that are known of these executions, by `ref`."""
        ...

    def burning_windows(self) -> tuple[BurningWindow, ...]:
        """Whose alerts are on, by objective."""
        ...

    def running_counts(self) -> Mapping[str, RunningCount]:
        """By objective id, as last committed."""
        ...


class Lease(Protocol):
    """Says which of the processes on one store concludes. A store of one process always grants it."""

    def lease(self, holder: str, ttl_s: float) -> bool:
        """Take it or hold it for longer; whether that was granted. `holder` MUST differ from process to process.

        - MUST be granted to one holder at a time: to another once it was released, or was not renewed for the `ttl_s` that it
          was granted for, as the one who wants it has seen by its own monotonic clock since it first asked.
        - MUST let the next commits of who takes it, rather than renews it, build on what is read from then on.

        Whoever was stopped for longer than `ttl_s` may find that another has it: by asking, or by Superseded. Raises Unavailable.
        """
        ...

    def release_lease(self, holder: str) -> None:
        """Let another have it at once; nothing where it is not the holder's. Raises Unavailable."""
        ...


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """An acknowledged request as the log has it; `end` is where the next one starts."""

    position: int
    end: int
    frame: Frame


@dataclass(frozen=True, slots=True)
class RequestPage:
    """Acknowledged requests in the order of their positions. Go on from `end`.

    `lost_bytes` of what lay between can no longer be read: it was dropped, or is damaged.
    """

    requests: tuple[LoggedRequest, ...]
    end: int
    lost_bytes: int = 0


class RequestLog(Protocol):
    """Reads acknowledged requests again, for who delivers them elsewhere. A store that keeps no log is none.

    Each reader has a name and holds the log at a position: what is from there on stays, sealed or not, over restarts too.
    """

    def requests_from(self, position: int, max_bytes: int) -> RequestPage:
        """Those from `position` on, where a request starts or the log ends: about `max_bytes` of them, one at least.

        MUST give none that was not acknowledged, and none twice; no request and `end` = `position` where there is no more.
        """
        ...

    def acknowledged_end(self) -> int:
        """The position behind the newest acknowledged request."""
        ...

    def holds(self) -> Mapping[str, int]:
        """Who holds the log, and where. Safe and quick at any time."""
        ...

    def hold(self, name: str, position: int) -> None:
        """Hold the log there instead of where it was held by that name; durable on return. Raises OSError."""
        ...

    def release(self, name: str) -> None:
        """Hold it no more by that name; durable on return. Raises OSError."""
        ...


class Store(Writer, Reader, Catalog, Lease, Protocol):
    """All of them, and an end."""

    def close(self) -> None:
        """Drain, bring all records to where they stay, release files. Idempotent."""
        ...
