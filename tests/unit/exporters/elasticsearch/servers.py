"""A server that takes bulk requests as Elasticsearch does, and answers as it is told; what a real one seldom says."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.unit.elasticsearch.stand_in import PRODUCT, Answer, Asked, stand_in


@dataclass
class Server:
    """`status_of` gives the status of a whole bulk, by its size in bytes; `headers` go with each answer.

    `refused` is a page, of what stands before it, instead of its own words. Of two shards, `missing` are not there, and
    `not_refreshed` are, but cannot be.
    """

    url: str = ""
    status_of: Callable[[int], int] = lambda size: 200
    headers: dict[str, str] = field(default_factory=dict)
    refused: dict[str, Any] | str = field(default_factory=lambda: {"error": {"type": "refused"}})
    missing: int = 0
    not_refreshed: int = 0
    taken: list[str] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)
    encodings: list[str | None] = field(default_factory=list)

    def answer(self, asked: Asked) -> Answer:
        if asked.path.endswith("/_refresh"):
            return Answer({"_shards": {"total": 2, "successful": 2 - self.missing, "failed": self.not_refreshed}})
        if asked.path.endswith("/_search"):
            return self._found(asked.parameters)
        self.authorizations.append(asked.headers["authorization"])
        self.encodings.append(asked.headers["content-encoding"])
        status = self.status_of(len(asked.body))
        return Answer(self._taken(asked.body) if status == 200 else self.refused, status, PRODUCT | self.headers)

    def _found(self, parameters: dict[str, str]) -> Answer:
        """What the shards that are there have: nothing."""
        if self.missing and parameters.get("allow_partial_search_results") == "false":
            return Answer(
                {"error": {"type": "search_phase_execution_exception", "reason": "Partial shards failure"}}, 503
            )
        return Answer({"_shards": {"failed": self.missing}, "hits": {"hits": []}})

    def _taken(self, body: bytes) -> dict[str, Any]:
        ids = [json.loads(line)["create"]["_id"] for line in body.splitlines()[::2]]
        self.taken += ids
        return {"items": [{"create": {"status": 201}} for _ in ids]}


@contextmanager
def server() -> Iterator[Server]:
    """Listening for the block."""
    told = Server()
    with stand_in(told.answer) as told.url:
        yield told
