"""Minutes of load at half of the highest rate: is memory flat, do segments merge, does retention delete? `make soak`.

The highest rate is measured first, on the same engine. Every request has trace ids of its own, so that nothing is a double.
"""

import argparse
import json
import re
import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Thread

import httpx
import numpy as np
import psutil
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tests.benchmarks.generate import requests
from tests.benchmarks.load import post
from tests.e2e.engine_process import EngineProcess, running_engine

SPANS_PER_REQUEST = 512
CONNECTIONS = 2
SAMPLE_S = 5.0


@dataclass(frozen=True, slots=True)
class Sample:
    """The engine, its decoders included, at one moment of the load."""

    second: float
    sent_spans: int
    resident_mib: float
    segments: float
    segment_mib: float
    log_mib: float
    stored_spans: float


class FreshRequests:
    """The same generated requests over and over, each time under new trace ids of the same length."""

    def __init__(self, bodies: Sequence[bytes]) -> None:
        self._bodies = [np.frombuffer(body, dtype=np.uint8) for body in bodies]
        self._places = [_trace_id_places(body) for body in bodies]
        self._random = np.random.default_rng(11)

    def __iter__(self) -> Iterator[bytes]:
        while True:
            for body, places in zip(self._bodies, self._places, strict=True):
                fresh = body.copy()
                fresh[places] ^= self._random.integers(1, 256, 16, dtype=np.uint8)  # (spans, 16)
                yield fresh.tobytes()


def _trace_id_places(body: bytes) -> "np.ndarray[tuple[int, int], np.dtype[np.int64]]":
    request = ExportTraceServiceRequest.FromString(body)
    spans = [span for resource in request.resource_spans for scope in resource.scope_spans for span in scope.spans]
    starts = [
        found.start()
        for trace_id in {span.trace_id for span in spans}
        for found in re.finditer(re.escape(trace_id), body)
    ]
    return np.array(starts)[:, None] + np.arange(16)


class Load(Thread):
    """One connection that sends `requests_per_s` requests each second, or as many as it can for None."""

    def __init__(self, address: str, bodies: Iterator[bytes], requests_per_s: float | None) -> None:
        super().__init__(daemon=True)
        self._address = address
        self._bodies = bodies
        self._interval_s = 1 / requests_per_s if requests_per_s else 0.0
        self.accepted = 0
        self.refused = 0
        self.stopping = False

    def run(self) -> None:
        host, _, port = self._address.rpartition(":")
        with socket.create_connection((host, int(port))) as connection, connection.makefile("rb") as answers:
            due = time.monotonic()
            for body in self._bodies:
                if self.stopping:
                    return
                due += self._interval_s
                time.sleep(max(0.0, due - time.monotonic()))
                while post(connection, answers, body) != 200 and not self.stopping:
                    self.refused += 1
                    time.sleep(0.1)
                self.accepted += 1


def main() -> None:
    """Run the load and print what the engine did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--retention-size", default="256MiB")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="correlator-soak-") as folder:
        config = Path(folder) / "correlator.yaml"
        config.write_text(f"store: {{retention_size: {given.retention_size}, seal_age: 20s}}\n", encoding="utf-8")
        bodies = list(requests(5, 200 * SPANS_PER_REQUEST, first_start_unix_nano=time.time_ns()))
        with running_engine(Path(folder) / "data", "--config", str(config)) as engine:
            highest, _ = _load(engine, bodies, None, 15.0)
            _, samples = _load(engine, bodies, highest / 2, given.minutes * 60)
    report = _report(samples, highest)
    if given.json:
        print(json.dumps({**report, "samples": [asdict(sample) for sample in samples]}))  # noqa: T201
    else:
        _print(report, samples)


def _load(
    engine: EngineProcess, bodies: Sequence[bytes], spans_per_s: float | None, seconds: float
) -> tuple[float, list[Sample]]:
    """Spans accepted a second, and a sample every few seconds."""
    rate = spans_per_s / SPANS_PER_REQUEST / CONNECTIONS if spans_per_s else None
    loads = [Load(engine.otlp_http, iter(FreshRequests(bodies)), rate) for _ in range(CONNECTIONS)]
    started = time.monotonic()
    for load in loads:
        load.start()
    samples: list[Sample] = []
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("load", total=seconds)
        while (elapsed := time.monotonic() - started) < seconds:
            time.sleep(min(SAMPLE_S, seconds - elapsed))
            samples.append(_sample(engine, time.monotonic() - started, sum(load.accepted for load in loads)))
            progress.update(task, completed=elapsed)
    for load in loads:
        load.stopping = True
    for load in loads:
        load.join()
    return sum(load.accepted for load in loads) * SPANS_PER_REQUEST / (time.monotonic() - started), samples


def _sample(engine: EngineProcess, second: float, requests_sent: int) -> Sample:
    text = httpx.get(f"http://{engine.api}/metrics", timeout=30).text
    values = {name: float(value) for name, value in re.findall(r"^correlator_(store_\w+) (\S+)$", text, re.MULTILINE)}
    server = psutil.Process(engine.process.pid)
    resident = sum(each.memory_info().rss for each in (server, *server.children(recursive=True)))
    return Sample(
        second,
        requests_sent * SPANS_PER_REQUEST,
        resident / 2**20,
        values["store_segments"],
        values["store_segment_bytes"] / 2**20,
        values["store_log_bytes"] / 2**20,
        values["store_spans"],
    )


def _report(samples: Sequence[Sample], highest: float) -> dict[str, float]:
    """Memory after the first minute (or the first fifth, for a short run), the trend, and what the store kept."""
    settled = [sample for sample in samples if sample.second >= min(60.0, samples[-1].second / 5)]
    minutes = np.array([sample.second for sample in settled]) / 60
    resident = np.array([sample.resident_mib for sample in settled])
    return {
        "highest_spans_per_s": highest,
        "sent_spans": float(samples[-1].sent_spans),
        "stored_spans_at_end": samples[-1].stored_spans,
        "resident_mib_first": float(resident[0]),
        "resident_mib_last": float(resident[-1]),
        "resident_mib_max": float(resident.max()),
        "resident_mib_per_minute": float(np.polyfit(minutes, resident, 1)[0]),
        "segments_max": max(sample.segments for sample in samples),
        "segments_at_end": samples[-1].segments,
        "segment_mib_max": max(sample.segment_mib for sample in samples),
    }


def _print(report: dict[str, float], samples: Sequence[Sample]) -> None:
    table = Table("minute", "sent spans", "stored spans", "resident MiB", "segments", "segment MiB", "log MiB")
    for sample in samples[:: max(1, len(samples) // 12)]:
        table.add_row(
            f"{sample.second / 60:.1f}",
            f"{sample.sent_spans:,}",
            f"{sample.stored_spans:,.0f}",
            f"{sample.resident_mib:.0f}",
            f"{sample.segments:.0f}",
            f"{sample.segment_mib:.0f}",
            f"{sample.log_mib:.0f}",
        )
    console = Console(width=120)
    console.print(table)
    for name, value in report.items():
        console.print(f"{name} {value:,.1f}")


if __name__ == "__main__":
    main()
