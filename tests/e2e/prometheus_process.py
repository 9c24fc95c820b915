"""A real Prometheus on blocks that promtool made, asked by tests."""

import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from tests.e2e.peers import SCRIPTS_VARIABLE, installed, scripts
from tests.ports import free_port

WHY_SKIPPED = f"{SCRIPTS_VARIABLE} is not set: it names the folder of the script that installs Prometheus"
IS_THERE = scripts() is not None
LONGEST_BLOCK = "4800h"  # one block for all: promtool reads the file anew for each


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A running one."""

    url: str
    process: psutil.Process

    def ask(self, query: str, time_s: int) -> list[tuple[dict[str, str], float]]:
        """Labels and value of each series, at one time. Raises HTTPStatusError."""
        answer = httpx.post(f"{self.url}/api/v1/query", data={"query": query, "time": str(time_s)}, timeout=120)
        answer.raise_for_status()
        return [(each["metric"], float(each["value"][1])) for each in answer.json()["data"]["result"]]


def backfilled(folder: Path, lines: Iterable[str]) -> Path:
    """A folder of blocks with these lines of OpenMetrics: samples with times, series by series, without the end."""
    written, tsdb = folder / "samples.om", folder / "tsdb"
    with written.open("w", encoding="utf-8") as file:
        file.writelines(lines)
        file.write("# EOF\n")
    command = [str(installed("install-prometheus.sh", "promtool")), "tsdb", "create-blocks-from", "openmetrics", "-q"]
    command += [f"--max-block-duration={LONGEST_BLOCK}", str(written), str(tsdb)]
    subprocess.run(command, check=True, capture_output=True)
    written.unlink()
    return tsdb


@contextmanager
def running_prometheus(folder: Path, tsdb: Path, settings: str = "global: {}\n") -> Iterator[Prometheus]:
    """A Prometheus on these blocks, which scrapes nothing unless its settings say so, for the block."""
    port = free_port()
    config = folder / "prometheus.yml"
    config.write_text(settings, encoding="utf-8")
    command = [
        str(installed("install-prometheus.sh", "prometheus")),
        f"--config.file={config}",
        f"--storage.tsdb.path={tsdb}",
    ]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=100y"]
    with (folder / "prometheus.log").open("wb") as log:
        child = subprocess.Popen(command, stdout=log, stderr=log)
    prometheus = Prometheus(f"http://127.0.0.1:{port}", psutil.Process(child.pid))
    try:
        _wait_until_ready(prometheus, folder / "prometheus.log")
        yield prometheus
    finally:
        child.terminate()
        child.wait(30)


def _wait_until_ready(prometheus: Prometheus, log: Path) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            if httpx.get(f"{prometheus.url}/-/ready").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < until, f"Prometheus is not ready in 30 s: {log.read_text()[-2000:]}"
        time.sleep(0.05)
