"""Ingest from bytes to sealed segments, as ratios in one run: `make bench`, or python -m tests.benchmarks.ingest.

The baseline is protobuf's own parser on the same bytes, doing nothing with them. The peer is the OpenTelemetry Collector
that drops everything (it does not keep a single span), where its scripts are (CORRELATOR_PEERS).
"""

import argparse
import json
import os
import random
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
import psutil
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from rich.console import Console
from rich.table import Table

from correlator.settings import load_settings
from correlator.wiring import build, make_decode, open_store
from tests.benchmarks.generate import requests
from tests.benchmarks.load import send_all
from tests.e2e.engine_process import EngineProcess, running_engine

WARM_UP_BODIES = 40
LOOKUPS = 300
MERGES_S = 60
MERGE_REST_S = 8


@dataclass(frozen=True, slots=True)
class Measurement:
    """One line of the report. Spans a second over wall time; CPU seconds and peak memory are those of the server's processes."""

    stage: str
    spans_per_s: float
    ratio_to_parse: float
    spans_per_cpu_s: float | None = None
    peak_mib: float | None = None
    bytes_per_span: float | None = None
    note: str = ""


def main() -> None:
    """Run all stages and print them; --json for a program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=2_000_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    console = Console(stderr=True)
    with console.status(f"generating {given.spans:,} spans"):
        bodies = list(requests(given.seed, given.spans, first_start_unix_nano=time.time_ns() - 3_600 * 10**9))
    sample = bodies[: max(WARM_UP_BODIES, len(bodies) // 8)]
    measured: list[Measurement] = []
    parse = _stage(ExportTraceServiceRequest.FromString, bodies)
    measured.append(Measurement("protobuf parse alone", parse, 1.0, note="one core, nothing kept"))
    with console.status("decoding"):
        measured.append(_decode(sample, parse))
    with tempfile.TemporaryDirectory(prefix="correlator-bench-") as folder, console.status("recording in process"):
        measured.extend(_in_process(bodies[: len(bodies) // 4], Path(folder), parse))
    with tempfile.TemporaryDirectory(prefix="correlator-bench-") as folder, console.status("over HTTP"):
        measured.extend(_over_http(bodies, Path(folder), parse, given.connections))
        lookups = _lookups(bodies, Path(folder) / "data")
    with console.status("the Collector that drops everything"):
        measured.extend(_collector(bodies, parse, given.connections))
    if given.json:
        print(json.dumps({"spans": given.spans, "stages": [asdict(each) for each in measured], "lookup_ms": lookups}))  # noqa: T201
        return
    _print(measured, lookups, given.spans, sum(map(len, bodies)))


def _stage(work: Callable[[bytes], object], bodies: Sequence[bytes]) -> float:
    """Spans a second of `work` over the bodies, the best of three: the least disturbed."""
    for body in bodies[:WARM_UP_BODIES]:
        work(body)
    spans = _spans(bodies)
    best = float("inf")
    for _ in range(3):
        started = time.perf_counter()
        for body in bodies:
            work(body)
        best = min(best, time.perf_counter() - started)
    return spans / best


def _spans(bodies: Sequence[bytes]) -> int:
    return 512 * (len(bodies) - 1) + _spans_of(bodies[-1])


def _spans_of(body: bytes) -> int:
    request = ExportTraceServiceRequest.FromString(body)
    return sum(len(scope.spans) for resource in request.resource_spans for scope in resource.scope_spans)


def _decode(bodies: Sequence[bytes], parse: float) -> Measurement:
    from correlator.store.contract import Frame

    decode = make_decode(load_settings())
    rate = _stage(lambda body: decode(Frame("traces", "protobuf", time.time_ns(), body)), bodies)
    return Measurement("decode to Arrow", rate, rate / parse, note="one core")


def _in_process(bodies: Sequence[bytes], folder: Path, parse: float) -> list[Measurement]:
    engine = build(load_settings(flags={"data_dir": str(folder), "record": {"bytes_in_flight": "1TiB"}}))
    spans = _spans(bodies)
    started = time.perf_counter()
    receipts = [engine.parts.recorder.submit(body, "traces", "protobuf") for body in bodies]
    for receipt in receipts:
        receipt.result()
    durable = spans / (time.perf_counter() - started)
    engine.close()
    sealed = spans / (time.perf_counter() - started)
    return [
        Measurement("decoded and durable", durable, durable / parse, note="in process, fdatasync by group"),
        Measurement("decoded, durable and sealed", sealed, sealed / parse, note="in process, Parquet fsynced"),
    ]


def _over_http(bodies: Sequence[bytes], folder: Path, parse: float, connections: int) -> list[Measurement]:
    spans = _spans(bodies)
    with running_engine(folder / "data") as engine:
        server = psutil.Process(engine.process.pid)
        send_all(engine.otlp_http, bodies[:1], connections=1)
        cpu_before = _cpu_s(server)
        load = send_all(engine.otlp_http, bodies, connections=connections)
        acknowledged_cpu = _cpu_s(server) - cpu_before
        peak = _peak_mib(server)
        _await_merges(engine)
        engine.stop()
    _expect_all_accepted(load.statuses)
    on_disk = sum(file.stat().st_size for file in (folder / "data").rglob("*") if file.is_file())
    rate = spans / load.seconds
    return [
        Measurement(
            "end to end over HTTP, durable",
            rate,
            rate / parse,
            spans / acknowledged_cpu,
            peak,
            on_disk / spans,
            f"{connections} connections, 512 spans a request; the client took {load.client_cpu_s:.1f} CPU s; on disk once merged",
        )
    ]


def _await_merges(engine: EngineProcess) -> None:
    """Until the number of segments has not changed for a while: what the store keeps is measured at rest."""
    unchanged, before = 0, -1.0
    for _ in range(MERGES_S):
        time.sleep(1)
        text = httpx.get(f"http://{engine.api}/metrics", timeout=30).text
        segments = float(re.findall(r"^correlator_store_segments (\S+)$", text, re.MULTILINE)[0])
        unchanged, before = (unchanged + 1 if segments == before else 0), segments
        if unchanged >= MERGE_REST_S:
            return


def _collector(bodies: Sequence[bytes], parse: float, connections: int) -> list[Measurement]:
    peers = os.environ.get("CORRELATOR_PEERS")
    if not peers:
        return []
    with tempfile.TemporaryDirectory(prefix="correlator-bench-") as data:
        ports = {"OTLP_GRPC": "25317", "OTLP_HTTP": "25318", "DATA": data}
        command = ["bash", f"{peers}/start-otelcol.sh"]
        pid = int(subprocess.run(command, env=os.environ | ports, capture_output=True, check=True, text=True).stdout)
        try:
            server = psutil.Process(pid)
            cpu_before = _cpu_s(server)
            load = send_all(f"127.0.0.1:{ports['OTLP_HTTP']}", bodies, connections=connections)
            cpu = _cpu_s(server) - cpu_before
            peak = _peak_mib(server)
        finally:
            with suppress(ProcessLookupError):
                psutil.Process(pid).terminate()
                psutil.wait_procs([psutil.Process(pid)], timeout=10)
    rate = _spans(bodies) / load.seconds
    return [
        Measurement(
            "OpenTelemetry Collector, drops everything",
            rate,
            rate / parse,
            _spans(bodies) / cpu,
            peak,
            note="keeps nothing",
        )
    ]


def _lookups(bodies: Sequence[bytes], data_dir: Path) -> dict[str, float]:
    """Milliseconds to read one trace by id from the store as the load left it."""
    chosen = random.Random(3)
    trace_ids = []
    for body in chosen.sample(list(bodies), min(LOOKUPS, len(bodies))):
        resource = chosen.choice(ExportTraceServiceRequest.FromString(body).resource_spans)
        trace_ids.append(chosen.choice(resource.scope_spans[0].spans).trace_id)
    store = open_store(load_settings(flags={"data_dir": str(data_dir)}))
    try:
        took = []
        for trace_id in trace_ids:
            started = time.perf_counter()
            found = store.read_trace(trace_id)
            took.append((time.perf_counter() - started) * 1_000)
            assert found.spans.num_rows > 0
    finally:
        store.close()
    ordered = sorted(took)
    return {"p50": statistics.median(ordered), "p99": ordered[int(0.99 * (len(ordered) - 1))], "count": len(ordered)}


def _cpu_s(server: psutil.Process) -> float:
    """Of the process and its children."""
    times = [each.cpu_times() for each in (server, *server.children(recursive=True))]
    return float(sum(each.user + each.system for each in times))


def _peak_mib(server: psutil.Process) -> float:
    """Peak resident memory, the peaks of process and children added up: VmHWM of /proc, which the kernel keeps."""
    statuses = [Path(f"/proc/{each.pid}/status") for each in (server, *server.children(recursive=True))]
    lines = [line for status in statuses for line in status.read_text(encoding="utf-8").splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1_024


def _expect_all_accepted(statuses: dict[int, int]) -> None:
    unexpected = {status: count for status, count in statuses.items() if status not in (200, 429, 503)}
    if unexpected:
        raise SystemExit(f"the engine answered {unexpected}; every request of this load must be accepted")


def _print(measured: Sequence[Measurement], lookups: dict[str, float], spans: int, size: int) -> None:
    table = Table(title=f"{spans:,} spans of {size / spans:.0f} B", title_justify="left")
    for heading in (
        "stage",
        "k spans/s",
        "of parse alone",
        "k spans per CPU s",
        "peak MiB",
        "B a span on disk",
        "note",
    ):
        table.add_column(heading, justify="left" if heading in ("stage", "note") else "right")
    for each in measured:
        table.add_row(
            each.stage,
            f"{each.spans_per_s / 1_000:.0f}",
            f"{each.ratio_to_parse:.3f}",
            f"{each.spans_per_cpu_s / 1_000:.0f}" if each.spans_per_cpu_s else "",
            f"{each.peak_mib:.0f}" if each.peak_mib else "",
            f"{each.bytes_per_span:.1f}" if each.bytes_per_span else "",
            each.note,
        )
    console = Console(width=160)
    console.print(table)
    console.print(
        f"trace by id: p50 {lookups['p50']:.1f} ms, p99 {lookups['p99']:.1f} ms over {lookups['count']} lookups"
    )


if __name__ == "__main__":
    main()
