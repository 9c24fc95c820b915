"""Spans into Elasticsearch: our exporter beside the OpenTelemetry Collector's: python -m tests.benchmarks.elastic_export.

Same server, same requests, same templates (ours), rounds in alternating order. Ours reads the requests from the log of a data
folder, as in an engine, in a process of its own: once with what the doors had decoded, as while it keeps up, and once decoding
again, as after an outage. The Collector takes the requests over HTTP, and keeps nothing; its ids are the server's, ours are
looked up by it. CPU seconds are those of processes, so that other work on the machine moves them little.
"""

import argparse
import multiprocessing
import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

import psutil
import yaml
from elasticsearch import Elasticsearch
from rich.console import Console
from rich.table import Table

from correlator.elasticsearch import Connection, Names
from correlator.elasticsearch.setup import apply, plan
from correlator.elasticsearch.templates.data_streams import SIGNALS
from correlator.model.tables import Tables
from correlator.pipeline.exporter import ExporterContext, Spool
from correlator.pipeline.recent_tables import RecentTables
from correlator.settings import load_settings
from correlator.store.contract import Frame
from correlator.store.segments import SegmentStore
from correlator.telemetry.metrics import EngineMetrics
from correlator.wiring import make_decode
from exporters.elasticsearch import make_exporter
from exporters.elasticsearch.target_names import RECORDS
from tests.benchmarks.generate import requests
from tests.benchmarks.load import send_all
from tests.e2e.jvm_peers import JvmServer, own_elasticsearch
from tests.e2e.peers import installed, scripts, stop
from tests.ports import free_port

NAMES = Names()
STREAM = NAMES.stream("traces")
RETENTION_S = 30 * 86_400.0
WITHIN_S = 600.0


@dataclass(frozen=True, slots=True)
class Round:
    """One load: CPU seconds of the exporter's process and of the server's, wall seconds, bytes on disk after a merge."""

    seconds: float
    client_cpu_s: float
    server_cpu_s: float
    stored_bytes: int


def main() -> None:
    """Run all rounds and print their medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--gzip", action="store_true", help="both compress what they send")
    given = parser.parse_args()
    now = time.time_ns()
    bodies = list(requests(7, given.spans, first_start_unix_nano=now - 3_600 * 10**9))
    warm_up = list(requests(8, max(given.spans // 4, 20_000), first_start_unix_nano=now - 3_600 * 10**9))
    exports: dict[str, Export] = {
        "correlator, keeping up": partial(_ours, True),
        "correlator, catching up": partial(_ours, False),
        "Collector": _collectors,
    }
    rounds: dict[str, list[Round]] = {name: [] for name in exports}
    with own_elasticsearch(on_disk=True) as server, Elasticsearch(server.url, request_timeout=120) as client:
        for export in exports.values():
            _round(export, warm_up, server, client, is_gzip=given.gzip)
        for number in range(given.rounds):
            for name in list(exports) if number % 2 == 0 else reversed(exports):
                rounds[name].append(_round(exports[name], bodies, server, client, is_gzip=given.gzip))
    _print(rounds, given.spans)


@dataclass(frozen=True, slots=True)
class Exported:
    """Seconds until all documents were there, and the exporter's CPU seconds."""

    seconds: float
    cpu_s: float


Export = Callable[[Sequence[bytes], str, Callable[[], None], bool], Exported]
"""Sends all bodies to the URL, compressed or not; the callable waits until all documents are there."""


def _round(
    export: Export, bodies: Sequence[bytes], server: JvmServer, client: Elasticsearch, *, is_gzip: bool
) -> Round:
    _set_up(client)
    spans = _spans(bodies)
    before = _cpu_s(server.process)
    exported = export(bodies, server.url, lambda: _await_documents(client, spans), is_gzip)
    server_cpu = _cpu_s(server.process) - before
    client.indices.forcemerge(index=STREAM, max_num_segments=1)
    client.indices.flush(index=STREAM)
    stored = client.indices.stats(index=STREAM, metric="store,docs")["_all"]["primaries"]
    assert stored["docs"]["count"] == spans, stored
    return Round(exported.seconds, exported.cpu_s, server_cpu, stored["store"]["size_in_bytes"])


def _set_up(client: Elasticsearch) -> None:
    """Empty data streams of our templates."""
    for signal in SIGNALS:
        client.options(ignore_status=404).indices.delete_data_stream(name=NAMES.stream(signal))
    apply(client, plan(client, NAMES, RETENTION_S))


def _await_documents(client: Elasticsearch, count: int) -> None:
    until = time.monotonic() + WITHIN_S
    while True:
        indexing = client.indices.stats(index=STREAM, metric="indexing")["_all"]["primaries"]["indexing"]
        if indexing["index_total"] >= count:
            return
        assert time.monotonic() < until, f"{indexing['index_total']} of {count} documents after {WITHIN_S:g} s"
        time.sleep(0.1)


def _ours(
    is_decoded: bool, bodies: Sequence[bytes], url: str, await_all: Callable[[], None], is_gzip: bool
) -> Exported:
    with tempfile.TemporaryDirectory(prefix="correlator-bench-") as folder:
        _fill(Path(folder), bodies)
        here, there = multiprocessing.get_context("fork").Pipe()
        arguments = there, Path(folder), url, is_decoded, is_gzip
        process = multiprocessing.get_context("fork").Process(target=_export, args=arguments)
        process.start()
        here.recv()
        started = time.perf_counter()
        await_all()
        seconds = time.perf_counter() - started
        here.send("end")
        cpu_s: float = here.recv()
        process.join()
    return Exported(seconds, cpu_s)


