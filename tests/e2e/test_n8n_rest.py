"""The reconciler against a real n8n: what its own spans lose while the engine is away, or when it is killed, is told again.

Skipped where no n8n is installed: CORRELATOR_N8N_LAB names the folder of the scripts that install one.
"""

import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from correlator import semconv
from tests.e2e.engine_process import EngineProcess, start_engine
from tests.ports import free_port
from tests.stack.n8n_api import N8nApi
from tests.stack.n8n_process import N8nProcess, why_absent
from tests.stack.workflows import document, node, respond, webhook

WITHIN_S: Final = 60.0  # to see what n8n lost: interval, grace and n8n's own delays
SLEEP_MS: Final = 60_000
CAUSE: Final = "disk of shard 7 is full"
pytestmark = [pytest.mark.timeout(180), pytest.mark.skipif(why_absent() is not None, reason=str(why_absent()))]


class Lab:
    """A real n8n with three workflows, a bridge that answers 200 or 500, and an engine that comes and goes."""

    def __init__(self, folder: Path, bridge: str) -> None:
        self.folder = folder
        self.otlp = f"127.0.0.1:{free_port()}"
        self.n8n = N8nProcess(folder / "n8n")
        self.n8n.start(f"http://{self.otlp}")
        self.api = N8nApi(self.n8n.url)
        (folder / "key").write_text(self.api.log_in(), encoding="utf-8")
        sleep = node("Sleep", "code", 2, {"jsCode": f"await new Promise(r => setTimeout(r, {SLEEP_MS})); return [];"})
        for name, nodes in {
            "plain": (webhook("plain"), _call(f"{bridge}/jobs"), respond()),
            "fails": (webhook("fails"), _call(f"{bridge}/fail"), respond()),
            "sleeps": (webhook("sleeps", "onReceived"), sleep),
        }.items():
            self.api.create(document(name, nodes, None))
        self._settings = folder / "correlator.yaml"
        n8n = {"base_url": self.n8n.url, "api_key_file": str(folder / "key"), "interval": "1s", "grace": "3s"}
        self._settings.write_text(json.dumps({"n8n": n8n, "record": {"decode_processes": 0}}), encoding="utf-8")
        self.engine: EngineProcess | None = None

    def start_engine(self) -> EngineProcess:
        command = ("--config", str(self._settings), "--otlp-http", self.otlp)
        self.engine = start_engine(self.folder / "data", *command, log=self.folder / "engine.log")
        return self.engine

    def stop_engine(self, how: int = signal.SIGTERM) -> None:
        if self.engine is not None and self.engine.process.poll() is None:
            self.engine.stop(how)
        if self.engine is not None and self.engine.process.stdout is not None:
            self.engine.process.stdout.close()
        self.engine = None

    def stop(self) -> None:
        self.stop_engine()
        self.n8n.stop()
        self.api.close()

    def run(self, path: str, trace_id: str) -> None:
        """Call a workflow's webhook as part of a trace."""
        header = {"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"}
        httpx.post(
            f"{self.n8n.url}/webhook/{path}", json={"order": trace_id}, headers=header, timeout=30, trust_env=False
        )

    def trace(self, trace_id: str) -> dict[str, Any]:
        """One trace as the engine's API tells it; empty while it has none."""
        assert self.engine is not None
        url = f"http://{self.engine.api}/api/v1/traces/{trace_id}"
        answer = httpx.get(url, params={"story": "false"}, timeout=30, trust_env=False)
        return dict(answer.json()) if answer.is_success else {}

    def count(self, outcome: str) -> int:
        """Executions that this life of the engine dealt with, by what became of them."""
        assert self.engine is not None
        told = httpx.get(f"http://{self.engine.api}/metrics", timeout=30, trust_env=False).text
        prefix = f'correlator_n8n_executions_total{{outcome="{outcome}"}} '
        return next((int(float(line.removeprefix(prefix))) for line in told.splitlines() if line.startswith(prefix)), 0)

    def cause(self, trace_id: str) -> dict[str, Any]:
        assert self.engine is not None
        url = f"http://{self.engine.api}/api/v1/traces/{trace_id}/root-cause"
        return dict(httpx.get(url, timeout=30, trust_env=False).json())


