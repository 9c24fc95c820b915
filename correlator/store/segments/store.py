"""The embedded store: log, head, segments and catalog put together."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path
from typing import Final

import pyarrow as pa
import structlog

from correlator.errors import StorageFull, Unavailable
from correlator.model.service_graph import ServiceGraph
from correlator.model.tables import SCHEMAS, Tables, concat
from correlator.model.unique_spans import unique_spans
from correlator.store.contract import (
    Decode,
    EventPage,
    Frame,
    LoggedRequest,
    Operation,
    RequestPage,
    StoreStats,
    TracePage,
    TraceQuery,
)
from correlator.store.segments.catalog import SegmentCatalog
from correlator.store.segments.conclusions.conclusions import Conclusions
from correlator.store.segments.conclusions.outcome_ledger import CatalogLedger
from correlator.store.segments.data_folder import DataFolder
from correlator.store.segments.disk import Disk
from correlator.store.segments.files.segment import Segment
from correlator.store.segments.files.segment_repair import checked_segments
from correlator.store.segments.log.frame import frame_bytes
from correlator.store.segments.log.raw_log import RawLog
from correlator.store.segments.log.reader import read_requests
from correlator.store.segments.log.replay import Progress, recover, unreported
from correlator.store.segments.log.writer import LogWriter
from correlator.store.segments.meter import Observe, unobserved
from correlator.store.segments.readers.error_reader import errors_after
from correlator.store.segments.readers.event_reader import events_after
from correlator.store.segments.readers.joined_reader import find_joined
from correlator.store.segments.readers.operations import operations, services
from correlator.store.segments.readers.query_engine import QueryEngine
from correlator.store.segments.readers.scan import scan
from correlator.store.segments.readers.service_graph import service_graph
from correlator.store.segments.readers.trace_reader import read_traces
from correlator.store.segments.readers.trace_search import find_traces
from correlator.store.segments.readers.trace_source import segment_traces
from correlator.store.segments.upkeep.upkeep import Upkeep, UpkeepPolicy
from correlator.store.segments.view import Shelf

LOG = structlog.get_logger(__name__)
TRACES_KEPT: Final = 16
"""Segments whose traces are kept for the next list: at most 5 MB each for a million spans, which take 0.1 s to read."""
RETRY_AFTER_S: Final = 5


class SegmentStore(Conclusions, CatalogLedger):
    """A store on one folder, for one process.

    - `decode` gives back the tables of a request at start-up; `on_replay` is told how far that is.
    - A head is sealed at `seal_rows` rows, `seal_bytes` bytes in memory, or `seal_age_s` after its oldest arrival.
    - Neighbouring segments are merged `merge_fan_in` and more at a time, up to `merge_max_rows`.
    - Segments are dropped `retention_age_s` after their newest arrival, and the oldest beyond `retention_bytes`.
    - Requests are refused with StorageFull while less than `min_free_bytes` are free, with Overloaded while more than
      `waiting_bytes` wait for the log, with Unavailable while more than `unsealed_bytes` wait in memory for sealing.
    - `log_file_bytes` are set aside for each log file; a store that was closed has none, unless the disk was full
      or who reads requests again holds them (`hold`).
    - `upkeep_interval_s` is how often age and retention are looked at; None: nothing goes on by itself, only by calling
      `seal` and what `upkeep` offers.

    Raises StoreError when another engine has the folder, its format is newer, or it is damaged.
    """

    def __init__(
        self,
        data_dir: Path,
        decode: Decode,
        *,
        seal_rows: int = 131_072,
        seal_bytes: int = 96 * 2**20,
        seal_age_s: float = 300.0,
        merge_fan_in: int = 8,
        merge_max_rows: int = 2**20,
        retention_age_s: float | None = None,
        retention_bytes: int | None = None,
        min_free_bytes: int = 64 * 2**20,
        waiting_bytes: int = 128 * 2**20,
        unsealed_bytes: int = 320 * 2**20,
        log_file_bytes: int = 32 * 2**20,
        upkeep_interval_s: float | None = 1.0,
        clock: Callable[[], int] = time.time_ns,
        observe: Observe = unobserved,
        on_replay: Progress = unreported,
        disk: Disk | None = None,
    ) -> None:
        self._seal_rows, self._seal_bytes = seal_rows, seal_bytes
        self._min_free_bytes, self._unsealed_bytes = min_free_bytes, unsealed_bytes
        self._clock = clock
        self._disk = disk or Disk()
        self._is_closed = False
        self._traces_of = lru_cache(TRACES_KEPT)(segment_traces)
        self._folder = DataFolder(data_dir, self._disk)
        self._engine = QueryEngine(self._folder.spill)
        with ExitStack() as on_failure:
            on_failure.callback(self._folder.release)
            self._segments = SegmentCatalog(self._folder.catalog)
            on_failure.callback(self._segments.close)
            super().__init__(self._segments)
            self._shelf = self._opened_shelf()
            policy = UpkeepPolicy(seal_age_s, merge_fan_in, merge_max_rows, retention_age_s, retention_bytes)
            self.upkeep = Upkeep(self._folder, self._disk, self._segments, self._shelf, policy, clock, observe)
            self._log = RawLog(self._folder.log, self._disk, self._replayed(decode, on_replay, observe), log_file_bytes)
            self._log.drop_below(self._segments.needed_position())
            on_failure.pop_all()
        self._writer = LogWriter(self._log, self._refusal, self._accept, waiting_bytes, observe)
        self._writer.start()
        if upkeep_interval_s is not None:
            self.upkeep.start(self._log, upkeep_interval_s)

    # --- Writer ---

    def append(self, frame: Frame, tables: Tables) -> "Future[int]":
        return self._writer.submit(frame, tables)

    # --- Reader ---

    def read_trace(self, trace_id: bytes) -> Tables:
        with self._shelf.view() as view:
            parts = [head.read_trace(trace_id) for head in view.heads]
            parts += [Tables(spans=segment.read_trace(trace_id)) for segment in view.of_signal("traces")]
            parts += [Tables(logs=segment.read_trace(trace_id)) for segment in view.of_signal("logs")]
        records = concat(parts)
        return records.with_spans(unique_spans(records.spans))

    def read_traces(self, trace_ids: Sequence[bytes]) -> Tables:
        with self._shelf.view() as view:
            return read_traces(view, trace_ids)

    def find_traces(self, query: TraceQuery) -> TracePage:
        with self._shelf.view() as view:
            return find_traces(view, query, self._traces_of)

    def scan(self, signal: str, start_unix_nano: int, end_unix_nano: int, columns: tuple[str, ...]) -> pa.Table:
        with self._shelf.view() as view:
            return scan(view, signal, start_unix_nano, end_unix_nano, columns)

    def service_graph(self, start_unix_nano: int, end_unix_nano: int) -> ServiceGraph:
        with self._shelf.view() as view:
            return service_graph(view, self._engine, start_unix_nano, end_unix_nano)

    def services(self, start_unix_nano: int, end_unix_nano: int) -> tuple[str, ...]:
        with self._shelf.view() as view:
            return services(view, self._engine, start_unix_nano, end_unix_nano)

    def operations(
        self, service_name: str, start_unix_nano: int, end_unix_nano: int, limit: int
    ) -> tuple[Operation, ...]:
        with self._shelf.view() as view:
            return operations(view, self._engine, service_name, (start_unix_nano, end_unix_nano), limit)

    def errors_after(self, position: int, limit: int) -> Tables:
        with self._shelf.view() as view:
            return errors_after(view, position, limit)

    def events_after(self, position: int, columns: tuple[str, ...]) -> EventPage:
        with self._shelf.view() as view:
            return events_after(view, position, columns)

    def find_joined(self, keys: Sequence[str], start_unix_nano: int, end_unix_nano: int, limit: int) -> Tables:
        with self._shelf.view() as view:
            return find_joined(view, keys, start_unix_nano, end_unix_nano, limit)

    def stats(self) -> StoreStats:
        view = self._shelf.glance()
        bounds = [segment.bounds for segment in view.segments]
        rows = {signal: sum(one.rows for one in bounds if one.signal == signal) for signal in SCHEMAS}
        arrivals = [head.oldest_arrival_unix_nano for head in view.heads if head.oldest_arrival_unix_nano is not None]
        return StoreStats(
            spans=rows["traces"] + sum(head.spans.rows for head in view.heads),
            logs=rows["logs"] + sum(head.logs.rows for head in view.heads),
            metrics=rows["metrics"] + sum(head.metrics.rows for head in view.heads),
            head_rows=sum(head.rows for head in view.heads),
            segments=len(bounds),
            segment_bytes=sum(one.size for one in bounds),
            log_bytes=self._log.end - self._log.first,
            last_position=max([head.last_position for head in view.heads] + [self._segments.last_sealed_request()]),
            sealed_position=view.sealed_position,
            unsealed_age_s=max(0.0, (self._clock() - min(arrivals)) / 1e9) if arrivals else 0.0,
        )

    # --- RequestLog ---

    def requests_from(self, position: int, max_bytes: int) -> RequestPage:
        return read_requests(self._folder.log, position, self.acknowledged_end(), max_bytes)

    def acknowledged_end(self) -> int:
        return self._shelf.glance().heads[-1].end

    def holds(self) -> Mapping[str, int]:
        return self._segments.holds()

    def hold(self, name: str, position: int) -> None:
        self._segments.hold(name, position)
        self._log.drop_below(self._segments.needed_position())

    def release(self, name: str) -> None:
        self._segments.release(name)
        self._log.drop_below(self._segments.needed_position())

    # --- Lease ---

    def lease(self, holder: str, ttl_s: float) -> bool:
        return True  # the folder is this process's alone

    def release_lease(self, holder: str) -> None:
        """Nobody else could have it."""

    # --- by hand, and the end ---

    def seal(self) -> None:
        """Turn all that is in memory into segments now. Raises OSError when the disk takes no more; nothing is lost then."""
        self._shelf.freeze()
        while self.upkeep.seal_next():
            self._log.drop_below(self._segments.needed_position())

    def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        self._writer.close()
        self.upkeep.stop()
        try:
            self.seal()
        except OSError as error:
            LOG.warning("not_sealed_on_close", errno=error.errno)
        finally:
            self._engine.close()
            for segment in self._shelf.glance().segments:
                segment.release()
            self._log.close()
            self._log.drop_below(self._segments.needed_position())
            self._segments.close()
            self._folder.release()

    # --- start-up ---

    def _opened_shelf(self) -> Shelf:
        segments = checked_segments(self._folder.segments, self._disk, self._segments.segments())
        self._folder.remove_orphans((file for segment in segments for file in segment.files), self._disk)
        return Shelf(segments, self._segments.sealed_position(), self._remove)

    def _replayed(self, decode: Decode, on_replay: Progress, observe: Observe) -> int:
        """Fills the head from the log, sealing as it goes; the log position behind the last request."""

        def accept(logged: LoggedRequest, tables: Tables) -> None:
            self._grow(tables, logged.position, logged.end, logged.frame.arrival_unix_nano)
            self.upkeep.seal_next()

        sealed_position = self._segments.sealed_position()
        return recover(self._folder.log, self._disk, sealed_position, decode, accept, on_replay, observe)

    # --- called by the log's writer ---

    def _refusal(self) -> Unavailable | None:
        free = self._disk.free_bytes(self._folder.path)
        if free < self._min_free_bytes:
            return StorageFull(
                f"{free} bytes are free for the data folder, {self._min_free_bytes} must be; free some room",
                retry_after_s=RETRY_AFTER_S,
            )
        if self._shelf.glance().unsealed_bytes > self._unsealed_bytes:
            return Unavailable("sealing lags behind; send the request again later", retry_after_s=RETRY_AFTER_S)
        return None

    def _accept(self, frame: Frame, tables: Tables, position: int) -> None:
        self._grow(tables, position, position + frame_bytes(frame), frame.arrival_unix_nano)

    def _grow(self, tables: Tables, position: int, end: int, arrival_unix_nano: int) -> None:
        head = self._shelf.append(tables, position, end, arrival_unix_nano)
        if head.rows >= self._seal_rows or head.size >= self._seal_bytes:
            self._shelf.freeze()
            self.upkeep.wake()

    def _remove(self, segment: Segment) -> None:
        segment.release()
        for file in segment.files:
            self._disk.unlink(file)
