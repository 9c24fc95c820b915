"""`correlator serve` as a real process, for tests that a thread in the test's own process could not stand in for."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class EngineProcess:
    """A running engine. Addresses are host:port."""

    process: "subprocess.Popen[str]"
    otlp_http: str
    otlp_grpc: str
    api: str

    def stop(self, how: int = signal.SIGTERM, timeout_s: float = 60.0) -> int:
        """End it by signal; its exit code."""
        self.process.send_signal(how)
        return self.process.wait(timeout_s)


def serve_command(data_dir: Path, *more: str) -> list[str]:
    free = ["--otlp-http", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0", "--api", "127.0.0.1:0"]
    return [sys.executable, "-m", "correlator", "serve", "--data-dir", str(data_dir), *free, *more]


def start_engine(data_dir: Path, *more: str, log: Path | None = None) -> EngineProcess:
    """Start it and wait for its ready line. Raises AssertionError with what it said when it does not get ready."""
    log = log or data_dir.with_suffix(".log")
    with log.open("a", encoding="utf-8") as errors:
        process = subprocess.Popen(serve_command(data_dir, *more), stdout=subprocess.PIPE, stderr=errors, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        process.wait(30)
        raise AssertionError(f"the engine did not get ready: {log.read_text(encoding='utf-8')[-2_000:]}")
    ready: dict[str, Any] = json.loads(line)
    return EngineProcess(process, ready["otlp_http"], ready["otlp_grpc"], ready["api"])


@contextmanager
def running_engine(data_dir: Path, *more: str) -> Iterator[EngineProcess]:
    """An engine for the block; it is killed at the end if the block has not stopped it."""
    engine = start_engine(data_dir, *more)
    try:
        yield engine
    finally:
        if engine.process.poll() is None:
            engine.stop()
        if engine.process.stdout is not None:
            engine.process.stdout.close()