def _call(url: str) -> dict[str, Any]:
    body = {"sendBody": True, "specifyBody": "json", "jsonBody": "={{ JSON.stringify($json.body) }}"}
    return node("Call Bridge", "httpRequest", 4.2, {"method": "POST", "url": url, "options": {}, **body})


class Bridge(BaseHTTPRequestHandler):
    """Answers /fail with 500 and a reason, all else with 200."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"] or 0))
        failed = self.path == "/fail"
        body = json.dumps({"error": CAUSE, "token": "s3cr3t-of-the-bridge"} if failed else {"job_id": "1"}).encode()
        self.send_response(500 if failed else 200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bridge)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made = Lab(tmp_path_factory.mktemp("n8n-rest"), f"http://127.0.0.1:{server.server_address[1]}")
    try:
        yield made
    finally:
        made.stop()
        server.shutdown()
        server.server_close()


def eventually(check: Callable[[], bool], within_s: float = WITHIN_S) -> None:
    """Until it holds. Raises AssertionError when time is up."""
    until = time.monotonic() + within_s
    while not check():
        assert time.monotonic() < until, f"not within {within_s:g} s"
        time.sleep(0.5)


def names(trace: dict[str, Any], key: str) -> list[str]:
    return sorted(str(span["attributes"][key]) for span in trace.get("spans", ()) if key in span["attributes"])


def test_executions_that_ran_while_the_engine_was_away_are_all_there_afterwards(lab: Lab) -> None:
    """n8n keeps its spans in memory and drops them; its database has every execution, with the reason of each failure."""
    lab.start_engine()
    lab.run("plain", f"{1:032x}")
    eventually(lambda: bool(lab.trace(f"{1:032x}")))
    lab.stop_engine()
    away = {f"{0xA0 + number:032x}": "fails" if number % 2 else "plain" for number in range(12)}
    with ThreadPoolExecutor(4) as callers:
        list(callers.map(lab.run, away.values(), away))
    time.sleep(12)  # longer than n8n tries to send
    lab.start_engine()
    eventually(lambda: all(names(lab.trace(trace_id), semconv.N8N_EXECUTION_ID) for trace_id in away))
    for trace_id, path in away.items():
        trace = lab.trace(trace_id)
        ran = ["Call Bridge", "Webhook"] if path == "fails" else ["Call Bridge", "Respond", "Webhook"]
        assert names(trace, semconv.N8N_NODE_NAME) == ran
        assert names(trace, semconv.N8N_EXECUTION_STATUS) == ["error" if path == "fails" else "success"]
    failed = next(trace_id for trace_id, path in away.items() if path == "fails")
    eventually(lambda: CAUSE in json.dumps(lab.cause(failed)))
    assert lab.count("reconstructed") >= len(away)  # n8n sent none of them when the engine was back
    everything = json.dumps([[lab.trace(trace_id), lab.cause(trace_id)] for trace_id in away])
    assert "s3cr3t-of-the-bridge" not in everything


def test_an_execution_that_died_with_n8n_is_whole_after_n8ns_restart(lab: Lab) -> None:
    """Its workflow span was never sent; n8n's recovery names the node that it died in."""
    if lab.engine is None:
        lab.start_engine()
    trace_id = f"{0xDEAD:032x}"
    lab.run("sleeps", trace_id)
    eventually(lambda: any(row["status"] == "running" for row in lab.api.executions(status="running")))
    eventually(lambda: "Webhook" in names(lab.trace(trace_id), semconv.N8N_NODE_NAME))
    assert lab.n8n.main is not None
    lab.n8n.main.kill()
    lab.n8n.start()
    eventually(lambda: names(lab.trace(trace_id), semconv.N8N_EXECUTION_STATUS) == ["crashed"])
    trace = lab.trace(trace_id)
    (workflow,) = [span for span in trace["spans"] if span["name"] == semconv.N8N_WORKFLOW_SPAN]
    nodes = [span for span in trace["spans"] if span["name"] == semconv.N8N_NODE_SPAN]
    assert {node["parent_span_id"] for node in nodes} == {workflow["span_id"]}
    assert names(trace, semconv.N8N_NODE_NAME) == ["Sleep", "Webhook"]
    assert "Sleep" in json.dumps(lab.cause(trace_id))
