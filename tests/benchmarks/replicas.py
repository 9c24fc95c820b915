"""What one engine and two take in on one Elasticsearch, and what it costs: python -m tests.benchmarks.replicas.

The baseline is one engine on its embedded store, in the same run. Elasticsearch is one of its own ($CORRELATOR_PEERS starts it).
Spans a second are of requests that were acknowledged; CPU seconds, of engines and of Elasticsearch, go on until all failures and
events are accounted for. All share the cores of one machine: CPU seconds say what replicas cost, spans a second do not add up.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import psutil
import yaml
from elasticsearch import Elasticsearch
from rich.console import Console
from rich.table import Table

from correlator.elasticsearch import Connection, Names, connect
from correlator.elasticsearch.templates.data_streams import SIGNALS
from correlator.store.elasticsearch import ElasticsearchStore
from tests.benchmarks.generate import requests
from tests.benchmarks.load import send_all
from tests.e2e.engine_process import EngineProcess, running_engine
from tests.e2e.jvm_peers import JvmServer, own_elasticsearch

EMBEDDED: Final = "1 engine, segments"
SHARED: Final = "1 engine, Elasticsearch"
ENGINES: Final = {EMBEDDED: 1, SHARED: 1, "2 engines, Elasticsearch": 2}
WARM_UP: Final = 10_000  # spans, not measured: the JVM compiles for the first minute
ACCOUNTED_S: Final = 600.0
LEDGER_TURN_S: Final = 12.0  # longer than slo.interval


@dataclass(frozen=True, slots=True)
class Round:
    """One load. CPU in seconds a million spans; of engines in the order leader, follower. Bytes of a span on Elasticsearch's disk."""

    spans_per_s: float
    engines_cpu_s: tuple[float, ...]
    server_cpu_s: float
    bytes_per_span: float

    @property
    def cpu_s(self) -> float:
        return sum(self.engines_cpu_s) + self.server_cpu_s


def main() -> None:
    """Run all and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    rounds: dict[str, list[Round]] = {name: [] for name in ENGINES}
    with own_elasticsearch(on_disk=True) as server, connect(Connection(hosts=(server.url,))) as client:
        _round(SHARED, given.rounds, WARM_UP, server, client)
        for number in range(given.rounds):
            for name in list(ENGINES) if number % 2 == 0 else reversed(ENGINES):
                rounds[name].append(_round(name, number, given.spans, server, client))
    _print(rounds)


def _round(name: str, number: int, spans: int, server: JvmServer, client: Elasticsearch) -> Round:
    bodies = list(requests(number, spans, first_start_unix_nano=time.time_ns() - 3_600 * 10**9))
    names = Names(dataset=f"bench{number}_{ENGINES[name]}", prefix=f"bench{number}_{ENGINES[name]}")
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="correlator-bench-")))
        options = [] if name == EMBEDDED else ["--config", str(_config(folder, server.url, names))]
        engines = [opened.enter_context(running_engine(folder / str(each), *options)) for each in range(ENGINES[name])]
        processes = [psutil.Process(each.process.pid) for each in engines]
        before, server_before = [_cpu_s(each) for each in processes], _cpu_s(server.process)
        seconds = _send(engines, bodies)
        if name == EMBEDDED:
            _await(lambda: _shows_no_lag(engines[0]))
        else:
            store = ElasticsearchStore(client, names)
            opened.callback(store.close)
            _await(lambda: _is_accounted_for(store))
        cpu = [(_cpu_s(each) - was) / spans * 1e6 for each, was in zip(processes, before, strict=True)]
        server_cpu = 0.0 if name == EMBEDDED else (_cpu_s(server.process) - server_before) / spans * 1e6
        on_disk = 0.0 if name == EMBEDDED else _bytes(client, names) / spans
        order = sorted(range(len(engines)), key=lambda each: -_metric(engines[each], "correlator_leader "))
        return Round(spans / seconds, tuple(cpu[each] for each in order), server_cpu, on_disk)


def _send(engines: list[EngineProcess], bodies: list[bytes]) -> float:
    """Seconds until all was acknowledged; each engine gets its share, as from a Collector that spreads traces."""
    with ThreadPoolExecutor(len(engines)) as senders:
        shares = [bodies[each :: len(engines)] for each in range(len(engines))]
        loads = senders.map(
            lambda each: send_all(each[0].otlp_http, each[1], connections=4), zip(engines, shares, strict=True)
        )
        return max(load.seconds for load in loads)


def _is_accounted_for(store: ElasticsearchStore) -> bool:
    """Whether there are neither failures nor events for the leader to look at."""
    watch, ledger = store.watch_state(), store.ledger_state()
    if watch.waiting or store.errors_after(watch.position, 1).num_rows:
        return False
    return store.events_after(ledger.position, ("trace_id",)).position == ledger.position


def _shows_no_lag(engine: EngineProcess) -> bool:
    """The same of an engine whose store nobody else may open: twice, so that a turn lies between."""
    lags = (f'correlator_stage_lag_seconds{{stage="{stage}"}}' for stage in ("watch", "slo"))
    time.sleep(LEDGER_TURN_S)
    return all(_metric(engine, lag) == 0.0 for lag in lags)


def _await(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + ACCOUNTED_S
    while not is_so():
        assert time.monotonic() < until, f"not all accounted for within {ACCOUNTED_S:g} s"
        time.sleep(1.0)


def _metric(engine: EngineProcess, name: str) -> float:
    """0 where there is no such series."""
    metrics = httpx.get(f"http://{engine.api}/metrics", timeout=60, trust_env=False).text
    return next((float(line.rpartition(" ")[2]) for line in metrics.splitlines() if line.startswith(name)), 0.0)


def _bytes(client: Elasticsearch, names: Names) -> float:
    """On disk of everything that these names call, once merged: what a shard comes to in time."""
    targets = [*map(names.stream, SIGNALS), f"{names.prefix}-*"]
    client.options(request_timeout=300).indices.forcemerge(index=targets, max_num_segments=1)
    client.indices.flush(index=targets)
    stats: Any = client.indices.stats(index=targets, metric="store")
    return float(stats["_all"]["primaries"]["store"]["size_in_bytes"])


def _config(folder: Path, url: str, names: Names) -> Path:
    given = {
        "store": {"kind": "elasticsearch"},
        "elasticsearch": {"hosts": [url], "prefix": names.prefix, "dataset": names.dataset},
    }
    config = folder / "correlator.yaml"
    config.write_text(yaml.safe_dump(given), encoding="utf-8")
    return config


def _cpu_s(process: psutil.Process) -> float:
    """Of the process and its children."""
    times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    return float(sum(each.user + each.system for each in times))


def _print(rounds: dict[str, list[Round]]) -> None:
    """Of each the round with the least CPU: the least disturbed one."""
    table = Table(
        "", "k spans/s", "engines CPU s/M", "of them leader", "Elasticsearch CPU s/M", "all CPU, of segments", "B/span"
    )
    base = min(each.cpu_s for each in rounds[EMBEDDED])
    for name, each in rounds.items():
        best = min(each, key=lambda one: one.cpu_s)
        table.add_row(
            name,
            f"{max(one.spans_per_s for one in each) / 1e3:.1f}",
            f"{sum(best.engines_cpu_s):.0f}",
            f"{best.engines_cpu_s[0]:.0f}",
            f"{best.server_cpu_s:.0f}",
            f"{best.cpu_s / base:.1f}",
            f"{best.bytes_per_span:.0f}",
        )
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
