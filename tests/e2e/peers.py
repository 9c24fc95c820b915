"""Real peers that no one here wrote: telemetrygen, the OpenTelemetry Collector, Jaeger, by the scripts in $CORRELATOR_PEERS."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.ports import free_port

SCRIPTS_VARIABLE = "CORRELATOR_PEERS"
WHY_SKIPPED = (
    f"{SCRIPTS_VARIABLE} is not set: it names the folder of the scripts that install telemetrygen, otelcol, Jaeger"
)


def scripts() -> Path | None:
    """The folder of the scripts; None where the variable is unset."""
    folder = os.environ.get(SCRIPTS_VARIABLE)
    return Path(folder) if folder else None


def installed(script: str, program: str) -> Path:
    """The program, installed by its script if it is missing."""
    folder = scripts()
    assert folder is not None, WHY_SKIPPED
    subprocess.run(["bash", folder / script], check=True, capture_output=True, timeout=900)
    lab = Path(os.environ.get("CORRELATOR_LAB", Path.home() / ".cache" / "correlator-lab"))
    return lab / "bin" / program


def telemetrygen(signal_name: str, endpoint: str, door: str, *options: str) -> None:
    """Send telemetry to `endpoint` (host:port) over http or grpc, and wait for its end. Raises CalledProcessError."""
    command = [str(installed("install-telemetrygen.sh", "telemetrygen")), signal_name]
    command += ["--otlp-insecure", "--otlp-endpoint", endpoint, "--rate", "0", *options]
    command += ["--otlp-http", "--otlp-http-url-path", f"/v1/{signal_name}"] if door == "http" else []
    subprocess.run(command, check=True, capture_output=True, timeout=60)


@dataclass(frozen=True, slots=True)
class Collector:
    """A running Collector. `written` is what it forwarded, as OTLP JSON lines."""

    http: str
    grpc: str
    written: Path


@contextmanager
def running_collector(folder: Path, forward: str, *, is_batching: bool) -> Iterator[Collector]:
    """A Collector that forwards to the OTLP/HTTP URL `forward` and notes what; at the end it flushes and stops."""
    installed("install-otelcol.sh", "otelcol-lab")
    grpc_port, http_port = free_port(), free_port()
    written = folder / "forwarded.jsonl"
    environment = os.environ | {
        "OTLP_GRPC": str(grpc_port),
        "OTLP_HTTP": str(http_port),
        "FORWARD": forward,
        "BATCH": "yes" if is_batching else "no",
        "OUT": str(written),
        "DATA": str(folder / "otelcol"),
    }
    start = ["bash", str((scripts() or Path()) / "start-otelcol.sh")]
    done = subprocess.run(start, env=environment, check=True, capture_output=True, text=True, timeout=60)
    process = psutil.Process(int(done.stdout))
    try:
        yield Collector(f"127.0.0.1:{http_port}", f"127.0.0.1:{grpc_port}", written)
        stop(process)
    finally:
        if is_running(process):
            process.kill()


def stop(process: psutil.Process, within_s: float = 60.0) -> None:
    """End a process that is not our child, by its id, and wait for it."""
    process.send_signal(signal.SIGTERM)
    until = time.monotonic() + within_s
    while is_running(process):
        assert time.monotonic() < until, f"process {process.pid} did not end in {within_s:g} s"
        time.sleep(0.05)


def is_running(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


@dataclass(frozen=True, slots=True)
class Jaeger:
    """A running Jaeger on its memory store: where it takes OTLP over HTTP, and where it is asked."""

    otlp_http: str
    query: str


@contextmanager
def running_jaeger(folder: Path) -> Iterator[Jaeger]:
    """A Jaeger for the block."""
    installed("install-jaeger.sh", "jaeger")
    ports = {name: free_port() for name in ("OTLP_GRPC", "OTLP_HTTP", "QUERY", "QUERY_GRPC")}
    environment = os.environ | {name: str(port) for name, port in ports.items()} | {"DATA": str(folder / "jaeger")}
    start = ["bash", str((scripts() or Path()) / "start-jaeger.sh")]
    done = subprocess.run(start, env=environment, check=True, capture_output=True, text=True, timeout=60)
    process = psutil.Process(int(done.stdout))
    try:
        yield Jaeger(f"127.0.0.1:{ports['OTLP_HTTP']}", f"127.0.0.1:{ports['QUERY']}")
        stop(process)
    finally:
        if is_running(process):
            process.kill()
