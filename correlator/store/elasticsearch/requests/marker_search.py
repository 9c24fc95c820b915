"""Finds the requests behind a position, in order, so that who follows positions misses none and sees none twice.

Several engines write markers, and a search may show a later one before an earlier one. So first the shard is asked for its
global checkpoint, the number up to which all writes are on all its copies: below it nothing new can appear. Then a refresh
makes all of that findable, the records too, as those were written before their marker. Only then is searched, up to there.
"""

import threading
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import structlog
from elasticsearch import Elasticsearch

from correlator.elasticsearch.names import Names
from correlator.store.elasticsearch.failures import patiently, reaching
from correlator.store.elasticsearch.freshness import Freshness
from correlator.store.elasticsearch.queries import Query, all_of
from correlator.store.elasticsearch.requests.marker import NEVER, Marker, position_of, seq_no_of
from correlator.store.elasticsearch.requests.numbering import Numbering, is_another
from correlator.store.elasticsearch.requests.positions import Positions

log = structlog.get_logger()
AT_ONCE: Final = 10_000
"""Markers a page at most: the server gives no more hits at once."""
SEQ_NO: Final = "_seq_no"
ARRIVAL: Final = "arrival_unix_nano"


@dataclass(frozen=True, slots=True)
class MarkedPage:
    """Requests by position, and the position up to which there are no others of the kind that was asked for."""

    positions: dict[str, int]  # by request id
    end: int


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The number of the last marker before which all are there, NEVER where there is none; `history` as in Numbering."""

    history: str = ""
    seq_no: int = NEVER


class MarkerSearch:
    """Safe from any thread. What it finds, `positions` learns."""

    def __init__(self, client: Elasticsearch, names: Names, positions: Positions, freshness: Freshness) -> None:
        self._client = client
        self._names = names
        self._positions = positions
        self._freshness = freshness
        self._lock = threading.Lock()
        self._refreshed = Checkpoint()
        self._told_of = ""

    def after(self, position: int, counted: str, limit: int) -> MarkedPage:
        """Requests above the position with a `counted` above 0: one where there is any, further ones while those sum up to `limit`."""
        begin, checkpoint = seq_no_of(position), self._checkpoint()
        if checkpoint.seq_no <= begin:
            return MarkedPage({}, position)
        self._make_findable(checkpoint)
        size = max(1, min(limit, AT_ONCE))  # each has a row at least
        answer = self._search(
            query=all_of({"range": {SEQ_NO: {"gt": begin, "lte": checkpoint.seq_no}}}),
            post_filter={"range": {counted: {"gt": 0}}},
            aggregations={"last": {"max": {"field": SEQ_NO}}},
            sort=[{SEQ_NO: "asc"}],
            seq_no_primary_term=True,
            size=size,
        )
        hits, last = answer["hits"]["hits"], answer["aggregations"]["last"]["value"]
        rows = 0
        positions: dict[str, int] = {}
        for hit in hits:
            rows += getattr(msgspec.json.decode(hit.source, type=Marker), counted)
            if positions and rows > limit:
                break
            positions[hit.id] = position_of(hit.seq_no)
        self._positions.learn(positions)
        if len(positions) < len(hits) or len(hits) == size:
            return MarkedPage(positions, max(positions.values()))
        return MarkedPage(positions, position if last is None else position_of(int(last)))

    def history(self) -> str:
        """Of the numbers that are given now; "" while there is no index, or no primary that could tell."""
        return self._checkpoint().history

    def resumed(self, position: int, kept: Numbering, history: str) -> int:
        """Where to go on from that position: there; but where another history began, from the last request that it stood for.

        A request is known by when it came: what came after the position was kept is another, whatever its number.
        """
        if not is_another(kept, history):
            return position
        self._freshness.refresh(self._names.requests)
        is_old = [{"range": {SEQ_NO: {"lte": seq_no_of(position)}}}, {"range": {ARRIVAL: {"lte": kept.at_unix_nano}}}]
        resumed = self._last(all_of(*is_old))
        if self._told_of != history:
            self._told_of = history
            log.warning("positions_began_anew", index=self._names.requests, position=position, resumed=resumed)
        return resumed

    def newest(self) -> int:
        """The position of the newest request; -1 where there is none."""
        self._freshness.ensure(self._names.requests)
        return self._last({"match_all": {}})

    def _last(self, query: Query) -> int:
        hits = self._search(query=query, sort=[{SEQ_NO: "desc"}], seq_no_primary_term=True, size=1)["hits"]["hits"]
        return position_of(hits[0].seq_no) if hits else -1

    def _checkpoint(self) -> Checkpoint:
        with reaching():
            answer = self._client.options(ignore_status=404).indices.stats(
                index=self._names.requests, level="shards", metric="docs", filter_path="indices.*.shards"
            )
        shards = [copy for index in answer.get("indices", {}).values() for copy in index["shards"].get("0", ())]
        primaries = [each for each in shards if each["routing"]["primary"]]
        told = [
            Checkpoint(each["commit"]["user_data"]["history_uuid"], each["seq_no"]["global_checkpoint"])
            for each in primaries
        ]
        return max(told, key=lambda each: each.seq_no, default=Checkpoint())

    def _make_findable(self, checkpoint: Checkpoint) -> None:
        with self._lock:
            before = self._refreshed
            if checkpoint.history != before.history or checkpoint.seq_no > before.seq_no:
                streams = (self._names.stream(signal) for signal in ("traces", "logs"))
                self._freshness.refresh(self._names.requests, *streams)
                self._refreshed = checkpoint

    def _search(self, **asked: Any) -> Any:
        return patiently(
            lambda: self._client.search(
                index=self._names.requests,
                ignore_unavailable=True,
                allow_partial_search_results=False,
                track_total_hits=False,
                **asked,
            )
        )
