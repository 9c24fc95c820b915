"""Log files of n8n, a bridge and a worker: taken in from a folder, or forwarded by a real Collector, and found by their ids."""

import gzip
import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from typer.testing import CliRunner

from correlator.cli.app import app
from tests.e2e.engine import Engine, running_engine, segment_store
from tests.e2e.peers import WHY_SKIPPED, installed, scripts, stop
from tests.ports import free_port
from tests.unit.doors.json_logs.log_lines import CONSOLE, ECS, N8N, TRACE_ID

EVERYTHING = (0, 2**63 - 1)
EVENT_LOG = N8N / "n8nEventLog.log.gz"
STDOUT = N8N / "stdout_info_full.jsonl.gz"
JOB_ID = "d251d3a9-640a-4489-936e-e6d9cf4da600"


def ingest(data_dir: Path, *files: Path) -> dict[str, Any]:
    answer = CliRunner().invoke(app, ["ingest", *map(str, files), "--data-dir", str(data_dir), "--json"])
    assert answer.exit_code == 0, answer.output
    report: dict[str, Any] = json.loads(answer.stdout)
    return report


def test_an_event_log_is_found_by_execution_in_the_data_folder(tmp_path: Path) -> None:
    """All that n8n wrote of execution 3, and of no other; the failure has its error."""
    assert ingest(tmp_path / "data", EVENT_LOG, STDOUT)["accepted"] == 219
    store = segment_store(tmp_path / "data")
    try:
        assert store.scan("logs", *EVERYTHING, ("body",)).num_rows == 219
        rows = store.find_joined(["execution:3"], *EVERYTHING, 100).logs.to_pylist()
        assert {json.loads(row["attributes"])["n8n.execution.id"] for row in rows} == {"3"}
        assert [row["body"] for row in rows if row["is_error"]] == ["The service was not able to process your request"]
        (of_job,) = store.find_joined([f"job:{JOB_ID}"], *EVERYTHING, 100).logs.to_pylist()
        assert json.loads(of_job["attributes"])["exception.type"] == "AxiosError"
    finally:
        store.close()


@contextmanager
def collector_of(folder: Path, files: str, forward: str) -> Iterator[None]:
    """A real Collector that reads `files` (a glob) with its file_log receiver and forwards what it reads."""
    port = free_port()
    configuration = {
        "receivers": {
            "file_log": {
                "include": [files],
                "start_at": "beginning",
                "poll_interval": "100ms",
                "operators": [{"type": "filter", "expr": 'body contains "$$$$EventMessageConfirm"'}],
            },
            "otlp": {"protocols": {"http": {"endpoint": f"127.0.0.1:{port}"}}},
        },
        "exporters": {"otlp_http": {"endpoint": forward}},
        "service": {
            "pipelines": {
                "logs": {"receivers": ["file_log"], "exporters": ["otlp_http"]},
                "traces": {"receivers": ["otlp"], "exporters": ["otlp_http"]},
            },
            "telemetry": {"metrics": {"level": "none"}},
        },
    }
    config = folder / "otelcol.yaml"
    config.write_text(json.dumps(configuration), encoding="utf-8")  # JSON is YAML
    environment = os.environ | {"CONFIG": str(config), "OTLP_HTTP": str(port), "DATA": str(folder / "otelcol")}
    start = ["bash", str((scripts() or Path()) / "start-otelcol.sh")]
    done = subprocess.run(start, env=environment, check=True, capture_output=True, text=True, timeout=60)
    process = psutil.Process(int(done.stdout))
    try:
        yield
    finally:
        stop(process)


def await_logs(engine: Engine, count: int, within_s: float = 60.0) -> None:
    until = time.monotonic() + within_s
    while (logs := engine.store.stats().logs) < count:
        assert time.monotonic() < until, f"{logs} logs after {within_s:g} s, not {count}"
        time.sleep(0.1)


@pytest.mark.skipif(scripts() is None, reason=WHY_SKIPPED)
def test_what_a_collector_forwards_of_log_files_is_what_is_in_them(tmp_path: Path) -> None:
    """Each line becomes the record that `ingest` makes of it, and keeps the name of the file that the Collector adds."""
    assert installed("install-otelcol.sh", "otelcol-lab")
    logs = tmp_path / "logs"
    logs.mkdir()
    for source in (EVENT_LOG, STDOUT):
        (logs / source.stem).write_bytes(gzip.decompress(source.read_bytes()))
    (logs / "bridge.log").write_text(f"starting\n{json.dumps(ECS)}\n{json.dumps(CONSOLE)}\n", encoding="utf-8")
    with running_engine(segment_store(tmp_path / "store")) as engine:
        with collector_of(tmp_path, str(logs / "*.*"), f"http://{engine.doors.http}"):
            await_logs(engine, 222)
        rows = engine.store.scan("logs", *EVERYTHING, ("body", "attributes", "service_name", "is_error")).to_pylist()
        of_execution = engine.store.find_joined(["execution:3"], *EVERYTHING, 100).logs.to_pylist()
        of_trace = engine.store.read_trace(bytes.fromhex(TRACE_ID)).logs.to_pylist()
    services = [row["service_name"] for row in rows]
    assert {name: services.count(name) for name in set(services)} == {"n8n": 219, "bridge": 2, "unknown_service": 1}
    files = [json.loads(row["attributes"])["log.file.name"] for row in of_execution if row["is_error"]]
    assert sorted(files) == ["bridge.log", "n8nEventLog.log"]
    assert {row["body"] for row in of_trace} == {"no stock left", "boom 1"}
    uids = [json.loads(row["attributes"]).get("log.record.uid") for row in rows]
    assert len(set(uids)) == 222
