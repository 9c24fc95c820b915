"""What forwarding costs the doors: python -m tests.benchmarks.forward.

The baseline is the same engine with no target, in the same run. Beside it a target that is not there, one that takes connections
and never answers, and one that takes everything. Rounds take turns, there and back, so that other work
on the machine, and what a round leaves to the disk, hits all alike.
"""

import argparse
import multiprocessing
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from tests.benchmarks.generate import requests
from tests.benchmarks.load import send_all
from tests.e2e.engine_process import running_engine
from tests.e2e.forward_targets import config_with, wait_until_forwarded


@dataclass(frozen=True, slots=True)
class Round:
    """One load: spans a second until all was acknowledged, the engine's CPU seconds a million spans, and until it was forwarded."""

    spans_per_s: float
    cpu_s: float
    forwarded_per_s: float | None


class Sink(BaseHTTPRequestHandler):
    """Takes everything and keeps nothing."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def nobody() -> Iterator[str]:
    """A port on which nobody listens: connections are refused."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@contextmanager
def silent() -> Iterator[str]:
    """Connections are taken, and nothing is ever answered."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def sink() -> Iterator[str]:
    """In a process of its own."""
    here, there = multiprocessing.get_context("fork").Pipe()
    process = multiprocessing.get_context("fork").Process(target=_serve, args=(there,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{here.recv()}"
    finally:
        process.terminate()
        process.join()


def _serve(told: Connection) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Sink) as server:
        told.send(server.server_port)
        server.serve_forever()


TARGETS = {"no target": None, "refuses connections": nobody, "never answers": silent, "takes everything": sink}


def main() -> None:
    """Run all and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    bodies = list(requests(7, given.spans, first_start_unix_nano=time.time_ns() - 3_600 * 10**9))
    rounds: dict[str, list[Round]] = {name: [] for name in TARGETS}
    for number in range(given.rounds):
        for name in list(TARGETS) if number % 2 == 0 else reversed(TARGETS):
            rounds[name].append(_round(name, bodies, given.spans))
    _print(rounds)


def _round(name: str, bodies: list[bytes], spans: int) -> Round:
    listen = TARGETS[name]
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="correlator-bench-")))
        endpoint = opened.enter_context(listen()) if listen is not None else None
        config = config_with(
            folder, *([{"name": "other", "endpoint": endpoint}] if endpoint else []), seal_rows=131_072
        )
        engine = opened.enter_context(running_engine(folder / "data", "--config", str(config)))
        server = psutil.Process(engine.process.pid)
        send_all(engine.otlp_http, bodies[:8], connections=4)
        before, started = _cpu_s(server), time.perf_counter()
        load = send_all(engine.otlp_http, bodies, connections=4)
        cpu = _cpu_s(server) - before
        forwarded = None
        if listen is sink:
            wait_until_forwarded(engine)
            forwarded = spans / (time.perf_counter() - started)
        return Round(spans / load.seconds, cpu / spans * 1e6, forwarded)


def _cpu_s(server: psutil.Process) -> float:
    """Of the process and its children."""
    times = [each.cpu_times() for each in (server, *server.children(recursive=True))]
    return float(sum(each.user + each.system for each in times))


def _print(rounds: dict[str, list[Round]]) -> None:
    """Of each target the least disturbed round: the highest rate, the least CPU."""
    base_rate, base_cpu = _best(rounds["no target"])
    table = Table("target", "k spans/s", "of no target", "CPU s a million", "of no target", "k spans/s forwarded")
    for name, each in rounds.items():
        rate, cpu = _best(each)
        forwarded = max((one.forwarded_per_s or 0.0 for one in each), default=0.0)
        numbers = (f"{rate / 1e3:.0f}", f"{rate / base_rate:.2f}", f"{cpu:.1f}", f"{cpu / base_cpu:.2f}")
        table.add_row(name, *numbers, f"{forwarded / 1e3:.0f}" if forwarded else "")
    Console(width=120).print(table)


def _best(rounds: list[Round]) -> tuple[float, float]:
    return max(each.spans_per_s for each in rounds), min(each.cpu_s for each in rounds)


if __name__ == "__main__":
    main()
