"""The live stack as compose runs it: a Collector before engine and Prometheus, node_exporter, and all our rules, on loopback.

Prometheus scrapes and evaluates every two seconds, so that minutes of a real system fit into a test.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import yaml

from correlator.pipeline.rule_files import shipped_rules
from tests.e2e.peers import free_port, installed
from tests.stack.process import StackProcess
from tests.stack.stack import Stack

INTERVAL_S: Final = 2
NODE_EXPORTER: Final = shutil.which("prometheus-node-exporter")
_READY_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Series:
    """One series of an answer: its labels and the values that are numbers."""

    labels: dict[str, str]
    values: tuple[float, ...]


class Prometheus:
    """A running Prometheus, asked over its API. Raises AssertionError with its words where it refuses a question."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=f"{url}/api/v1", timeout=30, trust_env=False)

    def ask(self, expr: str) -> list[Series]:
        """The answer at this moment; series without a number are left out."""
        found = self._get("query", query=expr)
        samples = (
            [(each["metric"], [each["value"]]) for each in found["result"]] if found["resultType"] != "scalar" else []
        )
        return _series(samples)

    def ask_over(self, expr: str, start: float, end: float, step: float) -> list[Series]:
        """The same for each step of [start, end], in unix seconds."""
        found = self._get("query_range", query=expr, start=start, end=end, step=step)
        return _series([(each["metric"], each["values"]) for each in found["result"]])

    def label_values(self, label: str, selector: str) -> list[str]:
        """As Grafana asks for `label_values(selector, label)`."""
        values: list[str] = self._get(f"label/{label}/values", **{"match[]": selector})
        return values

    def exemplars(self, expr: str, start: float, end: float) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._get("query_exemplars", query=expr, start=start, end=end)
        return [exemplar for each in found for exemplar in each["exemplars"]]

    def rules(self) -> list[dict[str, Any]]:
        """Each rule that is loaded, with the name of its file."""
        groups = self._get("rules")["groups"]
        return [{**rule, "file": Path(group["file"]).name} for group in groups for rule in group["rules"]]

    def close(self) -> None:
        self._http.close()

    def _get(self, path: str, **query: Any) -> Any:
        response = self._http.get(path, params=query)
        assert response.is_success, f"{query}: {response.text}"
        return response.json()["data"]


@dataclass(frozen=True, slots=True)
class ObservedStack:
    """The stack, and the Prometheus that sees all of it."""

    stack: Stack
    prometheus: Prometheus


@contextmanager
def observed_stack(folder: Path) -> Iterator[ObservedStack]:
    """All of it for the block; n8n has a queue and a worker of its own."""
    otlp, query = free_port(), free_port()
    with ExitStack() as parts:

        def through(engine: str) -> str:
            collector = _collector(folder, otlp, engine, f"http://127.0.0.1:{query}")
            parts.callback(collector.stop)
            return f"http://127.0.0.1:{otlp}"

        n8n_settings = {"interval": "2s", "grace": "3s"}
        stack = Stack(folder, n8n_settings=n8n_settings, is_queued=True, through=through)
        parts.callback(stack.stop)
        node = _node_exporter(folder)
        parts.callback(node.process.stop)
        targets = {
            "correlator": [stack.engine.api],
            "n8n": [stack.n8n.url, stack.n8n.worker_url],
            "node": [node.url],
        }
        server = _prometheus(folder, query, targets)
        parts.callback(server.stop)
        prometheus = Prometheus(f"http://127.0.0.1:{query}")
        parts.callback(prometheus.close)
        yield ObservedStack(stack, prometheus)


@dataclass(frozen=True, slots=True)
class _NodeExporter:
    process: StackProcess
    url: str


def _node_exporter(folder: Path) -> _NodeExporter:
    url = f"http://127.0.0.1:{free_port()}"
    command = (str(NODE_EXPORTER), f"--web.listen-address={url.removeprefix('http://')}")
    process = StackProcess("node-exporter", command, folder)
    process.wait_until(lambda: httpx.get(f"{url}/metrics").is_success, _READY_S)
    return _NodeExporter(process, url)


def _collector(folder: Path, port: int, engine: str, prometheus: str) -> StackProcess:
    """As rules/collector/collector.yaml has it, without token and limits."""
    program = installed("install-otelcol.sh", "otelcol-lab")
    pipeline = {"receivers": ["otlp"], "processors": ["batch"], "exporters": ["otlp_http/engine"]}
    everywhere = [*pipeline["exporters"], "otlp_http/prometheus"]
    config = {
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": f"127.0.0.1:{port}"}}}},
        "processors": {"batch": {"timeout": "200ms"}},
        "exporters": {
            "otlp_http/engine": {"endpoint": engine},
            "otlp_http/prometheus": {"endpoint": f"{prometheus}/api/v1/otlp"},
        },
        "service": {
            "pipelines": {"traces": pipeline, "logs": pipeline, "metrics": pipeline | {"exporters": everywhere}},
            "telemetry": {"metrics": {"level": "none"}},
        },
    }
    file = folder / "collector.yaml"
    file.write_text(json.dumps(config), encoding="utf-8")
    process = StackProcess("collector", (str(program), "--config", str(file)), folder)
    process.wait_until(lambda: httpx.post(f"http://127.0.0.1:{port}/v1/traces", json={}).is_success, _READY_S)
    return process


def _prometheus(folder: Path, port: int, targets: dict[str, list[str]]) -> StackProcess:
    program = installed("install-prometheus.sh", "prometheus")
    jobs = [
        {"job_name": job, "static_configs": [{"targets": [url.removeprefix("http://") for url in urls]}]}
        for job, urls in targets.items()
    ]
    interval = f"{INTERVAL_S}s"
    config = {
        "global": {"scrape_interval": interval, "evaluation_interval": interval},
        "rule_files": [str(_hurried_rules(folder) / "*.rules.yaml")],
        "scrape_configs": jobs,
    }
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    options = (
        "--web.enable-otlp-receiver",
        "--enable-feature=exemplar-storage",
        f"--web.listen-address=127.0.0.1:{port}",
    )
    command = (str(program), f"--config.file={file}", f"--storage.tsdb.path={folder / 'tsdb'}", *options)
    process = StackProcess("prometheus", command, folder, dict(os.environ))
    process.wait_until(lambda: httpx.get(f"http://127.0.0.1:{port}/-/ready").is_success, _READY_S)
    return process


def _hurried_rules(folder: Path) -> Path:
    """A copy of all our rules that are evaluated with every scrape, not each minute or two."""
    copies = folder / "rules"
    copies.mkdir()
    for file in shipped_rules("prometheus").rglob("*.rules.yaml"):
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
        for group in document["groups"]:
            group.pop("interval", None)
        (copies / file.name).write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return copies


def _series(samples: list[tuple[dict[str, str], list[list[Any]]]]) -> list[Series]:
    told = [Series(labels, tuple(float(text) for _, text in values if text != "NaN")) for labels, values in samples]
    return [each for each in told if each.values]
