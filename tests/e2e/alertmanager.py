"""A real Alertmanager on our own configuration, and the doubles of PagerDuty, Slack and the engine that it tells."""

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import httpx
import yaml

from correlator.pipeline.rules.files import shipped_rules
from tests.e2e.peers import SCRIPTS_VARIABLE, installed
from tests.ports import free_port

WHY_SKIPPED = f"{SCRIPTS_VARIABLE} is not set: it names the folder of the script that installs Alertmanager"
SECRETS = "/run/secrets"
POLL_S = 0.1
ALONE = ("--cluster.listen-address=",)
T = TypeVar("T")

Document = dict[str, Any]


def alertmanager_program() -> Path:
    return installed("install-alertmanager.sh", "alertmanager")


def amtool(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """What amtool says."""
    command = [installed("install-alertmanager.sh", "amtool"), *arguments]
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=30, check=False)


def configuration() -> Document:
    """The shipped file."""
    document: Document = yaml.safe_load((shipped_rules("alertmanager") / "alertmanager.yml").read_text("utf-8"))
    return document


def write_configuration(folder: Path, document: Mapping[str, Any]) -> Path:
    """The document beside the shipped templates."""
    templates = shipped_rules("alertmanager") / "correlator.tmpl"
    (folder / templates.name).write_text(templates.read_text("utf-8"), encoding="utf-8")
    file = folder / "alertmanager.yml"
    file.write_text(yaml.safe_dump(dict(document), sort_keys=False), encoding="utf-8")
    return file


@dataclass(frozen=True, slots=True)
class Told:
    """One request that a double got."""

    path: str
    headers: Mapping[str, str]
    body: Document


@dataclass(frozen=True, slots=True)
class Doubles:
    """What stands for PagerDuty (/pagerduty), Slack (/slack) and the engine (/engine): takes all, keeps all."""

    url: str
    told: list[Told] = field(default_factory=list)

    def of(self, path: str) -> list[Document]:
        """The bodies that came to a path, in order."""
        return [each.body for each in self.told if each.path == path]


@contextmanager
def running_doubles() -> Iterator[Doubles]:
    """Doubles for the block."""
    told: list[Told] = []

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            told.append(Told(self.path, dict(self.headers), json.loads(body)))
            answer = b'{"status": "success"}' if self.path == "/pagerduty" else b"ok"
            self.send_response(202 if self.path == "/pagerduty" else 200)  # as PagerDuty and Slack do
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield Doubles(f"http://127.0.0.1:{server.server_address[1]}", told)
        finally:
            server.shutdown()
            thread.join()


def local(folder: Path, doubles: Doubles, engine: str | None = None, group_wait_s: float = 1.0) -> Document:
    """The shipped configuration with secrets in `folder`, doubles in the place of the world, and short waits.

    Nothing that it decides is changed. Mail goes nowhere: a server for it has its own test.
    """
    document = configuration()
    (folder / "secret").write_text("s3cret-of-a-test", encoding="utf-8")
    (folder / "slack").write_text(f"{doubles.url}/slack", encoding="utf-8")
    document["global"]["pagerduty_url"] = f"{doubles.url}/pagerduty"
    wait = {"group_wait": f"{group_wait_s:g}s", "group_interval": "1s"}
    for route in (document["route"], *document["route"]["routes"]):
        route.update(wait)
    receivers = {receiver["name"]: receiver for receiver in document["receivers"]}
    receivers["on-call"]["pagerduty_configs"][0]["routing_key_file"] = str(folder / "secret")
    receivers["team"]["slack_configs"][0]["api_url_file"] = str(folder / "slack")
    del receivers["team"]["email_configs"]
    webhook = receivers["engine"]["webhook_configs"][0]
    webhook["url"] = engine or f"{doubles.url}/engine"
    webhook["http_config"]["authorization"]["credentials_file"] = str(folder / "secret")
    assert SECRETS not in yaml.safe_dump(document["receivers"])
    return document


@dataclass(frozen=True, slots=True)
class Alertmanager:
    """A running Alertmanager."""

    url: str

    def alerts(self, name: str) -> list[Document]:
        """What it knows of alerts of a name."""
        answer = httpx.get(f"{self.url}/api/v2/alerts", params={"filter": f'alertname="{name}"'}, timeout=5)
        found: list[Document] = answer.raise_for_status().json()
        return found

    def counted(self, metric: str, **labels: str) -> float:
        """The sum of a metric of its own over all series with these labels."""
        lines = httpx.get(f"{self.url}/metrics", timeout=5).text.splitlines()
        wanted = [f'{name}="{value}"' for name, value in labels.items()]
        ours = (line for line in lines if line.startswith(f"{metric}{{") and all(each in line for each in wanted))
        return sum(float(line.split()[-1]) for line in ours)

    def post(self, *alerts: Mapping[str, Any]) -> None:
        """Alerts as Prometheus sends them."""
        httpx.post(f"{self.url}/api/v2/alerts", json=list(alerts), timeout=5).raise_for_status()


@contextmanager
def running_alertmanager(
    folder: Path, document: Mapping[str, Any], port: int = 0, *, cluster: tuple[str, ...] = ALONE
) -> Iterator[Alertmanager]:
    """An Alertmanager for the block; it is ended by its id. `cluster` are its options of that name."""
    port = port or free_port()
    config = write_configuration(folder, document)
    command = [str(alertmanager_program()), f"--config.file={config}", f"--storage.path={folder / 'alertmanager'}"]
    command += [f"--web.listen-address=127.0.0.1:{port}", *cluster]
    with (folder / "alertmanager.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    running = Alertmanager(f"http://127.0.0.1:{port}")
    try:
        within(20, lambda: _is_ready(running) or None)
        yield running
    finally:
        process.terminate()
        process.wait(20)


def _is_ready(running: Alertmanager) -> bool:
    try:
        return httpx.get(f"{running.url}/-/ready", timeout=2).is_success
    except httpx.TransportError:
        return False


def within(seconds: float, look: Callable[[], T | None]) -> T:
    """What `look` finds, as soon as it finds anything; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (found := look()) is not None:
            return found
        time.sleep(POLL_S)
    raise AssertionError(f"nothing was found within {seconds:g} s")
