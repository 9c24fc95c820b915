"""Which position each request has: its marker's number. A request without a marker is not kept, whatever was written of it."""

import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping
from typing import Final

from elasticsearch import Elasticsearch

from correlator.elasticsearch.patience import STARTING
from correlator.store.elasticsearch.failures import item_error, reaching
from correlator.store.elasticsearch.requests.marker import position_of

REMEMBERED: Final = 65_536
"""Requests: some 15 MB. A marker never changes, so what was found stays true."""
AT_ONCE: Final = 2_000
NO_INDEX: Final = "index_not_found_exception"
"""Nothing was recorded yet. Any other error tells nothing of a request: to read on would be to miss its records."""


class Positions:
    """Safe from any thread. Reads markers by id, which needs no refresh."""

    def __init__(self, client: Elasticsearch, markers: str) -> None:
        self._client = client
        self._markers = markers
        self._lock = threading.Lock()
        self._known: OrderedDict[str, int] = OrderedDict()

    def learn(self, found: Mapping[str, int]) -> None:
        with self._lock:
            self._known.update(found)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)

    def of(self, requests: Collection[str]) -> dict[str, int]:
        """By request; those without a marker are left out."""
        with self._lock:
            known = {request: self._known[request] for request in requests if request in self._known}
        missing = [request for request in dict.fromkeys(requests) if request not in known]
        for first in range(0, len(missing), AT_ONCE):
            known |= self.asked(missing[first : first + AT_ONCE])
        return known

    def asked(self, requests: Collection[str]) -> dict[str, int]:
        """As `of`, of AT_ONCE at most, and whatever is remembered."""
        if not requests:
            return {}
        with reaching():
            answer = self._client.mget(index=self._markers, ids=list(requests), source=False)
        for each in answer["docs"]:
            if "error" in each and each["error"]["type"] != NO_INDEX:
                raise item_error({"status": STARTING, **each})
        found = {each["_id"]: position_of(each["_seq_no"]) for each in answer["docs"] if each.get("found")}
        self.learn(found)
        return found
