"""Workers that are killed or stopped in the middle of a job, and a Redis that goes away."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from correlator.demo.processes import ChildProcess, child_process
from tests.e2e.otlp_receiver import Receiver, otlp_receiver
from tests.e2e.redis_process import redis_process
from tests.ports import free_port

WAIT_S = 60.0
CALL = {"workflow_id": "wf1", "execution_id": "e7", "data": {"template": "Hi"}, "processing_type": "template_render"}
SLOW_S = 1.5  # and half a second more
NOBODY = "http://127.0.0.1:1/hook"


@pytest.fixture
def received() -> Iterator[Receiver]:
    with otlp_receiver() as received:
        yield received


@contextmanager
def running(name: str, queue_url: str, received: Receiver, log: Path, *more: str) -> Iterator[tuple[ChildProcess, str]]:
    """A service that is ready, and its URL where it has one."""
    arguments = ("--queue", queue_url, "--otlp-endpoint", received.url, "--end-with-stdin", *more)
    with child_process(name, arguments, log) as process:
        yield process, f"http://{process.wait_until_ready().get('address', '')}"


def post(url: str, fault: str = "", **more: Any) -> httpx.Response:
    headers = {"x-demo-fault": fault} if fault else {}
    return httpx.post(f"{url}/api/v1/hybrid-processing", json={**CALL, **more}, headers=headers, timeout=WAIT_S)


def jobs(url: str) -> list[dict[str, Any]]:
    answer = httpx.get(f"{url}/api/v1/status/wf1")
    return list(answer.json()["jobs"]) if answer.status_code == 200 else []


def attempts(received: Receiver, name: str) -> list[int]:
    """Attempt numbers of all spans of this name."""
    return [
        item.value.int_value
        for received_span in received.spans()
        if received_span.span.name == name
        for item in received_span.span.attributes
        if item.key == "correlator.job.attempt"
    ]


def wait_until(is_true: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + WAIT_S
    while not is_true():
        assert time.monotonic() < deadline, f"not within {WAIT_S} s: {what}"
        time.sleep(0.05)


def test_job_of_a_killed_worker_is_run_by_the_next_one(received: Receiver, tmp_path: Path) -> None:
    """On SQLite, without a supervisor: once the dead one's lease has ended, the next worker to come finds the job."""
    queue_url = f"sqlite://{tmp_path / 'jobs.db'}"
    with running("bridge", queue_url, received, tmp_path / "bridge.log") as (_, url):
        with running("worker", queue_url, received, tmp_path / "first.log") as (first, _):
            post(url, "slow_worker", timeout=SLOW_S, callback_url=NOBODY)
            wait_until(lambda: jobs(url)[0]["status"] == "running", "the job runs")
            os.kill(first.pid, signal.SIGKILL)
        assert [job["status"] for job in jobs(url)] == ["running"]
        with running("worker", queue_url, received, tmp_path / "second.log"):
            wait_until(lambda: jobs(url)[0]["status"] == "completed", "the job ended")
    wait_until(lambda: attempts(received, "recover work") == [1], "the death is told")
    assert attempts(received, "process work") == [2]


def test_stopped_worker_ends_its_job_first(received: Receiver, tmp_path: Path) -> None:
    """SIGTERM: the job that runs is finished in its first attempt; what waits is left for others."""
    queue_url = f"sqlite://{tmp_path / 'jobs.db'}"
    with ExitStack() as stack:
        _, url = stack.enter_context(running("bridge", queue_url, received, tmp_path / "bridge.log"))
        worker, _ = stack.enter_context(running("worker", queue_url, received, tmp_path / "worker.log"))
        process = psutil.Process(worker.pid)
        post(url, "slow_worker", timeout=SLOW_S, callback_url=NOBODY)
        wait_until(lambda: jobs(url)[0]["status"] == "running", "the job runs")
        post(url, callback_url=NOBODY)
        os.kill(worker.pid, signal.SIGTERM)
        wait_until(lambda: process.status() == psutil.STATUS_ZOMBIE, "the worker ended")
        assert sorted((job["status"], job["attempts"]) for job in jobs(url)) == [("completed", 1), ("queued", 0)]


def test_redis_that_goes_away_and_comes_back(received: Receiver, tmp_path: Path) -> None:
    """Without it the bridge says 503; with it again, both ends work on without a restart."""
    port = free_port()
    with ExitStack() as stack:
        with redis_process(tmp_path, port) as queue_url:
            _, url = stack.enter_context(running("bridge", queue_url, received, tmp_path / "bridge.log"))
            stack.enter_context(running("worker", queue_url, received, tmp_path / "worker.log"))
            assert post(url).status_code == 200
        refused = post(url)
        assert (refused.status_code, refused.json()["code"]) == (503, "E_QUEUE_UNAVAILABLE")
        assert refused.json()["cause"]["type"] == "ConnectionError"
        with redis_process(tmp_path, port):
            wait_until(lambda: post(url, timeout=2).status_code == 200, "calls work again")
