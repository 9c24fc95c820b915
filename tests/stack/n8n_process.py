"""A real n8n from the lab's folder: main alone, or main and a worker with a queue between them."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import httpx

from tests.ports import free_port
from tests.stack.process import StackFailed, StackProcess

LAB_VARIABLE: Final = "CORRELATOR_N8N_LAB"
READY_S: Final = 90.0
WORKER_CONCURRENCY: Final = 40
METRICS: Final = {
    "N8N_METRICS_INCLUDE_WORKFLOW_INFO": "true",
    "N8N_METRICS_INCLUDE_API_ENDPOINTS": "true",
    "N8N_METRICS_INCLUDE_API_STATUS_CODE_LABEL": "true",
    "N8N_METRICS_QUEUE_METRICS_INTERVAL": "2",
    "N8N_METRICS_WORKFLOW_INFO_METRIC_INTERVAL": "2",
    "N8N_METRICS_ACTIVE_WORKFLOW_METRIC_INTERVAL": "2",
}
"""What dashboards show besides the lab's own choice; intervals in seconds, short for a test."""
_RUN: Final = 'set -eu; . "$1/env.sh"; shift; mkdir -p "$N8N_HOME"; exec "$LAB/app/node_modules/.bin/n8n" "$@"'


def lab_folder() -> Path | None:
    """The folder with install.sh and env.sh: what CORRELATOR_N8N_LAB names, else beside CORRELATOR_PEERS."""
    named, peers = os.environ.get(LAB_VARIABLE), os.environ.get("CORRELATOR_PEERS")
    folder = Path(named) if named else Path(peers).parent / "n8n" / "lab" if peers else None
    return folder if folder is not None and (folder / "env.sh").is_file() else None


def is_installed() -> bool:
    """Whether the lab's install.sh has run to its end."""
    return (installation() / "installed").is_file()


def why_absent() -> str | None:
    """Why no n8n can be started here; None where one can."""
    if lab_folder() is None:
        return (
            f"{_named_lab()}: set {LAB_VARIABLE} to the folder that holds n8n's install.sh and env.sh; "
            "with an n8n of your own, see docs/how-to/connect-n8n.md"
        )
    return None if is_installed() else f"n8n is not installed: run {lab_folder()}/install.sh (about 5 minutes, once)"


class N8nProcess:
    """n8n on one home folder. What it keeps there survives `stop`, `kill` and another `start`."""

    def __init__(self, home: Path) -> None:
        reason = why_absent()
        if reason is not None:
            raise StackFailed(reason)
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.worker_url = ""
        self._otlp_endpoint = ""
        self._starts = 0
        self.main: StackProcess | None = None
        self.worker: StackProcess | None = None

    def start(self, otlp_endpoint: str = "", *, is_traced: bool = True, redis_port: int | None = None) -> None:
        """Start main, and with `redis_port` a queue and a worker. Returns once both answer.

        Traces go to `otlp_endpoint`; where none is named, to that of the start before.
        """
        self._starts += 1
        self._otlp_endpoint = otlp_endpoint or self._otlp_endpoint
        queue = _queue_mode(redis_port) if redis_port is not None else {}
        self.main = self._started(("start",), self.port, {**self._env(is_traced), **queue})
        if redis_port is not None:
            self.start_worker(redis_port, is_traced=is_traced)

    def start_worker(self, redis_port: int, *, is_traced: bool = True) -> None:
        """Start a worker beside a main that has a queue."""
        self._starts += 1
        health = free_port()
        self.worker_url = f"http://127.0.0.1:{health}"
        more = {"QUEUE_HEALTH_CHECK_ACTIVE": "true", "QUEUE_HEALTH_CHECK_PORT": str(health)}
        self.worker = self._started(
            ("worker", f"--concurrency={WORKER_CONCURRENCY}"),
            health,
            {**self._env(is_traced), **_queue_mode(redis_port), **more},
        )

    def stop(self) -> None:
        """End worker and main in good order."""
        for process in (self.worker, self.main):
            if process is not None:
                process.stop()
        self.worker = self.main = None

    def event_logs(self) -> list[Path]:
        """n8n's event log files, of all its starts that it still has."""
        return sorted((self.home / ".n8n").glob("n8nEventLog*.log"))

    def _started(self, arguments: tuple[str, ...], port: int, env: Mapping[str, str]) -> StackProcess:
        command = ("bash", "-c", _RUN, "n8n", str(lab_folder()), *arguments)
        process = StackProcess(f"n8n-{arguments[0]}-{self._starts}", command, self.home, env)
        process.wait_until(lambda: httpx.get(f"http://127.0.0.1:{port}/healthz/readiness").is_success, READY_S)
        return process

    def _env(self, is_traced: bool) -> dict[str, str]:
        return {
            **METRICS,
            "LAB": str(installation()),
            "N8N_HOME": str(self.home),
            "N8N_PORT": str(self.port),
            "N8N_RUNNERS_BROKER_PORT": str(free_port()),
            "OTLP_ENDPOINT": self._otlp_endpoint,
            "N8N_OTEL_ENABLED": "true" if is_traced else "false",
            "N8N_PUBLIC_API_SWAGGERUI_DISABLED": "true",
        }


def _named_lab() -> str:
    named = os.environ.get(LAB_VARIABLE)
    return f"there is no env.sh in {named}" if named else "no folder is named to start n8n from"


def _queue_mode(redis_port: int) -> dict[str, str]:
    return {
        "EXECUTIONS_MODE": "queue",
        "QUEUE_BULL_REDIS_HOST": "127.0.0.1",
        "QUEUE_BULL_REDIS_PORT": str(redis_port),
        "OFFLOAD_MANUAL_EXECUTIONS_TO_WORKERS": "true",
    }


def installation() -> Path:
    """Where the lab's install.sh puts n8n."""
    lab = os.environ.get("CORRELATOR_LAB", str(Path.home() / ".cache" / "correlator-lab"))
    return Path(os.environ.get("LAB", f"{lab}/n8n"))
