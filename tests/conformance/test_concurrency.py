"""What every store must keep while many threads use it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from correlator.store.contract import Store, TraceQuery
from tests.conformance.records import (
    frame_of,
    log,
    span,
    tables,
    trace_id,
)
from tests.conformance.stores import Open, Settle, all_pages


def test_readers_see_every_acknowledged_record_once(kind: tuple[Open, Settle], tmp_path: Path) -> None:
    """While requests come in, are sealed and merged, a reader never misses a record nor sees it twice."""
    store, settle = kind[0](tmp_path), kind[1]
    acknowledged: list[int] = []
    failures: list[str] = []
    is_done = threading.Event()

    def read() -> None:
        while not is_done.is_set():
            known = len(acknowledged)
            bodies = store.scan("logs", 0, 2**62, ("body",))["body"].to_pylist()
            errors = store.errors_after(-1, 100_000).logs["position"].to_pylist()
            spans = store.read_trace(trace_id(1)).spans.num_rows
            listed = sum(one.spans for one in all_pages(store, TraceQuery(), 1000))
            if len(bodies) != len(set(bodies)) or len(bodies) < known or errors != sorted(set(errors)):
                failures.append(f"{len(bodies)} logs, {len(set(bodies))} different, of {known}")
            if min(len(errors), spans, listed) < known:
                failures.append(f"{len(errors)} errors, {spans} spans, {listed} listed, of {known}")

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(40):
        records = tables(spans=[span(trace_id(1), number)], logs=[log(number, is_error=True)])
        store.append(frame_of(records), records).result(timeout=30)
        acknowledged.append(number)
        if number % 5 == 4:
            settle(store)
    is_done.set()
    for reader in readers:
        reader.join()
    store.close()
    assert failures == []


def test_requests_from_many_threads_are_all_kept(store: Store, settle: Settle) -> None:
    """Each thread's records are there once, under positions of their own."""

    def send(first: int) -> list[int]:
        requests = [tables(logs=[log(number)]) for number in range(first, first + 20)]
        futures = [store.append(frame_of(records), records) for records in requests]
        return [future.result(timeout=30) for future in futures]

    with ThreadPoolExecutor(4) as threads:
        positions = [position for sent in threads.map(send, range(0, 80, 20)) for position in sent]
    settle(store)
    bodies = store.scan("logs", 0, 2**62, ("body",))["body"].to_pylist()
    assert len(set(positions)) == 80
    assert sorted(bodies) == sorted(f"message {number}" for number in range(80))
