"""Writes groups of requests: their documents in bulks and then, as the commit, a marker for each request.

A document that is there already (409) was written by an earlier attempt at the same request. One that the server refuses for
what is in it (400) is written again with that out of the index. Whatever else goes wrong with one of its documents, a request
gets no marker: it is not kept, and readers give nothing of it.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import structlog
from elasticsearch import Elasticsearch

from correlator.elasticsearch import Names
from correlator.elasticsearch.documents import Document, bulk_body, documents_of
from correlator.elasticsearch.templates.data_streams import SIGNALS
from correlator.errors import Overloaded, StorageFull, Unavailable
from correlator.store.elasticsearch.failures import item_error, reaching
from correlator.store.elasticsearch.freshness import Freshness
from correlator.store.elasticsearch.requests.marker import marker_of, position_of
from correlator.store.elasticsearch.requests.positions import Positions
from correlator.store.elasticsearch.requests.request_writer import Failed, Outcome, Request
from correlator.store.elasticsearch.requests.unindexed import unindexed

LOG = structlog.get_logger(__name__)
BULK_BYTES: Final = 8 * 2**20
"""Of documents at once: Elastic suggests 5 to 15 MB."""
CREATED: Final = frozenset({200, 201})
THERE: Final = 409
REFUSED: Final = 400
IN_DOUBT_S: Final = 10.0
"""So long markers are written again once nobody knows whether they were: to give up may cost a double."""
ASK_AGAIN_S: Final = 0.5
TOLD: Final = {"filter_path": "items.create.status,items.create._seq_no,items.create.error"}
NDJSON: Final = {"accept": "application/json", "content-type": "application/x-ndjson"}


class _Item(NamedTuple):
    request: str
    document: Document


class Recorder:
    """`writer` names this engine in its markers."""

    def __init__(
        self, client: Elasticsearch, names: Names, positions: Positions, freshness: Freshness, writer: str
    ) -> None:
        self._client = client.options(max_retries=0)
        self._names = names
        self._positions = positions
        self._freshness = freshness
        self._writer = writer

    def write(self, group: Sequence[Request]) -> Failed:
        """Raises Unavailable where nothing can be written.

        Of a request that is there already nothing is: a data stream that was rolled over since would take its documents again.
        """
        failed: dict[str, Unavailable] = {}
        there = self._positions.asked([request.id for request in group if request.frame.origin])
        if there:  # another may have written it just now
            self._freshness.wrote(map(self._names.stream, SIGNALS))
        for items in _bulks([request for request in group if request.id not in there], self._names):
            failed |= self._created(items)
            self._freshness.wrote({self._names.stream(item.document.signal) for item in items})
        return failed

    def commit(self, group: Sequence[Request], failed: Failed) -> Sequence[Outcome]:
        """Raises Unavailable where nobody knows whether the markers are there."""
        written = [request for request in group if request.id not in failed]
        outcomes: dict[str, Outcome] = {**failed, **(self._mark(written) if written else {})}
        return [outcomes[request.id] for request in group]

    def _created(self, items: Sequence[_Item]) -> dict[str, Unavailable]:
        not_created = self._bulk([item.document for item in items])
        refused = [items[at] for at, told in not_created.items() if told["status"] == REFUSED]
        failed = {items[at].request: item_error(told) for at, told in not_created.items() if told["status"] != REFUSED}
        if refused:
            failed |= self._created_unindexed(refused, next(iter(not_created.values())))
        return failed

    def _created_unindexed(self, items: Sequence[_Item], told: Mapping[str, Any]) -> dict[str, Unavailable]:
        LOG.warning("records_not_indexed", records=len(items), reason=told["error"]["type"])
        documents = [item.document._replace(source=unindexed(item.document.source)) for item in items]
        return {items[at].request: item_error(told) for at, told in self._bulk(documents).items()}

    def _bulk(self, documents: Sequence[Document]) -> dict[int, dict[str, Any]]:
        """What was said of those that are not there now, by their place."""
        return {
            at: told
            for at, told in enumerate(self._told(bulk_body(documents, self._names)))
            if told["status"] not in CREATED | {THERE}
        }

    def _mark(self, requests: Sequence[Request]) -> dict[str, Outcome]:
        outcomes: dict[str, Outcome] = {}
        for request, told in zip(requests, self._marked(requests), strict=True):
            if told["status"] in CREATED:
                outcomes[request.id] = position_of(told["_seq_no"])
            elif told["status"] != THERE:
                outcomes[request.id] = item_error(told)
        self._positions.learn({request: at for request, at in outcomes.items() if isinstance(at, int)})
        self._freshness.wrote([self._names.requests])
        there = [request.id for request in requests if request.id not in outcomes]
        return {**outcomes, **self._marked_before(there)}

    def _marked_before(self, requests: Sequence[str]) -> Mapping[str, Outcome]:
        """The positions of requests that have their marker. Where they cannot be asked for, those beside them are kept all the same."""
        try:
            return self._positions.of(requests)
        except Unavailable as error:
            return dict.fromkeys(requests, error)

    def _marked(self, requests: Sequence[Request]) -> Sequence[dict[str, Any]]:
        """What was said of each marker."""
        give_up_at: float | None = None  # while there is no doubt
        lines = b"".join(self._marker_lines(request) for request in requests)
        while True:
            try:
                return self._told(lines)
            except Unavailable as error:
                if give_up_at is None and not isinstance(error, Overloaded | StorageFull):
                    give_up_at = time.monotonic() + IN_DOUBT_S
                if give_up_at is None or time.monotonic() > give_up_at:
                    raise
                time.sleep(ASK_AGAIN_S)

    def _told(self, bulk: bytes) -> list[dict[str, Any]]:
        """What is answered to each item."""
        with reaching():
            answer = self._client.perform_request("POST", "/_bulk", params=TOLD, headers=NDJSON, body=bulk)
        return [item["create"] for item in answer["items"]]

    def _marker_lines(self, request: Request) -> bytes:
        action = msgspec.json.encode({"create": {"_index": self._names.requests, "_id": request.id}})
        marker = marker_of(request.tables, request.frame.arrival_unix_nano, self._writer)
        return b"%b\n%b\n" % (action, marker.source())


def _bulks(group: Sequence[Request], names: Names) -> Iterator[list[_Item]]:
    items: list[_Item] = []
    size = 0
    for request in group:
        for document in documents_of(request.tables, request.id, names):
            items.append(_Item(request.id, document))
            size += len(document.source)
            if size >= BULK_BYTES:
                yield items
                items, size = [], 0
    if items:
        yield items
