"""Several engines write at once; who follows positions misses nothing and gets nothing twice."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from correlator.elasticsearch import Connection, connect
from correlator.store.elasticsearch import ElasticsearchStore
from tests.conformance.records import frame_of, log, span, span_id, tables, trace_id
from tests.elastic.prepared import prepared

pytestmark = pytest.mark.timeout(120)
WRITERS, REQUESTS = 3, 60
SERVER = 2
Seen = Counter[bytes]


def test_followers_see_each_record_of_all_writers_once(elasticsearch_url: str) -> None:
    """Errors and events, followed from the beginning while three engines append; positions never repeat."""
    client = connect(Connection(hosts=(elasticsearch_url,)))
    with prepared(client) as names:
        is_done = Event()
        with ThreadPoolExecutor(WRITERS + 2) as threads:
            followers = [
                threads.submit(follow, ElasticsearchStore(client, names), is_done)
                for follow in (_follow_errors, _follow_events)
            ]
            writers = [threads.submit(_write, ElasticsearchStore(client, names), number) for number in range(WRITERS)]
            positions = [position for writer in writers for position in writer.result(100)]
            is_done.set()
            errors, events = (follower.result(60) for follower in followers)
    client.close()
    every = Counter(span_id(number) for number in range(WRITERS * REQUESTS))
    assert len(set(positions)) == WRITERS * REQUESTS
    assert errors == every
    assert events == every


def test_positions_of_one_engine_are_in_the_order_of_its_requests(elasticsearch_url: str) -> None:
    """Also where several groups are on their way."""
    client = connect(Connection(hosts=(elasticsearch_url,)))
    with prepared(client) as names:
        store = ElasticsearchStore(client, names)
        requests = [tables(logs=[log(number, body="x" * 100_000)]) for number in range(60)]
        futures = [store.append(frame_of(records), records) for records in requests]
        positions = [future.result(60) for future in futures]
        store.close()
    client.close()
    assert positions == sorted(set(positions))


def _write(store: ElasticsearchStore, writer: int) -> list[int]:
    """Each request has one error that is an event, and at times an error log beside it; a few are under way at once."""
    futures = []
    for number in range(writer * REQUESTS, (writer + 1) * REQUESTS):
        failed = span(trace_id(number % 7), number, kind=SERVER, is_error=True)
        records = tables([failed], [log(number, is_error=number % 3 == 0)])
        futures.append(store.append(frame_of(records), records))
        if number % 5 == writer:
            futures[-1].result(60)
    positions = [future.result(60) for future in futures]
    store.close()
    return positions


def _follow_errors(store: ElasticsearchStore, is_done: Event) -> Seen:
    seen: Seen = Counter()
    position = -1
    while True:
        is_last = is_done.is_set()
        errors = store.errors_after(position, 10)
        found = errors.spans["position"].to_pylist() + errors.logs["position"].to_pylist()
        assert all(each > position for each in found)
        position = max([position, *found])
        seen.update(errors.spans["span_id"].to_pylist())
        if is_last and not found:
            return seen


def _follow_events(store: ElasticsearchStore, is_done: Event) -> Seen:
    seen: Seen = Counter()
    position = -1
    while True:
        is_last = is_done.is_set()
        page = store.events_after(position, ("span_id",))
        assert page.told_again.num_rows == 0
        seen.update(page.spans["span_id"].to_pylist())
        if is_last and page.position == position:
            return seen
        position = page.position
