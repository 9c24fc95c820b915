"""What the watch costs: CPU seconds of its thread for 1,000 failing traces of 6 spans, in a store of 200,000 spans.

    python -m tests.benchmarks.watch [--json]

Baseline, in the same run: every failing trace is investigated. Beside it counting by signature as the engine does, for
traces that all fail alike, and for the worst case, where each fails in a way of its own: then it saves nothing, and only the
watch's rest (pipeline/watch/watch.py, CORE_SHARE) bounds it.
"""

import argparse
import json
import logging
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from rich.console import Console
from rich.table import Table

from correlator.pipeline.stories.investigate import Investigator
from correlator.pipeline.watch.precedents import REPRESENTATIVES
from correlator.pipeline.watch.watch import Watch
from correlator.settings import Settings
from correlator.store.contract import Frame, WatchCommit, WatchState
from correlator.store.segments import SegmentStore
from correlator.telemetry.metrics import EngineMetrics
from correlator.wiring import make_decode
from tests.benchmarks.generate import requests
from tests.e2e.failing_story import MS, failing_stories, span_id, trace_id

SPANS: Final = 200_000
TRACES: Final = 1_000
TRACES_PER_REQUEST: Final = 20
EVERY: Final = 10**9
CASES: Final = {
    "every trace investigated (baseline)": (EVERY, False),
    "counted by signature, all fail alike": (REPRESENTATIVES, False),
    "counted by signature, each fails differently": (REPRESENTATIVES, True),
}


def main() -> None:
    """Run all cases and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    seconds = {name: cpu_seconds(*case) for name, case in CASES.items()}
    if given.json:
        Console().print_json(json.dumps(seconds))
        return
    table = Table("case", "CPU seconds for 1,000 failing traces", "baseline is so many times that")
    baseline = next(iter(seconds.values()))
    for name, taken in seconds.items():
        table.add_row(name, f"{taken:.2f}", f"{baseline / taken:.1f}")
    Console().print(table)


def cpu_seconds(representatives: int, is_each_different: bool) -> float:
    """Of the thread that runs the watch, until it is no longer behind."""
    with tempfile.TemporaryDirectory(prefix="correlator-watch-") as folder:
        decode = make_decode(Settings())
        store = SegmentStore(Path(folder), lambda frame: decode(frame).tables, upkeep_interval_s=None)
        try:
            for body in requests(3, SPANS, first_start_unix_nano=time.time_ns()):
                append(store, body)
            store.commit_watch(WatchCommit(WatchState(position=store.stats().last_position)))
            for first in range(0, TRACES, TRACES_PER_REQUEST):
                append(store, with_six_spans(range(first, first + TRACES_PER_REQUEST), is_each_different))
            return watched_cpu_seconds(store, representatives)
        finally:
            store.close()


def watched_cpu_seconds(store: SegmentStore, representatives: int) -> float:
    given = Settings().incidents
    watch = Watch(
        store,
        Investigator(store),
        EngineMetrics(),
        threshold=given.threshold,
        window_s=given.window,
        quiet_s=given.quiet,
        settle_s=given.settle,
        max_traces_per_turn=given.traces_per_turn,
        backlog=given.backlog,
        representatives=representatives,
        clock_unix_nano=lambda: time.time_ns() + 60 * 1000 * MS,
    )
    accounted, started_s = 0, time.thread_time()
    is_behind = True
    while is_behind:
        turn = watch.turn()
        is_behind = turn.is_behind
        accounted += turn.investigated + turn.counted_by_signature
    taken_s = time.thread_time() - started_s
    assert accounted == TRACES, f"{accounted} of {TRACES} traces were accounted for"
    return taken_s


def append(store: SegmentStore, body: bytes) -> None:
    frame = Frame("traces", "protobuf", time.time_ns(), body)
    store.append(frame, make_decode(Settings())(frame).tables).result()


def with_six_spans(stories: Sequence[int], is_each_different: bool) -> bytes:
    """Failing stories, each with two more spans of the worker that did not fail."""
    request = ExportTraceServiceRequest.FromString(failing_stories(stories))
    worker = request.resource_spans[2].scope_spans[0].spans
    for story, job in zip(stories, list(worker), strict=True):
        if is_each_different:
            job.events[0].attributes[0].value.string_value = f"Failure{story:04d}".translate(LETTERS)
        for number in (5, 6):
            worker.append(
                Span(
                    trace_id=trace_id(story),
                    span_id=span_id(number),
                    parent_span_id=job.span_id,
                    name="load",
                    start_time_unix_nano=job.start_time_unix_nano,
                    end_time_unix_nano=job.end_time_unix_nano - MS,
                )
            )
    return request.SerializeToString()


LETTERS: Final = str.maketrans("0123456789", "abcdefghij")
"""An exception's type that differs by a number only may count as the same."""


if __name__ == "__main__":
    main()
