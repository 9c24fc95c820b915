"""Calls of a cluster, each answered by what became of every document. Safe from any thread."""

from collections.abc import Callable, Collection, Mapping
from threading import Lock
from typing import Any, Final, Protocol, TypeVar

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch

from correlator.elasticsearch import Connection, connect
from correlator.elasticsearch.error_body import error_of
from correlator.elasticsearch.silence import silence_of
from correlator.errors import SettingsError
from exporters.delivery import TryAgain
from exporters.elasticsearch.answers import (
    TAKEN,
    TOO_LARGE,
    ItemAnswer,
    Meaning,
    item_answers,
    meaning_of,
    refusal,
    try_again,
)
from exporters.elasticsearch.cuttable import Cuttable

ANSWER_FIELDS: Final = ("errors", "items.*.status", "items.*.error.type", "items.*.error.reason")  # 30 bytes a document
Answer = TypeVar("Answer")
Documents = TypeVar("Documents", bound="Several")


class Several(Protocol):
    """Documents that can be told apart by where they stand."""

    def __len__(self) -> int: ...
    def __getitem__(self, places: slice, /) -> Any: ...


class Cluster:
    """A cluster by `connection`. Where its secrets cannot be read at first, they are waited for."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._cuttable = Cuttable()
        self._is_cut = False
        self._lock = Lock()
        self._client: Elasticsearch | None = None

    def write(
        self, documents: Documents, body_of: Callable[[Documents], bytes], *, into_streams: bool = True
    ) -> list[ItemAnswer]:
        """One bulk request: what became of each document. One that is too large or cannot be read is halved."""
        try:
            answer = self._bulk(body_of(documents), into_streams)
        except TryAgain as error:
            is_known = error.__cause__ is not None and _is_refusal_before_writing(error.__cause__)
            again = ItemAnswer(Meaning.AGAIN, str(error), is_known, error.retry_after_s)
            return [again] * len(documents)
        except ApiError as error:
            if len(documents) == 1:
                return [ItemAnswer(Meaning.NEVER, refusal(error.status_code, error_of(error.body)))]
            middle = len(documents) // 2
            halves = documents[:middle], documents[middle:]
            return [answer for half in halves for answer in self.write(half, body_of, into_streams=into_streams)]
        return list(item_answers(answer)) if answer.get("errors", True) else [TAKEN] * len(documents)

    def found(self, index: str, ids: Collection[str]) -> set[str]:
        """Those of the ids that documents of a data stream have, whichever of its indices they are in. Raises TryAgain."""

        def search(client: Elasticsearch) -> Mapping[str, Any]:
            if client.indices.refresh(index=index)["_shards"]["failed"]:
                raise TryAgain("cannot say which documents are there: not all shards could be refreshed")
            query = {"ids": {"values": list(ids)}}
            answer = client.search(
                index=index,
                query=query,
                source=False,
                size=len(ids),
                filter_path=["hits.hits._index", "hits.hits._id"],
                track_total_hits=False,
                allow_partial_search_results=False,  # what a shard that is missing has would be written again
            )
            return dict(answer.body)

        hits = self.ask(search).get("hits", {}).get("hits", ())
        return {hit.id for hit in hits}

    def ask(self, call: Callable[[Elasticsearch], Answer]) -> Answer:
        """What `call` answers. Raises TryAgain, whatever the reason."""
        try:
            return self._ask(call)
        except ApiError as error:
            raise _refused(error) from error

    def cut(self) -> None:
        """End the calls under way, and refuse further ones: they raise TryAgain."""
        self._is_cut = True
        self._cuttable.cut()

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _bulk(self, body: bytes, into_streams: bool) -> Mapping[str, Any]:
        """Raises TryAgain, and ApiError where it is the body's fault. A data stream that is gone becomes no plain index."""

        def bulk(client: Elasticsearch) -> Mapping[str, Any]:
            operations: Any = body  # bytes go as they are
            must_be_stream = True if into_streams else None
            answer = client.bulk(operations=operations, filter_path=ANSWER_FIELDS, require_data_stream=must_be_stream)
            return dict(answer.body)

        return self._ask(bulk)

    def _ask(self, call: Callable[[Elasticsearch], Answer]) -> Answer:
        if self._is_cut:
            raise TryAgain("is not asked any more: the engine stops")
        try:
            client = self._connected()
        except SettingsError as error:
            raise TryAgain(f"cannot be asked: {error}") from error
        try:
            return call(client)
        except ApiError as error:
            if _is_of_the_body(error):
                raise
            raise _refused(error) from error
        except TransportError as error:
            raise TryAgain(f"{silence_of(error)}; is it running?") from error

    def _connected(self) -> Elasticsearch:
        with self._lock:
            if self._client is None:
                self._client = connect(self._connection)
                self._cuttable.watch(self._client)
            return self._client


def _refused(error: ApiError) -> TryAgain:
    reason = str(error_of(error.body).get("reason", ""))
    return try_again(error.status_code, error.meta.headers, reason)


def _is_of_the_body(error: ApiError) -> bool:
    """Whether what was sent is refused: as too large, by whoever; else by Elasticsearch, not by what stands before it."""
    is_told = error.status_code == TOO_LARGE or bool(error_of(error.body))
    return is_told and meaning_of(error.status_code) is Meaning.NEVER


def _is_refusal_before_writing(error: BaseException) -> bool:
    return isinstance(error, SettingsError) or (isinstance(error, ApiError) and 300 <= error.status_code < 500)
