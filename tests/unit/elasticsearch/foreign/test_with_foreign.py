"""Stories with others' records, by a key that may not read them all."""

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from correlator.elasticsearch import Connection, connect
from correlator.elasticsearch.foreign.with_foreign import WithForeign
from correlator.settings import Settings
from correlator.store.memory import MemoryStore
from correlator.wiring.foreign import make_foreign_reader
from tests.conformance.records import trace_id
from tests.unit.elasticsearch.stand_in import Answer, Asked, stand_in


class Cluster:
    """Without documents. `may_read` is None where it cannot say now."""

    def __init__(self) -> None:
        self.may_read: bool | None = True
        self.searches = 0

    def answer(self, asked: Asked) -> Answer:
        if asked.path.endswith("/_has_privileges"):
            if self.may_read is None:
                return Answer({"error": {"type": "security_exception", "reason": "unable to authenticate"}}, 401)
            names = asked.json["index"][0]["names"]
            return Answer({"cluster": {}, "index": {name: {"read": self.may_read} for name in names}})
        self.searches += asked.path.endswith("/_search")
        return Answer({"id": "pit", "pit_id": "pit", "hits": {"hits": []}})


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


@pytest.fixture
def reader(cluster: Cluster) -> Iterator[WithForeign]:
    """That asks again at once."""
    with stand_in(cluster.answer) as url, connect(Connection((url,))) as client:
        times = iter(range(0, 1_000, 100))
        yield WithForeign(MemoryStore(), make_foreign_reader(Settings(), client), lambda: float(next(times)))


@pytest.mark.parametrize("may_read", [True, False])
def test_what_the_key_may_not_read_is_told_once(cluster: Cluster, reader: WithForeign, may_read: bool) -> None:
    """A search leaves it out without a word; the rest is read."""
    cluster.may_read = may_read
    with capture_logs() as told:
        for _ in range(2):
            assert reader.read_trace(trace_id(1)).num_rows == 0
    assert [each["event"] for each in told] == ([] if may_read else ["foreign_records_left_out"])
    assert all("lacks read on traces-*.otel-*, logs-*.otel-*" in each["reason"] for each in told)
    assert cluster.searches == 4


def test_who_cannot_be_asked_is_asked_again(cluster: Cluster, reader: WithForeign) -> None:
    """As while a key is mended; until then the story is the store's alone."""
    cluster.may_read = None
    with capture_logs() as told:
        reader.read_trace(trace_id(1))
        cluster.may_read = False
        reader.read_trace(trace_id(1))
    assert [each["event"] for each in told] == ["foreign_records_not_read", "foreign_records_left_out"]
