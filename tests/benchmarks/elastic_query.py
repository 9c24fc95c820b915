"""How quickly an Elasticsearch with millions of spans answers: python -m tests.benchmarks.elastic_query [--spans 2000000].

The same requests go into the embedded store beside it, and each question is asked of both: answers must agree. Needs
CORRELATOR_PEERS, the scripts that start an Elasticsearch of its own; it has no other work meanwhile.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

import psutil
import pyarrow as pa
import pyarrow.compute as pc
from elasticsearch import Elasticsearch
from rich.console import Console
from rich.table import Table

from correlator.elasticsearch import Connection, Names, connect
from correlator.elasticsearch.setup import apply, plan
from correlator.model.finding import Finding
from correlator.model.incident import Incident
from correlator.model.tables import Tables
from correlator.semconv import JOB_ID
from correlator.settings import load_settings
from correlator.store.contract import Frame, IncidentQuery, Store, TraceQuery, WatchCommit, WatchState
from correlator.store.elasticsearch import ElasticsearchStore
from correlator.store.segments import SegmentStore
from correlator.wiring import make_decode
from tests.benchmarks.generate import FIRST_START_UNIX_NANO, requests
from tests.conformance.test_catalog import incident
from tests.e2e.jvm_peers import JvmServer, own_elasticsearch

IN_FLIGHT: Final = 64  # requests of 512 spans
GENERATED: Final = 100 * 512  # spans; all further ones are these under other ids
JOB: Final = "job-"
HOUR: Final = 3_600 * 10**9
INCIDENTS: Final = 1_000
ERRORS_PER_TURN: Final = 2_000  # as the watch reads them
RETENTION_S: Final = 30 * 86_400.0
SERVICES: Final = ("n8n", "bridge-api", "scheduler", "worker", "billing")


@dataclass(frozen=True, slots=True)
class Filled:
    """Both stores with the same spans; `trace_ids` are some of theirs, `positions` those of all requests by store."""

    embedded: SegmentStore
    elastic: ElasticsearchStore
    trace_ids: Sequence[bytes]
    positions: dict[str, list[int]]
    end_unix_nano: int

    def stores(self) -> dict[str, Store]:
        return {"embedded": self.embedded, "elastic": self.elastic}


def main() -> None:
    """Fill, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=200)
    given = parser.parse_args()
    console = Console()
    with own_elasticsearch(on_disk=True) as server, tempfile.TemporaryDirectory(prefix="correlator-bench-") as folder:
        client, names = connect(Connection(hosts=(server.url,), timeout_s=120)), Names()
        apply(client, plan(client, names, RETENTION_S))
        filled = _filled(Path(folder), client, names, server, given.spans, console)
        console.print(_asked(filled, given.runs))
        filled.elastic.close()
        filled.embedded.close()
        client.close()


def _filled(
    folder: Path, client: Elasticsearch, names: Names, server: JvmServer, spans: int, console: Console
) -> Filled:
    embedded = SegmentStore(folder / "data", _never_replayed, upkeep_interval_s=None)
    elastic = ElasticsearchStore(client, names)
    positions: dict[str, list[int]] = {"embedded": [], "elastic": []}
    trace_ids: list[bytes] = []
    random, waiting = Random(1), deque[Future[int]]()
    process = server.process
    server_before, started = _cpu_of(process), time.perf_counter()
    for frame, tables in _requests(spans):
        trace_ids.append(random.choice(tables.spans["trace_id"]).as_py())
        positions["embedded"].append(embedded.append(frame, tables).result())
        embedded.upkeep.seal_next()
        waiting.append(elastic.append(frame, tables))
        if len(waiting) > IN_FLIGHT:
            positions["elastic"].append(waiting.popleft().result())
    positions["elastic"] += [future.result() for future in waiting]
    wall, server_cpu = time.perf_counter() - started, _cpu_of(process) - server_before
    embedded.seal()
    while embedded.upkeep.merge_next():
        pass
    for store in (embedded, elastic):
        store.commit_watch(WatchCommit(WatchState(), tuple(map(_incident, range(INCIDENTS)))))
    client.indices.refresh(index=names.stream("traces"))
    stored = client.indices.stats(index=names.stream("traces"), metric="store")["_all"]["primaries"]["store"]
    console.print(
        f"{spans:,} spans into both in {wall:.0f} s; Elasticsearch: {server_cpu / spans * 1e6:.0f} s of CPU a million "
        f"spans, {stored['size_in_bytes'] / spans:.0f} bytes a span on disk, not merged; "
        f"{process.memory_info().rss / 2**20:.0f} MiB resident"
    )
    newest = elastic.find_traces(TraceQuery(limit=1)).traces[0].start_time_unix_nano
    return Filled(embedded, elastic, trace_ids, positions, newest + 1)


