"""Two engines on one Elasticsearch, and a Collector in front that gives each trace to one of them."""

import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml
from elasticsearch import Elasticsearch

from correlator.elasticsearch import Connection, Names, connect
from correlator.store.elasticsearch import ElasticsearchStore
from tests.e2e.engine_process import EngineProcess, start_engine
from tests.elastic.collector_process import running_collector
from tests.elastic.prepared import forget, own_names
from tests.elastic.waiting import await_that
from tests.ports import free_port

OBJECTIVE_ID = "worker-done"
OBJECTIVES = """
apiVersion: openslo/v1
kind: SLO
metadata: {name: done}
spec:
  service: worker
  indicator:
    metadata: {name: jobs}
    spec: {ratioMetric: {rawType: success, raw: {metricSource: {type: correlator, spec: {events: jobs}}}}}
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.99}]
"""


class Replica:
    """An engine that keeps its addresses over restarts, as a pod of a StatefulSet does."""

    def __init__(self, folder: Path, config: Path) -> None:
        self.grpc = f"127.0.0.1:{free_port()}"
        self._folder, self._config = folder, config
        self.start()

    def start(self) -> None:
        self.engine: EngineProcess = start_engine(
            self._folder, "--config", str(self._config), "--otlp-grpc", self.grpc, log=self._folder.with_suffix(".log")
        )

    def signal(self, how: int) -> None:
        self.engine.process.send_signal(how)

    def kill(self) -> None:
        """By SIGKILL, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        self.engine.process.wait(30)
        self._close()

    def end(self) -> None:
        """Whatever it is doing."""
        if self.engine.process.poll() is None:
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
            self.engine.process.wait(60)
        self._close()

    def get(self, path: str) -> Any:
        answer = httpx.get(f"http://{self.engine.api}/api/v1/{path}", timeout=30, trust_env=False)
        answer.raise_for_status()
        return answer.json()

    def metric(self, name: str) -> float:
        """Of the first series of that name; 0 where there is none."""
        metrics = httpx.get(f"http://{self.engine.api}/metrics", timeout=30, trust_env=False).text
        return next((float(line.rpartition(" ")[2]) for line in metrics.splitlines() if line.startswith(name)), 0.0)

    @property
    def is_leader(self) -> bool:
        return self.metric("correlator_leader ") == 1.0

    def _close(self) -> None:
        if self.engine.process.stdout is not None:
            self.engine.process.stdout.close()


@dataclass(frozen=True, slots=True)
class Lab:
    """The replicas, the Collector's door, and the store as they left it."""

    replicas: tuple[Replica, Replica]
    door: str
    client: Elasticsearch
    names: Names

    def leader_and_follower(self) -> tuple[Replica, Replica]:
        await_that(lambda: sum(each.is_leader for each in self.replicas) == 1, "one leader")
        first, second = self.replicas
        return (first, second) if first.is_leader else (second, first)

    @contextmanager
    def store(self) -> Iterator[ElasticsearchStore]:
        store = ElasticsearchStore(self.client, self.names)
        try:
            yield store
        finally:
            store.close()


@contextmanager
def two_replicas(folder: Path, url: str) -> Iterator[Lab]:
    """Running for the block; their data is gone after."""
    names, client = own_names(), connect(Connection(hosts=(url,)))
    with ExitStack() as ended:
        ended.callback(client.close)
        ended.callback(forget, client, names)
        config = _config(folder, url, names)
        replicas = []
        for name in ("one", "two"):
            replicas.append(Replica(folder / name, config))
            ended.callback(replicas[-1].end)
        with _collector(folder, [each.grpc for each in replicas]) as door:
            yield Lab((replicas[0], replicas[1]), door, client, names)


def _config(folder: Path, url: str, names: Names) -> Path:
    (folder / "slo").mkdir()
    (folder / "slo" / "objectives.yaml").write_text(OBJECTIVES, encoding="utf-8")
    given = {
        "store": {"kind": "elasticsearch"},
        "elasticsearch": {"hosts": [url], "prefix": names.prefix, "dataset": names.dataset},
        "record": {"decode_processes": 0},
        "slo": {"folders": [str(folder / "slo")], "shipped": False, "interval": "1s"},
        "incidents": {"settle": "1s", "interval": "500ms"},
    }
    config = folder / "correlator.yaml"
    config.write_text(yaml.safe_dump(given), encoding="utf-8")
    return config


def _collector(folder: Path, backends: list[str]) -> AbstractContextManager[str]:
    """Where it takes OTLP over HTTP. A request that a replica does not answer is sent again until it does."""
    protocol = {
        "otlp": {
            "tls": {"insecure": True},
            "timeout": "5s",
            "retry_on_failure": {"initial_interval": "500ms", "max_interval": "2s", "max_elapsed_time": "0s"},
        }
    }
    balancing = {"routing_key": "traceID", "protocol": protocol, "resolver": {"static": {"hostnames": backends}}}
    return running_collector(folder, {"load_balancing": balancing}, ["traces"])
