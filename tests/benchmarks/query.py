"""What DuckDB and what our own readers do faster, side by side in one run: python -m tests.benchmarks.query.

Both read the same sealed and merged segments. Every answer of the two is compared before it is timed.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from random import Random

import pyarrow as pa
from rich.console import Console
from rich.table import Table

from correlator.correlate.service_graph import COLUMNS, service_graph
from correlator.semconv import JOB_ID
from correlator.settings import load_settings
from correlator.store.contract import Frame, TraceQuery
from correlator.store.segments import SegmentStore
from correlator.store.segments.readers.query_engine import QueryEngine
from correlator.wiring import make_decode
from tests.benchmarks.generate import FIRST_START_UNIX_NANO, requests

EVERYTHING = (0, 2**63 - 1)
NEWEST = """
    WITH newest AS (
        SELECT trace_id, min(start_time_unix_nano) AS start FROM read_parquet($files)
        GROUP BY trace_id ORDER BY start DESC, trace_id LIMIT 100
    )
    SELECT trace_id, any_value(start) AS start, arg_min(name, (start_time_unix_nano, span_id)) AS name,
        max(end_time_unix_nano), count(*), count(*) FILTER (is_error), list(DISTINCT service_name)
    FROM read_parquet($files) JOIN newest USING (trace_id) GROUP BY trace_id ORDER BY start DESC, trace_id
"""
IN_FLIGHT = 64


def main() -> None:
    """Fill a store, time each question both ways, print medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=500_000)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="correlator-bench-") as folder:
        store, engine = filled(Path(folder) / "data", given.spans), QueryEngine(Path(folder) / "spill")
        files = [str(path) for path in Path(folder).rglob("traces/*.parquet")]
        table = Table("question", "ours, ms", "DuckDB, ms", title=f"{given.spans:,} spans, {len(files)} segments")
        for name, ours, duckdb in questions(store, engine, files):
            assert ours() == duckdb(), name
            table.add_row(name, *(f"{median_ms(one, given.runs):,.1f}" for one in (ours, duckdb)))
        engine.close()
        store.close()
    Console().print(table)


def questions(
    store: SegmentStore, engine: QueryEngine, files: Sequence[str]
) -> list[tuple[str, Callable[[], object], Callable[[], object]]]:
    """Name, our own way, DuckDB's; both give something that can be compared."""

    def duckdb(statement: str, **values: object) -> pa.Table:
        return engine.query(statement, {}, {"files": files, **values})

    columns = f"SELECT {', '.join(COLUMNS)} FROM read_parquet($files) WHERE start_time_unix_nano < $end"
    half = FIRST_START_UNIX_NANO + (newest_start(store) - FIRST_START_UNIX_NANO) // 2
    one = Random(1).choice(store.scan("traces", *EVERYTHING, ("trace_id",))["trace_id"]).as_py()
    of_one, of_ten = jobs_of(store, one), jobs_of_some(store, 10)
    carrying = f"SELECT * FROM read_parquet($files) WHERE json_extract_string(attributes, '$.\"{JOB_ID}\"') IN $jobs"
    return [
        (
            "scan, all, 9 columns",
            lambda: store.scan("traces", *EVERYTHING, COLUMNS).num_rows,
            lambda: duckdb(columns, end=EVERYTHING[1]).num_rows,
        ),
        (
            "scan, half, 9 columns",
            lambda: store.scan("traces", 0, half, COLUMNS).num_rows,
            lambda: duckdb(columns, end=half).num_rows,
        ),
        (
            "service graph",
            lambda: service_graph(store.scan("traces", *EVERYTHING, COLUMNS)),
            lambda: store.service_graph(*EVERYTHING),
        ),
        (
            "trace by id",
            lambda: store.read_trace(one).spans.num_rows,
            lambda: duckdb("SELECT * FROM read_parquet($files) WHERE trace_id = $one", one=one).num_rows,
        ),
        (
            "join keys of one trace",
            lambda: store.find_joined([f"job:{job}" for job in of_one], *EVERYTHING, 100).spans.num_rows,
            lambda: duckdb(carrying, jobs=of_one).num_rows,
        ),
        (
            "ten join keys, each of another trace",
            lambda: store.find_joined([f"job:{job}" for job in of_ten], *EVERYTHING, 100).spans.num_rows,
            lambda: duckdb(carrying, jobs=of_ten).num_rows,
        ),
        (
            "newest 100 traces, summed up",
            lambda: [trace.trace_id for trace in store.find_traces(TraceQuery()).traces],
            lambda: [trace_id.hex() for trace_id in duckdb(NEWEST)["trace_id"].to_pylist()],
        ),
    ]


def jobs_of(store: SegmentStore, trace_id: bytes) -> list[str]:
    return _jobs(store.read_trace(trace_id).spans["attributes"])


def jobs_of_some(store: SegmentStore, count: int) -> list[str]:
    attributes = store.scan("traces", *EVERYTHING, ("attributes",))["attributes"]
    return _jobs(attributes.take(Random(2).sample(range(len(attributes)), count)))


def _jobs(attributes: pa.ChunkedArray) -> list[str]:
    return [json.loads(text)[JOB_ID] for text in attributes.to_pylist()]


def filled(folder: Path, spans: int) -> SegmentStore:
    """A store with so many generated spans, all sealed and merged."""
    decode = make_decode(load_settings())
    store = SegmentStore(folder, lambda frame: decode(frame).tables, upkeep_interval_s=None)
    waiting: deque[Future[int]] = deque()
    for number, body in enumerate(requests(7, spans)):
        frame = Frame("traces", "protobuf", FIRST_START_UNIX_NANO + number, body)
        waiting.append(store.append(frame, decode(frame).tables))
        if len(waiting) > IN_FLIGHT:
            waiting.popleft().result()
            store.upkeep.seal_next()
    waiting[-1].result()
    store.seal()
    while store.upkeep.merge_next():
        pass
    return store


def newest_start(store: SegmentStore) -> int:
    return store.find_traces(TraceQuery(limit=1)).traces[0].start_time_unix_nano


def median_ms(work: Callable[[], object], runs: int) -> float:
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return 1_000 * statistics.median(times)


if __name__ == "__main__":
    main()
