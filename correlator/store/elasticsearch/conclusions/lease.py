"""Who of several engines concludes: one document, taken and renewed by conditional writes, judged by the taker's own clock."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from correlator.store.elasticsearch.commits.changes import Place
from correlator.store.elasticsearch.commits.plain_indices import Found, PlainIndices

PLACE = Place("state", "lease")
NOBODY = ""


@dataclass(frozen=True, slots=True)
class _Watched:
    """Another's lease as it was seen first, and when by our clock: a renewal would have changed it."""

    seq_no: int
    primary_term: int
    since_s: float


class ElasticsearchLease:
    """The contract's Lease. `on_taken` is called whenever it was taken, not renewed. Safe from any thread."""

    def __init__(
        self, indices: PlainIndices, on_taken: Callable[[], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._indices = indices
        self._on_taken = on_taken
        self._lease_clock = clock
        self._lease_lock = threading.Lock()
        self._watched: _Watched | None = None

    def lease(self, holder: str, ttl_s: float) -> bool:
        with self._lease_lock:
            found = self._indices.by_id([PLACE]).get(PLACE)
            of = NOBODY if found is None else found.source["holder"]
            if found is not None and of not in (NOBODY, holder) and not self._has_expired(found):
                return False
            self._watched = None
            is_ours = self._write(holder, ttl_s, found)
            if is_ours and of != holder:
                self._on_taken()
            return is_ours

    def release_lease(self, holder: str) -> None:
        with self._lease_lock:
            found = self._indices.by_id([PLACE]).get(PLACE)
            if found is not None and found.source["holder"] == holder:
                self._indices.put_if(PLACE, {"holder": NOBODY, "ttl_s": 0.0}, found)

    def _write(self, holder: str, ttl_s: float, before: Found | None) -> bool:
        if self._indices.put_if(PLACE, {"holder": holder, "ttl_s": ttl_s}, before) is not None:
            return True
        now = self._indices.by_id([PLACE]).get(PLACE)  # an earlier write of ours whose answer was lost
        return now is not None and now.source["holder"] == holder

    def _has_expired(self, found: Found) -> bool:
        """Whether another's lease has not been renewed for as long as it was granted for, since we saw it first."""
        now_s, seen = self._lease_clock(), self._watched
        if seen is None or (seen.seq_no, seen.primary_term) != (found.seq_no, found.primary_term):
            self._watched = seen = _Watched(found.seq_no, found.primary_term, now_s)
        return now_s - seen.since_s >= float(found.source["ttl_s"])
