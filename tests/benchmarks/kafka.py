"""A million spans through a real Kafka: python -m tests.benchmarks.kafka.

First how fast one engine reads them, beside the same spans sent to the same engine over OTLP/HTTP in requests of 512, in the
same run. Then, read anew by engines of one group with stores of their own: a second joins, leaves, joins again and is killed
(SIGKILL). What the stores hold together is compared with what was produced, by trace id and span id.
"""

import argparse
import os
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random

import psutil
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from rich.console import Console
from rich.table import Table

from correlator.settings import load_settings
from correlator.wiring import open_store
from tests.benchmarks.generate import requests
from tests.benchmarks.load import send_all
from tests.e2e.engine_process import EngineProcess, running_engine
from tests.e2e.jvm_peers import KAFKA_VARIABLE, own_kafka
from tests.elastic.kafka_lab import Topic, new_topic, reading_engine

TEMPLATE_SPANS = 4_096
SPANS_PER_REQUEST = 512
SEAL_ROWS = 131_072  # the default


@dataclass(frozen=True, slots=True)
class Trace:
    """All spans of a trace as one message."""

    trace_id: bytes
    payload: bytes
    span_ids: tuple[bytes, ...]

    def copied(self, trace_id: bytes) -> "Trace":
        """The same under another id, with a job of its own."""
        old, new = (f"job-{each[:6].hex()}".encode() for each in (self.trace_id, trace_id))
        payload = self.payload.replace(self.trace_id, trace_id).replace(old, new)
        return Trace(trace_id, payload, self.span_ids)


@dataclass(frozen=True, slots=True)
class Rate:
    """Spans a second until all were durable, CPU seconds a million spans, memory at the end; and CPU seconds of the start,
    which are not among the others."""

    spans_per_s: float
    cpu_s: float
    rss_bytes: int
    start_cpu_s: float


def main() -> None:
    """Run all and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=1_000_000)
    spans = parser.parse_args().spans
    console = Console(width=120)
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="correlator-bench-")))
        address = os.environ.get(KAFKA_VARIABLE) or opened.enter_context(own_kafka(folder / "kafka")).address
        topic = new_topic(address)
        started = time.perf_counter()
        topic.produce((each.trace_id.hex().encode(), each.payload) for each in traces(spans))
        produced = sum(len(each.span_ids) for each in traces(spans))
        console.print(f"{produced:,} spans produced in {time.perf_counter() - started:.1f} s")
        table = Table("door", "k spans/s", "of OTLP/HTTP", "CPU s a million", "of OTLP/HTTP", "RSS MiB")
        http = from_http(folder / "http", spans)
        kafka = from_kafka(folder / "one", topic, spans, http.start_cpu_s)
        for name, rate in {"OTLP/HTTP, 512 spans a request": http, "Kafka, one trace a message": kafka}.items():
            ratios = f"{rate.spans_per_s / http.spans_per_s:.2f}", f"{rate.cpu_s / http.cpu_s:.2f}"
            numbers = f"{rate.spans_per_s / 1e3:.0f}", ratios[0], f"{rate.cpu_s:.1f}", ratios[1]
            table.add_row(name, *numbers, f"{rate.rss_bytes / 2**20:.0f}")
        console.print(table)
        console.print(rebalanced(folder, Topic(topic.address, topic.name, f"{topic.group}-again"), spans))


def traces(spans: int) -> Iterator[Trace]:
    """Traces with `spans` spans or a few more in all; always the same."""
    templates, random = list(templated()), Random(11)
    left = spans
    while left > 0:
        trace = templates[random.randrange(len(templates))].copied(random.randbytes(16))
        left -= len(trace.span_ids)
        yield trace


def templated() -> Iterator[Trace]:
    """Traces of tests.benchmarks.generate as the Collector parts them: one message each."""
    by_trace: dict[bytes, ExportTraceServiceRequest] = {}
    for body in requests(7, TEMPLATE_SPANS, first_start_unix_nano=time.time_ns() - 600 * 10**9):
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for span in resource.scope_spans[0].spans:
                group = by_trace.setdefault(span.trace_id, ExportTraceServiceRequest()).resource_spans.add()
                group.resource.CopyFrom(resource.resource)
                group.scope_spans.add(scope=resource.scope_spans[0].scope).spans.append(span)
    for trace_id, request in by_trace.items():
        ids = (group.scope_spans[0].spans[0].span_id for group in request.resource_spans)
        yield Trace(trace_id, request.SerializeToString(), tuple(ids))


def from_http(data_dir: Path, spans: int) -> Rate:
    """The same payloads, joined to requests as an SDK's exporter or the Collector sends them."""
    bodies, open_bodies, count = [], [], 0
    for trace in traces(spans):
        open_bodies.append(trace.payload)
        count += len(trace.span_ids)
        if count >= SPANS_PER_REQUEST:
            bodies.append(b"".join(open_bodies))
            open_bodies, count = [], 0
    bodies.append(b"".join(open_bodies))
    with running_engine(data_dir) as engine:
        at_start = cpu_s(engine)
        load = send_all(engine.otlp_http, bodies, connections=4)
        return Rate(spans / load.seconds, (cpu_s(engine) - at_start) / spans * 1e6, rss(engine), at_start)


