"""A search as of one moment, page by page: what is written meanwhile changes nothing of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from elastic_transport import ObjectApiResponse
from elasticsearch import Elasticsearch


@dataclass(slots=True)
class PointInTime:
    """`id` is the newest that an answer gave: the server changes it where a shard moves, and takes only the newest."""

    client: Elasticsearch
    id: str
    keep_alive: str

    def search(self, **asked: Any) -> ObjectApiResponse[Any]:
        """Of all shards, or the client's error: what a shard that is missing has would be taken for not there."""
        answer = self.client.search(
            pit={"id": self.id, "keep_alive": self.keep_alive},
            track_total_hits=False,
            allow_partial_search_results=False,
            **asked,
        )
        self.id = answer["pit_id"]
        return answer


@contextmanager
def point_in_time(client: Elasticsearch, indices: Sequence[str], keep_alive: str) -> Iterator[PointInTime]:
    """Of those of the indices that are there; `keep_alive` is how late the next page may be asked for. Raises the client's errors."""
    opened = client.open_point_in_time(index=",".join(indices), keep_alive=keep_alive, ignore_unavailable=True)
    now = PointInTime(client, opened["id"], keep_alive)
    try:
        yield now
    finally:
        client.options(ignore_status=404).close_point_in_time(id=now.id)  # 404: its time was up
