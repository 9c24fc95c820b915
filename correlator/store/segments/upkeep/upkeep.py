"""What goes on in the background: heads become segments, small segments large ones, old ones go.

Each step ends in one catalog transaction. A crash before it leaves files that nobody knows, one after it files that nobody
needs; start-up removes both.
"""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog

from correlator.model.tables import SCHEMAS
from correlator.store.segments.catalog import SegmentCatalog
from correlator.store.segments.data_folder import DataFolder
from correlator.store.segments.disk import Disk
from correlator.store.segments.files.segment import Segment, SegmentBounds
from correlator.store.segments.log.raw_log import RawLog
from correlator.store.segments.meter import Observe
from correlator.store.segments.upkeep.maintenance import Maintenance
from correlator.store.segments.upkeep.merger import MergeAbandoned, choose_merge, merge
from correlator.store.segments.upkeep.retention import retired
from correlator.store.segments.upkeep.sealer import seal
from correlator.store.segments.view import Shelf

LOG = structlog.get_logger(__name__)
METRICS_PER_MERGE = 4
"""Metrics are merged whole in memory, so only up to a quarter of the rows."""


@dataclass(frozen=True, slots=True)
class UpkeepPolicy:
    """When to do what; see SegmentStore."""

    seal_age_s: float
    merge_fan_in: int
    merge_max_rows: int
    retention_age_s: float | None
    retention_bytes: int | None


class Upkeep:
    """Seals in one thread, merges and retires in another, so that a long merge does not let heads pile up.

    The steps may also be called by hand, from any thread.
    """

    def __init__(
        self,
        folder: DataFolder,
        disk: Disk,
        catalog: SegmentCatalog,
        shelf: Shelf,
        policy: UpkeepPolicy,
        clock: Callable[[], int],
        observe: Observe,
    ) -> None:
        self._folder, self._disk, self._catalog, self._shelf = folder, disk, catalog, shelf
        self._policy, self._clock, self._observe = policy, clock, observe
        self._sealing, self._merging = threading.Lock(), threading.Lock()
        self._is_closing = False
        self._threads: list[Maintenance] = []

    def start(self, log: RawLog, interval_s: float) -> None:
        sealing = Maintenance("sealer", lambda: self._seal_due(log), interval_s, self._observe)
        merging = Maintenance("merger", self._merge_and_retire, interval_s, self._observe)
        self._threads = [sealing, merging]
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """There is something to seal."""
        for thread in self._threads[:1]:
            thread.wake()

    def stop(self) -> None:
        """Gives up a merge under way; ends after a seal under way."""
        self._is_closing = True
        for thread in self._threads:
            thread.stop()

    def seal_next(self) -> bool:
        """Seal the oldest head that grows no more; whether there was one. Raises OSError, with nothing changed."""
        with self._sealing:
            frozen = self._shelf.oldest_frozen()
            if frozen is None:
                return False
            started = time.perf_counter()
            head = frozen.view
            bounds = seal(self._folder.segments, self._disk, head, frozen.start)
            self._catalog.add_sealed(bounds, head.end, head.last_position)
            self._shelf.put_sealed([Segment(self._folder.segments, one) for one in bounds])
        self._observe("seal_seconds", time.perf_counter() - started)
        self._observe("sealed_rows", head.rows)
        LOG.info("head_sealed", rows=head.rows, end_position=head.end)
        return True

    def merge_next(self) -> bool:
        """Merge once where it is worth it; whether it was. Raises OSError, with nothing changed."""
        with self._merging:
            chosen = self._worth_merging()
            if not chosen:
                return False
            started = time.perf_counter()
            merged = merge(self._folder.segments, self._disk, chosen, lambda: not self._is_closing)
            self._catalog.replace([segment.bounds for segment in chosen], [merged])
            self._shelf.replace(chosen, [Segment(self._folder.segments, merged)])
        self._observe("merge_seconds", time.perf_counter() - started)
        self._observe("merged_rows", merged.rows)
        LOG.info("segments_merged", signal=merged.signal, segments=len(chosen), rows=merged.rows)
        return True

    def retire(self) -> None:
        """Drop what is over its age, or too much."""
        with self._merging:
            by_bounds = {segment.bounds: segment for segment in self._shelf.glance().segments}
            over = retired(list(by_bounds), self._clock(), self._policy.retention_age_s, self._policy.retention_bytes)
            if not over:
                return
            self._catalog.replace(over, [])
            self._shelf.replace([by_bounds[bounds] for bounds in over], [])
        self._observe("retired_rows", sum(bounds.rows for bounds in over))
        LOG.info("segments_retired", segments=len(over), rows=sum(bounds.rows for bounds in over))

    def _seal_due(self, log: RawLog) -> bool:
        oldest = self._shelf.glance().heads[-1].oldest_arrival_unix_nano
        if oldest is not None and self._clock() - oldest > self._policy.seal_age_s * 1e9:
            self._shelf.freeze()
        is_sealed = self.seal_next()
        if is_sealed:
            log.drop_below(self._catalog.needed_position())
        return is_sealed

    def _merge_and_retire(self) -> bool:
        self.retire()
        with suppress(MergeAbandoned):
            return self.merge_next()
        return False

    def _worth_merging(self) -> Sequence[Segment]:
        segments = self._shelf.glance().segments
        for signal in SCHEMAS:
            rows = self._policy.merge_max_rows // (METRICS_PER_MERGE if signal == "metrics" else 1)
            by_bounds = {one.bounds: one for one in segments if one.bounds.signal == signal}
            chosen: Sequence[SegmentBounds] = choose_merge(list(by_bounds), self._policy.merge_fan_in, rows)
            if chosen:
                return [by_bounds[bounds] for bounds in chosen]
        return []
