"""Whether the data streams and indices are there and ours: into what another made, or keeps, nothing is written."""

import time
from collections.abc import Callable, Collection
from functools import partial
from typing import Any, Final

from elasticsearch import Elasticsearch, NotFoundError

from correlator.elasticsearch.templates import is_ours
from exporters.delivery import TryAgain
from exporters.elasticsearch.answers import SETUP_REMEDY
from exporters.elasticsearch.cluster import Cluster

CHECKED_S: Final = 60.0  # a check that went well holds for so long


class Ours:
    """Checks before a call, once a minute. Needs the privilege view_index_metadata, and to read the index `state` where one is
    named: with a lease in it, the indices are those of engines whose store is the cluster.
    """

    def __init__(
        self,
        cluster: Cluster,
        streams: Collection[str] = (),
        indices: Collection[str] = (),
        state: str | None = None,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cluster, self._streams, self._indices, self._clock_s = cluster, tuple(streams), tuple(indices), clock_s
        self._state = state
        self._good_until_s = 0.0

    def check(self) -> None:
        """Raises TryAgain where one is missing, another's or a store's, and where the cluster cannot be asked."""
        if self._clock_s() < self._good_until_s:
            return
        for stream in self._streams:
            self._expect("data stream", stream, self._cluster.ask(partial(_of_stream, name=stream)))
        for index in self._indices:
            self._expect("index", index, self._cluster.ask(partial(_of_index, name=index)))
        if self._state is not None and self._cluster.ask(partial(_has_lease, state=self._state)):
            raise TryAgain(
                f"engines have their store in this cluster ({self._state!r}) and keep their incidents in indices of these names; "
                "set elasticsearch.prefix and elasticsearch.dataset to names of your own"
            )
        self._good_until_s = self._clock_s() + CHECKED_S

    def _expect(self, kind: str, name: str, meta: dict[str, Any] | None) -> None:
        if meta is None:
            raise TryAgain(f"{kind} {name!r} is missing; {SETUP_REMEDY}")
        if not is_ours(meta):
            raise TryAgain(
                f"{kind} {name!r} is not of our making; set elasticsearch.dataset or prefix to one of your own"
            )


def _of_stream(client: Elasticsearch, name: str) -> dict[str, Any] | None:
    """Its `_meta`; None where it is missing."""
    try:
        answer = client.indices.get_data_stream(name=name, filter_path=["data_streams.name", "data_streams._meta"])
    except NotFoundError:
        return None
    (stream,) = answer["data_streams"]
    return stream.get("_meta") or {}


def _of_index(client: Elasticsearch, name: str) -> dict[str, Any] | None:
    try:
        answer = client.indices.get_mapping(index=name, filter_path=["*.mappings._meta"])
    except NotFoundError:
        return None
    return next((index["mappings"]["_meta"] for index in answer.body.values()), {})


def _has_lease(client: Elasticsearch, state: str) -> bool:
    answer = client.options(ignore_status=404).get(index=state, id="lease", source=False)
    return bool(answer.get("found", False))
