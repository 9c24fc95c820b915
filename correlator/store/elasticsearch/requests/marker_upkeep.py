"""Deletes markers of requests whose records are gone for sure.

Retention takes records an index at a time, and no marker with them. A marker may go once nothing that it stands for can be
there: a marker that goes too early hides records that were acknowledged, one that stays costs 100 bytes. So two things must hold.

- The request came so long ago that its records' index was rolled over since, and its retention is over: DAY more than both.
- Each data stream's oldest index was made after the request came, DAY more again: no index holds what is older than itself. The
  server says so; where retention is longer than we think, or off, or waits, no marker goes.

Deletions take numbers of the markers' index, and so some of what watch.RECALLED reaches back: as many as requests come, a minute
at a time, and never all of a week at once.
"""

import time
from collections.abc import Callable
from threading import Event
from typing import Final

import structlog
from elasticsearch import Elasticsearch

from correlator.elasticsearch.names import Names
from correlator.elasticsearch.templates.data_streams import SIGNALS
from correlator.errors import CorrelatorError
from correlator.store.elasticsearch.failures import reaching

log = structlog.get_logger()

DAY_S: Final = 86_400.0
WEEK_S: Final = 7 * DAY_S
"""`cluster.lifecycle.default.rollover` is auto: an index is rolled over after this at the latest, with a retention up to 90 days."""
MONTH_S: Final = 30 * DAY_S
"""With a longer one."""
AT_ONCE: Final = 10_000
"""Markers a turn: a second's work of the server, and 166 requests a second go as they came."""
EVERY_S: Final = 60.0
CREATED: Final = "index.creation_date"


class MarkerUpkeep:
    """Of one store, whose data streams keep records for `retention_s`. For one thread of one engine: two are no harm."""

    def __init__(
        self, client: Elasticsearch, names: Names, retention_s: float, clock_unix_nano: Callable[[], int] = time.time_ns
    ) -> None:
        self._client = client
        self._names = names
        self._retention_s = retention_s
        self._clock = clock_unix_nano

    def run(self, stop: Event) -> None:
        """Turn once a minute until `stop` is set. What the server refuses ends the turn."""
        while not stop.wait(EVERY_S):
            try:
                self.turn()
            except CorrelatorError as error:
                log.warning("markers_not_deleted", reason=str(error))

    def turn(self) -> int:
        """Delete those that may go, AT_ONCE at most; how many. Raises Unavailable."""
        before = min(gone_before(self._clock(), self._retention_s), self._oldest_index_unix_nano() - int(DAY_S * 1e9))
        query = {"range": {"arrival_unix_nano": {"lt": before}}}
        with reaching():
            answer = self._client.delete_by_query(
                index=self._names.requests, query=query, max_docs=AT_ONCE, conflicts="proceed", ignore_unavailable=True
            )
        return int(answer["deleted"])

    def _oldest_index_unix_nano(self) -> int:
        """When the oldest index of any of the data streams was made; now, where there is none."""
        streams = [self._names.stream(signal) for signal in SIGNALS]
        with reaching():
            found = self._client.indices.get_settings(
                index=streams, name=CREATED, flat_settings=True, ignore_unavailable=True
            )
        made = [int(index["settings"][CREATED]) * 10**6 for index in found.body.values()]
        return min(made, default=self._clock())


def gone_before(now_unix_nano: int, retention_s: float) -> int:
    """Of requests that came before this time, unix nanoseconds, retention has taken all records."""
    rollover_s = min(retention_s, WEEK_S) if retention_s <= 90 * DAY_S else MONTH_S
    return now_unix_nano - int((retention_s + rollover_s + DAY_S) * 1e9)
