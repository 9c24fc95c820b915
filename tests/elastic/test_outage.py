"""A server that is stopped, killed and full while an engine takes in: what the doors acknowledged is there once."""

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from threading import Event, Thread

import httpx
import psutil
import pytest
import yaml
from elasticsearch import Elasticsearch
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from correlator.elasticsearch import Names
from correlator.elasticsearch.setup import apply, plan
from correlator.settings.elasticsearch_export import ElasticsearchExportSettings
from correlator.wiring.recording import RECENT_BYTES
from exporters.delivery.waiting import PAGE_BYTES
from exporters.elasticsearch.bulk_writer import IN_FLIGHT
from tests.e2e.engine_process import EngineProcess, running_engine
from tests.e2e.forward_targets import metrics, wait_until_forwarded
from tests.e2e.jvm_peers import WHY_NO_ELASTICSEARCH, JvmServer, own_elasticsearch
from tests.e2e.peers import scripts
from tests.elastic.exporting import values_in
from tests.elastic.prepared import RETENTION_S

SPANS_PER_S = 1_000
"""Ten minutes of 100 spans a second, in one."""
SPANS_PER_REQUEST = 50
SENDERS = 2
BEFORE_S = 5.0  # of load before the first outage, and between two
AWAY_S = 4.0
TEXT_BYTES = 400  # of an attribute of each span
BULK_BYTES = ElasticsearchExportSettings().bulk
AT_HAND = RECENT_BYTES + 2 * PAGE_BYTES + (4 * IN_FLIGHT + 1) * BULK_BYTES
"""What the doors decoded; the requests at hand and the batch that is made of them; of each bulk request in flight columns, a body
and the two copies that the client makes of it; columns of the next. None of it grows with what waits, which is on disk:
tests/unit/exporters/elasticsearch/test_memory.py.
"""
MAY_GROW = AT_HAND * 3 // 2
"""More than the same engine that exports nothing and has the same requests at the same time. Resident memory is more than what
is in use, since allocators keep what they got back: 86 MiB were measured, where 85 are at hand.
"""
DROPPED = re.compile(r"^correlator_delivery_dropped_total\{[^}]*\} [1-9].*$", re.MULTILINE)
NAMES = Names()


