"""Refreshes what this process wrote before this process reads it: Elasticsearch shows new documents only after a refresh.

It refreshes by itself every second (`refresh_interval`), so what others wrote is seen a little later. A refresh makes a
small segment: it is asked for only when something was written since the last one, and by one reader for all that wait.
"""

import threading
from collections.abc import Iterable

from elasticsearch import Elasticsearch

from correlator.elasticsearch.patience import STARTING
from correlator.store.elasticsearch.failures import answered, reaching


class Freshness:
    """Safe from any thread."""

    def __init__(self, client: Elasticsearch) -> None:
        self._client = client
        self._changed = threading.Lock()
        self._refreshing = threading.Lock()
        self._written: set[str] = set()

    def wrote(self, targets: Iterable[str]) -> None:
        """Indices or data streams got documents that nobody may have seen yet."""
        with self._changed:
            self._written.update(targets)

    def ensure(self, *targets: str) -> None:
        """What was written to these before the call is seen by searches after it."""
        with self._refreshing:
            with self._changed:
                stale = self._written.intersection(targets)
                self._written -= stale
            if not stale:
                return
            try:
                self.refresh(*stale)
            except BaseException:
                self.wrote(stale)
                raise

    def refresh(self, *targets: str) -> None:
        """Whoever wrote: for who follows positions, and must miss nothing."""
        with reaching():
            shards = self._client.indices.refresh(index=sorted(targets), ignore_unavailable=True)["_shards"]
        if shards["failed"]:
            raise answered(STARTING, {"type": "refresh_failed", "reason": f"on {shards['failed']} copies of shards"})
