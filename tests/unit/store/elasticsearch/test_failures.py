"""What is told of a server that refuses, is full, or is not there."""

import pytest

from correlator.elasticsearch import Connection, Names, connect
from correlator.errors import Overloaded, StorageFull, Unavailable
from correlator.store.contract import TraceQuery
from correlator.store.elasticsearch import ElasticsearchStore
from correlator.store.elasticsearch.failures import answered, item_error
from tests.conformance.records import frame_of, span, tables, trace_id
from tests.ports import free_port


@pytest.mark.parametrize(
    ("status", "kind", "expected", "remedy"),
    [
        (429, "es_rejected_execution_exception", Overloaded, "send it again"),
        (429, "cluster_block_exception", StorageFull, "disk"),
        (403, "cluster_block_exception", StorageFull, "lift the block"),
        (403, "security_exception", Unavailable, "role"),
        (401, "security_exception", Unavailable, "api_key_file, or user and password_file"),
        (503, "unavailable_shards_exception", Unavailable, "by itself"),
        (400, "document_parsing_exception", Unavailable, "elasticsearch check"),
    ],
)
def test_an_answer_becomes_the_error_that_fits(status: int, kind: str, expected: type, remedy: str) -> None:
    """With what Elasticsearch called it, and what to do."""
    error = answered(status, {"type": kind, "reason": "why"})
    assert type(error) is expected
    assert error.retry_after_s > 0
    assert kind in str(error)
    assert remedy in str(error)


def test_a_reason_that_says_nothing_is_followed_to_its_cause() -> None:
    """As of a search whose shards are not there yet."""
    error = {"type": "search_phase_execution_exception", "reason": "", "caused_by": {"reason": "missing shards"}}
    assert "answers 503 search_phase_execution_exception: missing shards; it should" in str(answered(503, error))


def test_an_item_without_a_reason_is_told_all_the_same() -> None:
    """Whatever a server leaves out."""
    assert "503" in str(item_error({"status": 503}))


def test_a_server_that_is_not_there_is_unavailable_to_all_who_ask() -> None:
    """Appends through their future; the store can be closed."""
    client = connect(Connection(hosts=(f"http://127.0.0.1:{free_port()}",), timeout_s=2))
    store = ElasticsearchStore(client, Names())
    records = tables([span(trace_id(1), 1)])
    with pytest.raises(Unavailable, match="does not answer"):
        store.append(frame_of(records), records).result(30)
    for ask in (
        lambda: store.read_trace(trace_id(1)),
        lambda: store.find_traces(TraceQuery()),
        lambda: store.errors_after(-1, 10),
        lambda: store.stats(),
    ):
        with pytest.raises(Unavailable, match="check that it runs"):
            ask()
    store.close()
    client.close()
