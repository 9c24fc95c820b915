"""The live stack as compose runs it: a Collector before engine and Prometheus, node_exporter, and all our rules, on loopback.

Prometheus scrapes and evaluates every two seconds, so that minutes of a real system fit into a test.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import yaml

from correlator.pipeline.rules.files import shipped_rules
from tests.e2e.peers import installed
from tests.ports import free_port
from tests.stack.process import StackProcess
from tests.stack.stack import Stack

INTERVAL_S: Final = 2
NODE_EXPORTER: Final = shutil.which("prometheus-node-exporter")
JOBS: Final = ("correlator", "n8n", "node")
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

    def ask(self, expr: str, at: float | None = None) -> list[Series]:
        """The answer at a moment in unix seconds, or now; series without a number are left out."""
        found = self._get("query", query=expr, **({} if at is None else {"time": at}))
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
    with ExitStack() as parts:
        prometheus = Prometheus(_prometheus(folder, parts))
        parts.callback(prometheus.close)

        def through(engine: str) -> str:
            return _collector(folder, engine, prometheus.url, parts)

        n8n_settings = {"interval": "2s", "grace": "3s"}
        stack = Stack(folder, n8n_settings=n8n_settings, is_queued=True, through=through)
        parts.callback(stack.stop)
        node_exporter = _node_exporter(folder, parts)
        n8n = [stack.n8n.url, stack.n8n.worker_url]
        _scrape(folder, {"correlator": [stack.engine.api], "n8n": n8n, "node": [node_exporter]})
        yield ObservedStack(stack, prometheus)


def _node_exporter(folder: Path, parts: ExitStack) -> str:
    """Its address, once it answers."""
    address = f"127.0.0.1:{free_port()}"
    process = StackProcess("node-exporter", (str(NODE_EXPORTER), f"--web.listen-address={address}"), folder)
    parts.callback(process.stop)
    process.wait_until(lambda: httpx.get(f"http://{address}/metrics").is_success, _READY_S)
    return f"http://{address}"


def _collector(folder: Path, engine: str, prometheus: str, parts: ExitStack) -> str:
    """Its OTLP address, once it answers. As rules/collector/collector.yaml has it, without token and limits."""
    program, address = installed("install-otelcol.sh", "otelcol-lab"), f"127.0.0.1:{free_port()}"
    pipeline = {"receivers": ["otlp"], "processors": ["batch"], "exporters": ["otlp_http/engine"]}
    everywhere = [*pipeline["exporters"], "otlp_http/prometheus"]
    config = {
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": address}}}},
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
    parts.callback(process.stop)
    process.wait_until(lambda: httpx.post(f"http://{address}/v1/traces", json={}).is_success, _READY_S)
    return f"http://{address}"


def _prometheus(folder: Path, parts: ExitStack) -> str:
    """Its address, once it answers. It scrapes what `_scrape` names, later."""
    program, address = installed("install-prometheus.sh", "prometheus"), f"127.0.0.1:{free_port()}"
    jobs = [{"job_name": job, "file_sd_configs": [{"files": [str(_targets(folder, job))]}]} for job in JOBS]
    interval = f"{INTERVAL_S}s"
    config = {
        "global": {"scrape_interval": interval, "evaluation_interval": interval},
        "rule_files": [str(_hurried_rules(folder) / "*.rules.yaml")],
        "scrape_configs": jobs,
    }
    file = folder / "prometheus.yml"
    file.write_text(json.dumps(config), encoding="utf-8")
    options = ("--web.enable-otlp-receiver", "--enable-feature=exemplar-storage", f"--web.listen-address={address}")
    command = (str(program), f"--config.file={file}", f"--storage.tsdb.path={folder / 'tsdb'}", *options)
    process = StackProcess("prometheus", command, folder)
    parts.callback(process.stop)
    process.wait_until(lambda: httpx.get(f"http://{address}/-/ready").is_success, _READY_S)
    return f"http://{address}"


def _scrape(folder: Path, targets: dict[str, list[str]]) -> None:
    """Let Prometheus scrape these from now on: base addresses by job."""
    for job, urls in targets.items():
        groups = [{"targets": [url.removeprefix("http://") for url in urls]}]
        _targets(folder, job).write_text(json.dumps(groups), encoding="utf-8")


def _targets(folder: Path, job: str) -> Path:
    return folder / f"targets-{job}.json"


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