class Load(Thread):
    """Sends new spans to all addresses at a steady rate until told to stop; `acknowledged` has the ids of those that were
    answered 200.
    """

    def __init__(self, addresses: Sequence[str], seed: int) -> None:
        super().__init__(daemon=True)
        self._urls, self._random = [f"http://{address}/v1/traces" for address in addresses], Random(seed)
        self.acknowledged: set[str] = set()
        self.ending = Event()

    def run(self) -> None:
        pause_s = SPANS_PER_REQUEST * SENDERS / SPANS_PER_S
        headers = {"content-type": "application/x-protobuf"}
        with httpx.Client(headers=headers, trust_env=False, timeout=30) as client:
            while not self.ending.wait(pause_s):
                span_ids, body = self._request()
                for url in self._urls:
                    assert client.post(url, content=body).status_code == httpx.codes.OK
                self.acknowledged |= span_ids

    def _request(self) -> tuple[set[str], bytes]:
        request = ExportTraceServiceRequest()
        spans = request.resource_spans.add().scope_spans.add().spans
        now = time.time_ns()
        span_ids = [self._random.randbytes(8) for _ in range(SPANS_PER_REQUEST)]
        for span_id in span_ids:
            span = spans.add(trace_id=self._random.randbytes(16), span_id=span_id, name="work")
            span.start_time_unix_nano, span.end_time_unix_nano = now, now + 1
            span.attributes.add(key="text").value.string_value = self._random.randbytes(TEXT_BYTES // 2).hex()
        return {each.hex() for each in span_ids}, request.SerializeToString()


class Memory(Thread):
    """The engine's own: the most that was seen until `begin`, and since."""

    def __init__(self, engine: EngineProcess) -> None:
        super().__init__(daemon=True)
        self._process = psutil.Process(engine.process.pid)
        self.before = self.peak = 0
        self.ending = Event()

    def begin(self) -> None:
        self.before, self.peak = self.peak, 0

    @property
    def growth(self) -> int:
        return self.peak - self.before

    def run(self) -> None:
        while not self.ending.wait(0.25):
            self.peak = max(self.peak, self._process.memory_info().rss)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(scripts() is None, reason=WHY_NO_ELASTICSEARCH)
def test_what_was_acknowledged_is_there_once_after_outages(tmp_path: Path) -> None:
    """Stopped by SIGTERM, killed, and read-only as on a full disk, under load all the time; in bounded memory."""
    with own_elasticsearch() as server:
        with Elasticsearch(server.url, request_timeout=60) as client:
            apply(client, plan(client, NAMES, RETENTION_S))
        with (
            running_engine(tmp_path / "data", "--config", str(config(tmp_path / "exporting.yaml", server))) as engine,
            running_engine(tmp_path / "control", "--config", str(config(tmp_path / "control.yaml", None))) as control,
        ):
            with watched(engine) as memory, watched(control) as without:
                with loaded(engine, control) as senders:
                    time.sleep(BEFORE_S)
                    memory.begin()
                    without.begin()
                    for outage in (stopped, killed, full):
                        with outage(server):
                            time.sleep(AWAY_S)
                            assert waiting_bytes(engine) > 0
                        time.sleep(BEFORE_S)
                wait_until_forwarded(engine, within_s=240)
            acknowledged = set.union(*(sender.acknowledged for sender in senders))
            counted = metrics(engine)
            assert engine.stop() == 0
        with Elasticsearch(server.url, request_timeout=60) as client:
            found = values_in(client, NAMES.stream("traces"))
    assert not DROPPED.findall(counted)
    assert {span_id: count for span_id, count in found.items() if count > 1} == {}
    assert set(found) == acknowledged
    assert len(acknowledged) > BEFORE_S * SPANS_PER_S
    told = f"{memory.growth / 2**20:.0f} MiB more, {without.growth / 2**20:.0f} without exporting"
    assert memory.growth - without.growth < MAY_GROW, told


def config(file: Path, server: JvmServer | None) -> Path:
    """Small segments, so that the records in memory are the same all the time; exports to `server` if there is one."""
    given: dict[str, object] = {"store": {"seal_rows": 5_000}}
    if server is not None:
        given["elasticsearch"] = {"hosts": [server.url], "timeout": "10s", "export": {"enabled": True}}
    file.write_text(yaml.safe_dump(given))
    return file


@contextmanager
def loaded(*engines: EngineProcess) -> Iterator[list[Load]]:
    """The same requests to each."""
    senders = [Load([engine.otlp_http for engine in engines], seed) for seed in range(SENDERS)]
    for sender in senders:
        sender.start()
    try:
        yield senders
    finally:
        for sender in senders:
            sender.ending.set()
            sender.join(60)


@contextmanager
def watched(engine: EngineProcess) -> Iterator[Memory]:
    memory = Memory(engine)
    memory.start()
    try:
        yield memory
    finally:
        memory.ending.set()
        memory.join()


@contextmanager
def stopped(server: JvmServer) -> Iterator[None]:
    server.stop()
    yield
    server.start(keep=True)


@contextmanager
def killed(server: JvmServer) -> Iterator[None]:
    server.kill()
    yield
    server.start(keep=True)


@contextmanager
def full(server: JvmServer) -> Iterator[None]:
    """The block that the server itself sets where its disk is over the flood stage; it takes that away itself, too."""
    with Elasticsearch(server.url, request_timeout=60) as client:
        everywhere = {"index": [NAMES.stream("traces"), NAMES.incidents, NAMES.findings]}
        client.indices.put_settings(**everywhere, settings={"index.blocks.read_only_allow_delete": True})
        yield
        client.indices.put_settings(**everywhere, settings={"index.blocks.read_only_allow_delete": None})


def waiting_bytes(engine: EngineProcess) -> float:
    name = 'correlator_delivery_waiting_bytes{target="elasticsearch/records"}'
    return next(float(line.split()[-1]) for line in metrics(engine).splitlines() if line.startswith(name))
