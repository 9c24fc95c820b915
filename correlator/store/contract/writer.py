"""How requests are made durable."""

from concurrent.futures import Future
from typing import Protocol

from correlator.model.tables import Tables
from correlator.store.contract.frame import Frame


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
