"""Engines that forward, and targets that come and go on a port of their own."""

import os
import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx
import psutil
import yaml

from tests.e2e.engine_process import EngineProcess, running_engine
from tests.e2e.peers import installed, is_running, scripts, stop
from tests.e2e.test_engine_kill import Sender, SpanKey
from tests.ports import free_port

WAITING = re.compile(r"^correlator_delivery_waiting_bytes\{[^}]*\} (\S+)$", re.MULTILINE)


def config_with(folder: Path, *targets: dict[str, Any], seal_rows: int = 500) -> Path:
    """A settings file that forwards to these, with small segments where nothing else is said."""
    file = folder / "forward.yaml"
    file.write_text(yaml.safe_dump({"store": {"seal_rows": seal_rows}, "forward": {"targets": list(targets)}}))
    return file


@contextmanager
def forwarding_engine(data_dir: Path, config: Path) -> Iterator[EngineProcess]:
    with running_engine(data_dir, "--config", str(config)) as engine:
        yield engine


def send_for(engine: EngineProcess, seconds: float, seed: float) -> list[Sender]:
    """Two senders that have sent for so long, and go on; `acknowledged` of all."""
    senders = [Sender(engine.otlp_http, Random(f"{seed} {number}")) for number in range(2)]
    for sender in senders:
        sender.start()
    time.sleep(seconds)
    return senders


def acknowledged_by(senders: Sequence[Sender]) -> list[SpanKey]:
    """Once their engine is gone."""
    for sender in senders:
        sender.join(30)
    return [key for sender in senders for key in sender.acknowledged]


def wait_until_forwarded(engine: EngineProcess, within_s: float = 90.0) -> None:
    """Until nothing waits for any target."""
    until = time.monotonic() + within_s
    while any(waiting := [float(each) for each in WAITING.findall(metrics(engine))]):
        assert time.monotonic() < until, f"after {within_s:g} s there wait {waiting} bytes"
        time.sleep(0.2)


def metrics(engine: EngineProcess) -> str:
    return httpx.get(f"http://{engine.api}/metrics", trust_env=False).text


@dataclass
class CollectorProcess:
    """A Collector that answers once the OTLP/HTTP URL `forward` has what it took. Stop it or kill it, and start it anew."""

    folder: Path
    forward: str
    grpc_port: int = field(default_factory=free_port)
    http_port: int = field(default_factory=free_port)
    process: psutil.Process | None = None

    def start(self) -> None:
        installed("install-otelcol.sh", "otelcol-lab")
        self.folder.mkdir(exist_ok=True)
        pipeline = {"receivers": ["otlp"], "exporters": ["otlp_http"]}
        protocols = {"grpc": {"endpoint": self.grpc}, "http": {"endpoint": self.http}}
        at_once = {"sending_queue": {"enabled": False}, "retry_on_failure": {"enabled": False}}
        configuration = {
            "receivers": {"otlp": {"protocols": protocols}},
            "exporters": {"otlp_http": {"endpoint": self.forward, **at_once}},
            "service": {
                "pipelines": dict.fromkeys(("traces", "logs", "metrics"), pipeline),
                "telemetry": {"metrics": {"level": "none"}},
            },
        }
        config = self.folder / "config.yaml"
        config.write_text(yaml.dump(configuration, Dumper=_Plain))
        given = {"CONFIG": str(config), "OTLP_HTTP": str(self.http_port), "DATA": str(self.folder)}
        start = ["bash", str((scripts() or Path()) / "start-otelcol.sh")]
        done = subprocess.run(start, env=os.environ | given, check=True, capture_output=True, text=True, timeout=60)
        self.process = psutil.Process(int(done.stdout))

    @property
    def grpc(self) -> str:
        return f"127.0.0.1:{self.grpc_port}"

    @property
    def http(self) -> str:
        return f"127.0.0.1:{self.http_port}"

    def stop(self) -> None:
        if self.process is not None and is_running(self.process):
            stop(self.process)

    def hang(self) -> None:
        """It takes connections and answers nothing, then goes on, and ends."""
        assert self.process is not None
        self.process.suspend()
        time.sleep(2.5)
        self.process.resume()
        self.stop()

    def kill(self) -> None:
        """As `kill -9`."""
        if self.process is not None and is_running(self.process):
            self.process.kill()


class _Plain(yaml.SafeDumper):
    """Writes what is the same twice, not as an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