def _requests(spans: int) -> Iterator[tuple[Frame, Tables]]:
    """Generated ones, over and over, each time with other ids and at a later time."""
    decode = make_decode(load_settings())
    frames = [Frame("traces", "protobuf", FIRST_START_UNIX_NANO, body) for body in requests(7, min(spans, GENERATED))]
    told = [decode(frame).tables.spans for frame in frames]
    longest = max(table["end_time_unix_nano"].to_numpy().max() for table in told) - FIRST_START_UNIX_NANO
    for number in range(-(-spans // GENERATED)):
        for frame, table in zip(frames, told, strict=True):
            yield frame, Tables(_renewed(table, number, number * int(longest)))


def _renewed(spans: pa.Table, number: int, later_nano: int) -> pa.Table:
    columns = {
        **{name: _other_ids(spans[name], number) for name in ("trace_id", "span_id", "parent_span_id")},
        **{name: pc.add(spans[name], later_nano) for name in ("start_time_unix_nano", "end_time_unix_nano")},
        "attributes": pc.replace_substring(spans["attributes"], JOB, f"{JOB}{number}-"),
    }
    for name, column in columns.items():
        spans = spans.set_column(spans.schema.get_field_index(name), spans.schema.field(name), column)
    return spans


def _other_ids(ids: pa.ChunkedArray, number: int) -> pa.Array:
    mask = number.to_bytes(2, "big")
    texts = [each and bytes((each[0] ^ mask[0], each[1] ^ mask[1])) + each[2:] for each in ids.to_pylist()]
    return pa.array(texts, ids.type)


def _never_replayed(frame: Frame) -> Tables:
    raise AssertionError(frame)


def _asked(filled: Filled, runs: int) -> Table:
    table = Table("question", "embedded p50", "p99", "Elasticsearch p50", "p99", title="milliseconds")
    for name, ask in _questions(filled):
        measured = [_milliseconds(partial(ask, store, word), runs) for word, store in filled.stores().items()]
        _agree(name, filled, ask)
        table.add_row(name, *(f"{each:,.1f}" for times in measured for each in times))
    return table


Ask = Callable[[Any, str, int], Any]


def _questions(filled: Filled) -> Iterator[tuple[str, Ask]]:
    """Each with another subject in each run."""
    end = filled.end_unix_nano
    hour = {"start_unix_nano": end - HOUR, "end_unix_nano": end}
    traces = filled.trace_ids

    def position(word: str, run: int) -> int:
        return filled.positions[word][(run * 7_919) % len(filled.positions[word])]

    jobs = [_job_of(filled.embedded, trace_id) for trace_id in traces[:: max(1, len(traces) // 50)]]

    yield "trace by id", lambda store, word, run: store.read_trace(traces[run % len(traces)]).spans.num_rows
    yield "failed traces of the last hour, 100", lambda store, word, run: _lines(store, TraceQuery(error=True, **hour))
    yield (
        "failed traces of a service, 100",
        lambda store, word, run: _lines(store, TraceQuery(error=True, service_name=SERVICES[run % 5], **hour)),
    )
    yield "newest traces, 100", lambda store, word, run: _lines(store, TraceQuery())
    yield (
        "errors behind a position, 2,000",
        lambda store, word, run: store.errors_after(position(word, run), ERRORS_PER_TURN).num_rows,
    )
    yield (
        "incidents, 100 of 1,000",
        lambda store, word, run: [one.key for one in store.incidents(IncidentQuery(state="open")).incidents],
    )
    yield (
        f"records of a {JOB_ID}",
        lambda store, word, run: store.find_joined([jobs[run % len(jobs)]], 0, 2**62, 100).num_rows,
    )
    yield "services of the last hour", lambda store, word, run: store.services(end - HOUR, end)
    yield (
        "operations of a service, 100",
        lambda store, word, run: store.operations(SERVICES[run % 5], end - HOUR, end, 100),
    )


def _agree(name: str, filled: Filled, ask: Ask) -> None:
    for run in range(3):
        answers = [ask(store, word, run) for word, store in filled.stores().items()]
        assert answers[0] == answers[1], (name, answers)


def _job_of(store: Store, trace_id: bytes) -> str:
    return "job:" + json.loads(store.read_trace(trace_id).spans["attributes"][0].as_py())[JOB_ID]


def _lines(store: Store, query: TraceQuery) -> Any:
    return store.find_traces(query).traces


def _milliseconds(ask: Callable[[int], Any], runs: int) -> tuple[float, float]:
    """p50 and p99, after a run that is not counted."""
    ask(0)
    times = []
    for run in range(runs):
        started = time.perf_counter()
        ask(run)
        times.append(1_000 * (time.perf_counter() - started))
    return statistics.median(times), statistics.quantiles(times, n=100)[98]


def _incident(number: int) -> Incident:
    opened = FIRST_START_UNIX_NANO + number * 10**9
    finding = Finding("the worker failed first", abstained=True, candidates=())
    state = "open" if number % 4 == 0 else "resolved"
    return replace(incident(f"f{number}", 1, opened, state), root_cause=finding)


def _cpu_of(process: psutil.Process) -> float:
    used = process.cpu_times()
    return used.user + used.system


if __name__ == "__main__":
    main()
