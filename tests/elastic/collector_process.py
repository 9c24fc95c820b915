"""A real Collector as a process, with a door for OTLP over HTTP."""

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.e2e.peers import installed
from tests.elastic.waiting import await_that
from tests.ports import free_port


@contextmanager
def running_collector(
    folder: Path,
    exporters: Mapping[str, Any],
    signals: Sequence[str],
    *overlays: Path,
    environment: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """Where it takes OTLP over HTTP, for the block: these signals, for each of the exporters. `overlays` are read on top."""
    port = free_port()
    config = folder / "otelcol.yaml"
    config.write_text(yaml.safe_dump(_configuration(port, exporters, signals)), encoding="utf-8")
    options = [option for file in (config, *overlays) for option in ("--config", str(file))]
    command = [str(installed("install-otelcol.sh", "otelcol-lab")), *options]
    with (folder / "otelcol.log").open("w") as log:
        process = subprocess.Popen(command, env=os.environ | (environment or {}), stdout=log, stderr=log)
    try:
        await_that(lambda: _listens(port), "the Collector")
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(30)


def _configuration(port: int, exporters: Mapping[str, Any], signals: Sequence[str]) -> dict[str, Any]:
    pipeline = {"receivers": ["otlp"], "exporters": list(exporters)}
    return {
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": f"127.0.0.1:{port}"}}}},
        "exporters": dict(exporters),
        "service": {"pipelines": dict.fromkeys(signals, pipeline), "telemetry": {"metrics": {"level": "none"}}},
    }


def _listens(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).status_code > 0
    except httpx.TransportError:
        return False
