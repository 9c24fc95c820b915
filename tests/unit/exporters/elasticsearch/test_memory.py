"""What an exporter takes of memory while it catches up."""

import tracemalloc
from pathlib import Path
from random import Random
from threading import Event

import pyarrow as pa

from correlator.elasticsearch import Connection, Names
from correlator.store.contract import Frame
from correlator.store.segments import SegmentStore
from correlator.telemetry.metrics import EngineMetrics
from exporters.delivery import Bounds, Breaker, Costs, DeadLetters, RequestSource, Target
from exporters.delivery.waiting import PAGE_BYTES
from exporters.elasticsearch.bulk_writer import IN_FLIGHT
from exporters.elasticsearch.cluster import Cluster
from exporters.elasticsearch.record_sender import RecordSender
from tests.conformance.records import T0, span, tables, trace_id
from tests.unit.exporters.elasticsearch.servers import Server, server

BULK_BYTES = 2**20
REQUEST_BYTES = 2**20
BOUNDS = Bounds(2**40, 1e9)
RECORDS = tables([span(trace_id(1), number, attributes=f'{{"text":"{"x" * 4_000}"}}') for number in range(250)])


def peak_bytes(folder: Path, requests: int) -> int:
    """At most, of Python's own and, at each request that arrives, of Arrow's, until nothing of so many requests waits."""
    store = SegmentStore(folder, lambda frame: RECORDS, upkeep_interval_s=None)
    with server() as there:
        cluster = Cluster(Connection(hosts=(there.url,)))
        sender = RecordSender(cluster, Names(), lambda frame: RECORDS, "log", BULK_BYTES, lambda: None, 0)
        source = RequestSource(store, "test", ("traces",))
        costs = Costs(BOUNDS, PAGE_BYTES, BOUNDS)
        letters = DeadLetters(folder)
        target = Target("test", source, sender, letters, EngineMetrics(), costs, Breaker(Random(1)), lambda: True)
        for number in range(requests):
            frame = Frame("traces", "protobuf", T0 + number, number.to_bytes(4, "big") * (REQUEST_BYTES // 4))
            store.append(frame, RECORDS).result(10)
        peak = _peak_of(target, there)
        assert len(there.taken) == requests * RECORDS.num_rows
        sender.close()
    store.close()
    return peak


def _peak_of(target: Target, there: Server) -> int:
    before, columns = pa.total_allocated_bytes(), [0]

    def taken(size: int) -> int:
        columns.append(pa.total_allocated_bytes() - before)
        return 200

    there.status_of = taken
    tracemalloc.start()
    try:
        while target._waiting.bytes:
            assert target.step(Event()) < 1, target.describe()
        return tracemalloc.get_traced_memory()[1] + max(columns)
    finally:
        tracemalloc.stop()


def test_what_waits_takes_no_memory(tmp_path: Path) -> None:
    """However much it is: two pages of it, the documents of a request, and of each bulk request columns, lines and two bodies
    (the server of this test has one).
    """
    few, many = (peak_bytes(tmp_path / str(requests), requests) for requests in (12, 24))
    assert many < few * 1.2
    assert many < 2 * PAGE_BYTES + 3 * RECORDS.spans.nbytes + 4 * (IN_FLIGHT + 1) * BULK_BYTES
