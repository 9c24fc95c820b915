"""Pages of a search that a server with shards gives."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from structlog.testing import capture_logs

from correlator.elasticsearch import Connection, connect, patience
from correlator.elasticsearch.foreign.search import count, pages
from correlator.errors import InvalidInput, Unavailable
from tests.unit.elasticsearch.stand_in import Answer, Asked, stand_in

SHARDS_MISSING = {
    "error": {
        "type": "search_phase_execution_exception",
        "reason": "",
        "caused_by": {
            "type": "search_phase_execution_exception",
            "reason": "Search rejected due to missing shards",
        },
    }
}
GONE = {"succeeded": True, "num_freed": 0}
ALL: dict[str, Any] = {"match_all": {}}


@dataclass
class Sharded:
    """A server that renames its point in time with each answer, and takes only the newest name."""

    documents: int = 3
    sources: list[Any] = field(default_factory=lambda: [{"n": 0}, {"n": 1}, {"n": 2}])
    is_a_shard_missing: bool = False
    starting: int = 0
    is_time_up: bool = False
    named: list[str] = field(default_factory=lambda: ["pit0"])
    closed: list[str] = field(default_factory=list)

    def answer(self, asked: Asked) -> Answer:
        if asked.path.endswith("/_pit") and asked.method == "POST":
            return Answer({"id": self.named[-1]})
        if asked.path == "/_pit":
            self.closed.append(asked.json["id"])
            return Answer(GONE, 404 if self.is_time_up else 200)
        if self.is_a_shard_missing and asked.parameters.get("allow_partial_search_results") == "false":
            return Answer(SHARDS_MISSING, 503)
        if self.starting:
            self.starting -= 1
            return Answer(SHARDS_MISSING, 503)
        return Answer(self._page(asked.json))

    def _page(self, asked: dict[str, Any]) -> dict[str, Any]:
        if "pit" not in asked:
            return {"hits": {"total": {"value": self.documents, "relation": "eq"}, "hits": []}}
        assert asked["pit"]["id"] == self.named[-1]
        self.named.append(f"pit{len(self.named)}")
        at = asked.get("search_after", [0])[0]
        hits = (
            [{"_index": "logs", "_id": f"{at}", "_source": self.sources[at], "sort": [at + 1]}]
            if at < self.documents
            else []
        )
        return {"pit_id": self.named[-1], "hits": {"hits": hits}}


@pytest.fixture
def sharded() -> Sharded:
    return Sharded()


@pytest.fixture
def client(sharded: Sharded) -> Iterator[Elasticsearch]:
    with stand_in(sharded.answer) as url, connect(Connection((url,))) as client:
        yield client


def test_pages_follow_a_point_in_time_that_is_renamed(sharded: Sharded, client: Elasticsearch) -> None:
    """Each is asked for by the newest name, and that is closed."""
    found = [each.id for page in pages(client, ["logs"], ALL, "@timestamp", 10) for each in page]
    assert found == ["0", "1", "2"]
    assert sharded.closed == ["pit4"]


def test_a_document_that_cannot_be_read_hides_no_other(sharded: Sharded, client: Elasticsearch) -> None:
    """Nor the pages after it: whose source is not kept, or is not as it should be."""
    sharded.sources[:2] = [None, 7]
    with capture_logs() as told:
        found = [each.id for page in pages(client, ["logs"], ALL, "@timestamp", 10) for each in page]
    assert found == ["2"]
    assert [(each["documents"], each["id"]) for each in told] == [(1, "0"), (1, "1")]  # a page has one


def test_who_reads_no_further_closes_it_all_the_same(sharded: Sharded, client: Elasticsearch) -> None:
    """By the name that the last page came with."""
    reading = pages(client, ["logs"], ALL, "@timestamp", 10)
    assert isinstance(reading, Generator)
    assert len(list(islice(reading, 2))) == 2
    reading.close()
    assert sharded.closed == ["pit2"]


def test_a_point_in_time_whose_time_was_up_takes_nothing_back(sharded: Sharded, client: Elasticsearch) -> None:
    """All was read: that there is nothing left to close is no error."""
    sharded.is_time_up = True
    assert len(list(pages(client, ["logs"], ALL, "@timestamp", 3))) == 3


def test_an_index_that_was_made_just_now_is_waited_for(sharded: Sharded, client: Elasticsearch) -> None:
    """Its shards answer soon."""
    sharded.starting = 2
    assert count(client, ["logs"], ALL) == 3


def test_nothing_is_told_while_a_shard_is_missing(
    sharded: Sharded, client: Elasticsearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither documents nor how many there are: what is there is less than the truth."""
    monkeypatch.setattr(patience, "PATIENCE_S", 0.1)
    sharded.is_a_shard_missing = True
    with pytest.raises(
        Unavailable, match=r"cannot read logs now \(status 503\): Search rejected due to missing shards"
    ):
        list(pages(client, ["logs"], ALL, "@timestamp", 10))
    with pytest.raises(Unavailable, match="missing shards"):
        count(client, ["logs"], ALL)


@pytest.mark.parametrize(("status", "remedy"), [(401, "mend elasticsearch.api_key_file"), (403, "roles reader`")])
def test_who_is_refused_is_told_what_to_mend(status: int, remedy: str) -> None:
    """The secret that is not known, or the role of one that is."""
    error = {"type": "security_exception", "reason": "unable to authenticate user [ann]"}
    with (
        stand_in(lambda asked: Answer({"error": error}, status)) as url,
        connect(Connection((url,))) as client,
        pytest.raises(InvalidInput, match=remedy) as refused,
    ):
        count(client, ["logs"], ALL)
    assert ("roles" in str(refused.value)) is (status == 403)
