"""Starts the demo's bridge and worker as real processes, and ends them."""

import contextlib
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from correlator.errors import CorrelatorError

READY_S: Final = 30.0
"""Bound for a child to become ready; it takes one to two seconds, most of it Python's imports."""
END_S: Final = 5.0
"""Bound for a child to end after SIGTERM; then it is killed."""
JOB_TIMEOUT_S: Final = 10.0
WORKER_THREADS: Final = 4


class ProcessFailed(CorrelatorError):
    """A child ended, or did not become ready in time."""


@dataclass(frozen=True, slots=True)
class DemoProcesses:
    bridge_url: str
    bridge_pid: int
    worker_pid: int


@contextlib.contextmanager
def demo_processes(
    folder: Path, otlp_endpoint: str, *, job_timeout_s: float = JOB_TIMEOUT_S
) -> Iterator[DemoProcesses]:
    """Bridge and worker, running and ready, sending their telemetry to `otlp_endpoint` (an http URL).

    `folder` takes the queue and both logs. Should this process be killed, the children end by themselves and remove it.
    Raises ProcessFailed.
    """
    queue_url = f"sqlite://{folder / 'jobs.db'}"
    shared = ("--queue", queue_url, "--otlp-endpoint", otlp_endpoint, "--end-with-stdin", "--folder", str(folder))
    with contextlib.ExitStack() as stack:
        invoices = ("--queues", "invoices", "--threads", str(WORKER_THREADS))
        worker = stack.enter_context(child_process("worker", (*shared, *invoices), folder / "worker.log"))
        bridge = stack.enter_context(
            child_process("bridge", (*shared, "--job-timeout-s", str(job_timeout_s)), folder / "bridge.log")
        )
        worker.wait_until_ready()
        address = bridge.wait_until_ready()["address"]
        yield DemoProcesses(f"http://{address}", bridge.pid, worker.pid)


@contextlib.contextmanager
def child_process(name: str, arguments: Sequence[str], log: Path) -> Iterator["ChildProcess"]:
    """`python -m correlator.demo.<name>`, running; its output goes to `log`. It is ended with the block."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", f"correlator.demo.{name}", *arguments],
        stdin=subprocess.PIPE,  # never written to: its end tells the child that we are gone
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # a Ctrl-C in the terminal is ours to handle
    )
    child = ChildProcess(name, process, log)
    try:
        yield child
    finally:
        child.end()


class ChildProcess:
    """A running child; its output goes to `log`."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path) -> None:
        assert process.stdout is not None
        self._name, self._process, self._log = name, process, log
        self._ready: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, args=(process.stdout,), daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_until_ready(self) -> dict[str, Any]:
        """The fields of the child's ready line. Raises ProcessFailed."""
        try:
            fields = self._ready.get(timeout=READY_S)
        except queue.Empty:
            raise ProcessFailed(f"the demo's {self._name} was not ready after {READY_S:g} s; see {self._log}") from None
        if fields is None:
            raise ProcessFailed(f"the demo's {self._name} ended before it was ready:\n{self._last_lines()}")
        return fields

    def end(self) -> None:
        """SIGTERM, then SIGKILL after END_S; returns once the process is gone and its output is read."""
        self._process.terminate()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(END_S)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _read(self, output: IO[bytes]) -> None:
        with self._log.open("wb", buffering=0) as log:
            for line in output:
                log.write(line)
                fields = _ready_fields(line)
                if fields is not None:
                    self._ready.put(fields)
        self._ready.put(None)

    def _last_lines(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-20:])


def _ready_fields(line: bytes) -> dict[str, Any] | None:
    try:
        fields = json.loads(line)
    except ValueError:
        return None
    return fields if isinstance(fields, dict) and fields.get("ready") is True else None