def _fill(folder: Path, bodies: Sequence[bytes]) -> None:
    """Requests that were acknowledged and wait for the exporter."""
    store = _store(folder)
    try:
        store.hold(RECORDS, 0)
        frames = [Frame("traces", "protobuf", time.time_ns(), body) for body in bodies]
        decode = make_decode(load_settings())
        for appended in [store.append(frame, decode(frame).tables) for frame in frames]:
            appended.result()
    finally:
        store.close()


def _export(told: Pipe, folder: Path, url: str, is_decoded: bool, is_gzip: bool) -> None:
    """The child: tells when it begins to export what waits in the folder, and at the end its CPU seconds."""
    store = _store(folder)
    spool = Spool(store, folder, lambda: True, _decoder(store, is_decoded))
    settings = {
        "exposed_hosts": (),
        "connection": Connection(hosts=(url,), is_gzip=is_gzip),
        "names": NAMES,
        "export": {
            "enabled": True,
            "signals": ("traces",),
            "bulk": 5 * 10**6,  # as the Collector's default
            "batch_age": 1.0,
            "waiting_size": 2**40,
            "waiting_age": 86_400.0,
            "dead_letter_size": 2**30,
            "dead_letter_age": 86_400.0,
        },
    }
    exporter = make_exporter(settings, ExporterContext(store, EngineMetrics(), str, lambda _: True, spool))
    assert exporter is not None
    ending = threading.Event()
    told.send("begin")
    before = time.process_time()
    running = threading.Thread(target=exporter.run, args=(ending,))
    running.start()
    told.recv()
    cpu_s = time.process_time() - before
    ending.set()
    running.join()
    store.close()
    told.send(cpu_s)


def _decoder(store: SegmentStore, is_decoded: bool) -> Callable[[Frame], Tables]:
    """Decodes again; or has what was decoded at the doors, as an exporter that keeps up."""
    decode = make_decode(load_settings())
    if not is_decoded:
        return lambda frame: decode(frame).tables
    recent, position = RecentTables(2**40), 0
    while (page := store.requests_from(position, 2**24)).requests:
        for request in page.requests:
            recent.keep(request.frame, decode(request.frame).tables)
        position = page.end
    return recent.or_decode(lambda frame: decode(frame).tables)


def _store(folder: Path) -> SegmentStore:
    decode = make_decode(load_settings())
    return SegmentStore(folder, lambda frame: decode(frame).tables, upkeep_interval_s=None)


def _collectors(bodies: Sequence[bytes], url: str, await_all: Callable[[], None], is_gzip: bool) -> float:
    with (
        tempfile.TemporaryDirectory(prefix="correlator-bench-") as folder,
        _collector(Path(folder), url, is_gzip) as it,
    ):
        address, process = it
        before, started = _cpu_s(process), time.perf_counter()
        load = send_all(address, bodies, connections=2)
        assert set(load.statuses) <= {200, 429, 503}, load.statuses
        await_all()
        return Exported(time.perf_counter() - started, _cpu_s(process) - before)


@contextmanager
def _collector(folder: Path, url: str, is_gzip: bool) -> Iterator[tuple[str, psutil.Process]]:
    """Where it takes OTLP over HTTP, and its process. Its exporter is as it comes, but for compression and a short wait."""
    installed("install-otelcol.sh", "otelcol-lab")
    port = free_port()
    exporter: dict[str, Any] = {
        "endpoints": [url],
        "compression": "gzip" if is_gzip else "none",
        "sending_queue": {"batch": {"flush_timeout": "1s"}},
    }
    configuration = {
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": f"127.0.0.1:{port}"}}}},
        "exporters": {"elasticsearch": exporter},
        "service": {
            "pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["elasticsearch"]}},
            "telemetry": {"metrics": {"level": "none"}},
        },
    }
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump(configuration))
    environment = os.environ | {"CONFIG": str(config), "OTLP_HTTP": str(port), "DATA": str(folder)}
    start = ["bash", str((scripts() or Path()) / "start-otelcol.sh")]
    done = subprocess.run(start, env=environment, check=True, capture_output=True, text=True, timeout=60)
    process = psutil.Process(int(done.stdout))
    try:
        yield f"127.0.0.1:{port}", process
    finally:
        stop(process)


def _spans(bodies: Sequence[bytes]) -> int:
    decode = make_decode(load_settings())
    last = decode(Frame("traces", "protobuf", time.time_ns(), bodies[-1])).tables.num_rows
    return 512 * (len(bodies) - 1) + last


def _cpu_s(process: psutil.Process) -> float:
    times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    return float(sum(each.user + each.system for each in times))


def _print(rounds: dict[str, list[Round]], spans: int) -> None:
    columns = (
        "k spans/s",
        "client CPU s a million",
        "server CPU s a million",
        "spans per CPU s, client",
        "with server",
        "B/span",
    )
    table = Table("exporter", *columns)
    for name, each in rounds.items():
        client, server = (
            statistics.median(one) for one in zip(*((r.client_cpu_s, r.server_cpu_s) for r in each), strict=True)
        )
        rate = spans / statistics.median(one.seconds for one in each) / 1e3
        stored = statistics.median(one.stored_bytes for one in each) / spans
        figures = (client / spans * 1e6, server / spans * 1e6, spans / client, spans / (client + server), stored)
        table.add_row(
            name,
            f"{rate:.1f}",
            *(f"{figure:,.1f}" for figure in figures[:2]),
            *(f"{figure:,.0f}" for figure in figures[2:]),
        )
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
