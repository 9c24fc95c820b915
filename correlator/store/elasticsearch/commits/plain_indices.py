"""Documents of plain indices: by id, as they are now; or by a search, as of the last refresh."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple, TypeVar

import msgspec
from elasticsearch import Elasticsearch

from correlator.elasticsearch.names import Names
from correlator.store.elasticsearch.commits.changes import Change, Place, bulks
from correlator.store.elasticsearch.failures import item_error, reaching
from correlator.store.elasticsearch.freshness import Freshness
from correlator.store.elasticsearch.queries import Query, in_pieces

Document = TypeVar("Document")

IDS_AT_ONCE: Final = 2_000
PAGE: Final = 5_000
"""Documents in one answer; Elasticsearch gives 10,000 at most."""
CONFLICT: Final = 409
BULK_ANSWER: Final = ("errors", "items.index.status", "items.index.error")


class Found(NamedTuple):
    """A document, and what must still hold of it for put_if to replace it."""

    source: Any
    seq_no: int
    primary_term: int


class PlainIndices:
    """Safe from any thread. Every call raises as `reaching` does."""

    def __init__(self, client: Elasticsearch, names: Names, freshness: Freshness) -> None:
        self.names = names
        self._client = client
        self._freshness = freshness

    # --- by id ---

    def by_id(
        self, places: Collection[Place], fields: Mapping[Place, Sequence[str]] | None = None
    ) -> dict[Place, Found]:
        """Those that are there, as written last by anybody. Of a place in `fields` only these."""
        found: dict[Place, Found] = {}
        for some in in_pieces(places, IDS_AT_ONCE):
            docs = [self._wanted(place, (fields or {}).get(place)) for place in some]
            with reaching():
                answer = self._client.mget(docs=docs)
            for place, each in zip(some, answer["docs"], strict=True):
                if "error" in each:
                    raise item_error({"status": 404, **each})
                if each["found"]:
                    found[place] = Found(each["_source"], each["_seq_no"], each["_primary_term"])
        return found

    def _wanted(self, place: Place, fields: Sequence[str] | None) -> dict[str, Any]:
        wanted: dict[str, Any] = {"_index": self.names.index(place.kind), "_id": place.id}
        return wanted if fields is None else wanted | {"_source": list(fields)}

    # --- writing ---

    def put(self, changes: Iterable[Change], version: int) -> None:
        """Write these documents where no later version is there. What was written stays written when this raises."""
        for operations in bulks(changes, self.names, version):
            with reaching():
                answer = self._client.bulk(operations=operations, filter_path=BULK_ANSWER)
            for item in answer["items"] if answer["errors"] else ():
                if item["index"]["status"] not in (200, 201, CONFLICT):
                    raise item_error(item["index"])

    def put_if(self, place: Place, document: Any, before: Found | None) -> Found | None:
        """Write it if what is there is still `before`, or nothing; None where it is not."""
        condition: dict[str, Any] = {"op_type": "create"}
        if before is not None:
            condition = {"if_seq_no": before.seq_no, "if_primary_term": before.primary_term}
        with reaching():
            answer = self._client.options(ignore_status=CONFLICT).index(
                index=self.names.index(place.kind), id=place.id, document=msgspec.to_builtins(document), **condition
            )
        if answer.meta.status == CONFLICT:
            return None
        return Found(document, answer["_seq_no"], answer["_primary_term"])

    def delete(self, places: Collection[Place]) -> None:
        """Delete these, where they are; others must not write them any more."""
        operations = [{"delete": {"_index": self.names.index(place.kind), "_id": place.id}} for place in places]
        if operations:
            with reaching():
                self._client.bulk(operations=operations)

    def drop(self, kind: str, query: Query) -> None:
        """Delete all that match and can be found now; what another changes meanwhile stays."""
        while True:
            with reaching():
                answer = self._client.delete_by_query(
                    index=self.names.index(kind), query=query, conflicts="proceed", max_docs=PAGE
                )
            self._freshness.wrote([self.names.index(kind)])
            if answer["total"] < PAGE:
                return
            self.refresh(kind)

    # --- searching ---

    def refresh(self, *kinds: str) -> None:
        """Let searches find all that anybody has written."""
        self._freshness.refresh(*(self.names.index(kind) for kind in kinds))

    def found(
        self, kind: str, query: Query, sort: Sequence[Mapping[str, str]], of: type[Document]
    ) -> Iterator[Document]:
        """All that match, in the order of `sort`, which must tell any two apart."""
        after: Sequence[Any] | None = None
        while True:
            hits = self._page(kind, query, sort, PAGE, after)
            yield from (msgspec.json.decode(hit.source, type=of) for hit in hits)
            if len(hits) < PAGE:
                return
            after = hits[-1].sort

    def first(
        self, kind: str, query: Query, sort: Sequence[Mapping[str, str]], limit: int, of: type[Document]
    ) -> list[Document]:
        """The first `limit` that match."""
        if limit <= PAGE:
            hits = self._page(kind, query, sort, limit, None)
            return [msgspec.json.decode(hit.source, type=of) for hit in hits]
        return list(islice(self.found(kind, query, sort, of), limit))

    def _page(
        self,
        kind: str,
        query: Query,
        sort: Sequence[Mapping[str, str]],
        size: int,
        after: Sequence[Any] | None,
    ) -> list[Any]:
        index = self.names.index(kind)
        self._freshness.ensure(index)
        with reaching():
            answer = self._client.search(
                index=index,
                query=query,
                sort=list(sort),
                size=size,
                search_after=after,
                track_total_hits=False,
                allow_partial_search_results=False,
            )
        hits: list[Any] = answer["hits"]["hits"]
        return hits

    def buckets(self, kind: str, query: Query, by: str, aggregations: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """One for each value of the field `by` in what matches, in order, with `key`, `doc_count` and the aggregations."""
        index = self.names.index(kind)
        self._freshness.ensure(index)
        composite: dict[str, Any] = {"size": PAGE, "sources": [{"key": {"terms": {"field": by}}}]}
        while True:
            grouped = {"groups": {"composite": composite, "aggregations": dict(aggregations)}}
            with reaching():
                answer = self._client.search(
                    index=index, query=query, size=0, aggregations=grouped, allow_partial_search_results=False
                )
            groups = answer["aggregations"]["groups"]
            yield from ({**each, "key": each["key"]["key"]} for each in groups["buckets"])
            if "after_key" not in groups:
                return
            composite["after"] = groups["after_key"]