def from_kafka(data_dir: Path, topic: Topic, spans: int, cpu_of_start_s: float) -> Rate:
    """Until the commit of the last message. What is read before the engine says that it is ready is left out of the rate."""
    total = topic.lag()
    with reading_engine(data_dir, topic, seal_rows=SEAL_ROWS) as engine:
        left, started = topic.lag() / total, time.perf_counter()
        topic.await_read(600)
        seconds = time.perf_counter() - started
        return Rate(spans * left / seconds, (cpu_s(engine) - cpu_of_start_s) / spans * 1e6, rss(engine), cpu_of_start_s)


def cpu_s(engine: EngineProcess) -> float:
    """Of the process and its children, since its start."""
    server = psutil.Process(engine.process.pid)
    times = [each.cpu_times() for each in (server, *server.children(recursive=True))]
    return float(sum(each.user + each.system for each in times))


def rss(engine: EngineProcess) -> int:
    return int(psutil.Process(engine.process.pid).memory_info().rss)


def rebalanced(folder: Path, topic: Topic, spans: int) -> str:
    """Engines come and go while the topic is read; what came of it, in words."""
    first, second = folder / "first", folder / "second"
    total = topic.lag()

    def await_share(share: float) -> None:
        while topic.lag() > total * (1 - share):
            time.sleep(0.02)

    with reading_engine(first, topic, seal_rows=SEAL_ROWS) as staying:
        await_share(0.1)
        with reading_engine(second, topic, seal_rows=SEAL_ROWS) as leaving:
            await_share(0.4)
            leaving.stop(timeout_s=120)
        left_at = 1 - topic.lag() / total
        with reading_engine(second, topic, seal_rows=SEAL_ROWS) as killed:
            await_share(0.75)
            killed.stop(signal.SIGKILL)
        killed_at = 1 - topic.lag() / total
        topic.await_read(600)
        staying.stop(timeout_s=120)
    return compared(spans, [keys_in(first), keys_in(second)]) + (
        f"; the second engine left at {left_at:.0%}, was killed at {killed_at:.0%}"
    )


def compared(spans: int, stores: list[Counter[bytes]]) -> str:
    """What the stores hold, against what was produced."""
    produced = {each.trace_id + span_id for each in traces(spans) for span_id in each.span_ids}
    together = stores[0].keys() | stores[1].keys()
    split = {key[:16] for key in stores[0]} & {key[:16] for key in stores[1]}
    twice = sum(times > 1 for store in stores for times in store.values())
    return (
        f"{len(produced):,} spans produced; missing {len(produced - together):,}, foreign {len(together - produced):,}; "
        f"in the first store {len(stores[0]):,}, in the second {len(stores[1]):,}, twice in one of them {twice:,}, "
        f"in both {len(stores[0].keys() & stores[1].keys()):,}, of {len(split):,} traces"
    )


def keys_in(data_dir: Path) -> Counter[bytes]:
    """How often the store has each span, by trace id and span id."""
    store = open_store(load_settings(flags={"data_dir": str(data_dir)}))
    try:
        spans = store.scan("traces", 0, 2**63 - 1, ("trace_id", "span_id"))
    finally:
        store.close()
    columns = spans["trace_id"].to_pylist(), spans["span_id"].to_pylist()
    return Counter(trace_id + span_id for trace_id, span_id in zip(*columns, strict=True))


if __name__ == "__main__":
    main()
