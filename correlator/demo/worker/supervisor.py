"""Starts worker processes, and another where one dies: what systemd or Kubernetes does elsewhere."""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from types import FrameType
from typing import Final

from correlator.demo.child import announce_ready
from correlator.demo.jobs.consumer import STOP_S
from correlator.demo.jobs.ledger import JobLedger
from correlator.demo.jobs.storage import QueueUnavailable
from correlator.errors import CorrelatorError
from correlator.telemetry import get_logger

POLL_S: Final = 0.1
READY_S: Final = 30.0
RESTART_S: Final = 0.5  # from one death to the next start, so that a worker that cannot start takes no whole processor

log = get_logger("supervisor")


class WorkersNotReady(CorrelatorError):
    """The first worker processes did not come up."""


@dataclass(slots=True)
class _Worker:
    worker_id: str
    process: "subprocess.Popen[bytes]"


def supervise(queue_url: str, count: int) -> None:
    """Keep `count` workers with this process' own arguments running until SIGTERM or SIGINT; only in the main thread.

    Raises WorkersNotReady. Should this process be killed, the workers end by themselves: they hold its stdin pipe.
    """
    stopping = _stop_event()
    ledger = JobLedger(queue_url, time.time_ns)
    workers = [_start() for _ in range(count)]
    try:
        _await_first_beats(ledger, workers, stopping)
        announce_ready(pid=str(os.getpid()), worker_pids=",".join(str(worker.process.pid) for worker in workers))
        while not stopping.wait(POLL_S):
            workers = [_revive(ledger, worker, stopping) for worker in workers]
    finally:
        _end(workers)


def _stop_event() -> threading.Event:
    stopping = threading.Event()

    def stop(signum: int, frame: FrameType | None) -> None:
        stopping.set()

    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, stop)
    return stopping


def _start() -> _Worker:
    worker_id = f"worker-{os.getpid()}-{secrets.token_hex(4)}"
    arguments = [*sys.argv[1:], "--processes", "0", "--worker-id", worker_id, "--end-with-stdin", "--folder", ""]
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "correlator.demo.worker", *arguments],
        stdin=subprocess.PIPE,  # never written to: its end tells the worker that we are gone
        start_new_session=True,
    )
    return _Worker(worker_id, process)


def _await_first_beats(ledger: JobLedger, workers: list[_Worker], stopping: threading.Event) -> None:
    deadline = time.monotonic() + READY_S
    while not {worker.worker_id for worker in workers} <= ledger.living_workers():
        dead = [worker for worker in workers if worker.process.poll() is not None]
        if dead or time.monotonic() > deadline:
            raise WorkersNotReady(f"{len(dead)} of {len(workers)} workers ended before they were ready")
        if stopping.wait(POLL_S):
            return


def _revive(ledger: JobLedger, worker: _Worker, stopping: threading.Event) -> _Worker:
    """The worker, or another in its place; its jobs are free at once."""
    exit_code = worker.process.poll()
    if exit_code is None:
        return worker
    log.error("worker_process_died", worker=worker.worker_id, pid=worker.process.pid, exit_code=exit_code)
    _close_stdin(worker)
    with contextlib.suppress(QueueUnavailable):  # then its lease ends by itself
        ledger.bury_worker(worker.worker_id)
    stopping.wait(RESTART_S)
    return _start()


def _end(workers: list[_Worker]) -> None:
    for worker in workers:
        worker.process.terminate()
    for worker in workers:
        try:
            worker.process.wait(STOP_S + 5.0)  # its running job, and its last telemetry
        except subprocess.TimeoutExpired:
            worker.process.kill()
            worker.process.wait()
        _close_stdin(worker)


def _close_stdin(worker: _Worker) -> None:
    if worker.process.stdin is not None:
        worker.process.stdin.close()
