"""The demo's bridge and workers on a Redis queue: one bridge, workers of today's release and one of an older."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx

from tests.ports import free_port
from tests.stack.process import StackProcess

READY_S: Final = 30.0
QUEUES: Final = {"work": "work", "mail": "mail,bulk,invoices"}  # a worker's name to its queues
PROCESSES: Final = 4
"""Of each queue's supervisor, which starts another where one dies. Each runs one job at a time, so that a job that kills its
process, or fills its memory, harms no other story."""
TRUTH_VARIABLE: Final = "CORRELATOR_DEMO_TRUTH"


class Services:
    """Running bridge and workers. What they note of the driver's labels is in the file that `truth` reads."""

    def __init__(self, folder: Path, queue_url: str, otlp_endpoint: str) -> None:
        self._folder, self._truth = folder, folder / "truth.jsonl"
        self._options = ("--queue", queue_url, "--otlp-endpoint", otlp_endpoint)
        self._running: list[StackProcess] = []
        port = free_port()
        self.bridge_url = f"http://127.0.0.1:{port}"
        try:
            self._start(port)
        except BaseException:
            self.stop()
            raise

    def truth(self) -> Iterator[str]:
        """The lines that bridge and workers wrote: {"story", "trace_id", "span_id", "system"}."""
        if self._truth.is_file():
            yield from self._truth.read_text(encoding="utf-8").splitlines()

    def start_worker(self, name: str) -> StackProcess:
        """One more worker, of all queues, in the place of those that were killed."""
        worker = self._started(name, "worker", "--processes", str(PROCESSES))
        worker.wait_until(lambda: _is_ready(worker), READY_S)
        self.workers.append(worker)
        return worker

    def stop(self) -> None:
        for process in self._running:
            process.stop()

    def _start(self, port: int) -> None:
        self.bridge = self._started("bridge", "bridge", "--port", str(port))
        self.workers = [
            self._started(f"worker-{name}", "worker", *_one_job_a_process(queues)) for name, queues in QUEUES.items()
        ]
        self.stale_worker = self._started("worker-stale", "worker", "--stale")
        self.bridge.wait_until(lambda: httpx.get(f"{self.bridge_url}/healthz").is_success, READY_S)
        for worker in (*self.workers, self.stale_worker):
            worker.wait_until(lambda worker=worker: _is_ready(worker), READY_S)  # type: ignore[misc]

    def _started(self, name: str, module: str, *more: str) -> StackProcess:
        command = (sys.executable, "-m", f"correlator.demo.{module}", *self._options, *more)
        self._running.append(StackProcess(name, command, self._folder, {TRUTH_VARIABLE: str(self._truth)}))
        return self._running[-1]


def _one_job_a_process(queues: str) -> tuple[str, ...]:
    return "--queues", queues, "--processes", str(PROCESSES), "--threads", "1"


def _is_ready(process: StackProcess) -> bool:
    return any(_says_ready(line) for line in process.last_lines(200).splitlines())


def _says_ready(line: str) -> bool:
    try:
        return json.loads(line).get("ready") is True
    except (ValueError, AttributeError):
        return False
