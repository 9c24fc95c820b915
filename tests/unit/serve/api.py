"""The API over the reference store, asked in process, and a failed trace for it to tell of."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from correlator.correlate.systems import DEFAULT_RULES, system_of
from correlator.doors.otlp_decode import decode
from correlator.model.finding import Candidate, Evidence, Finding, PathStep, RuledOut
from correlator.model.incident import ErrorGroup, Incident
from correlator.model.limits import Limits
from correlator.pipeline.slo.objectives import Objectives
from correlator.pipeline.stories.investigate import Investigator
from correlator.serve import Health, State, make_app
from correlator.settings import Settings
from correlator.store.contract import Frame, WatchCommit, WatchState
from correlator.store.memory import MemoryStore
from correlator.telemetry.metrics import EngineMetrics
from correlator.wiring import Workflows, make_alerts, make_decode, make_recorder, make_workflows

N8N = Path(__file__).parents[2] / "fixtures" / "otlp"
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
KEY = "e1-5d41402abc4b2a76-1"
NOW = 1_769_860_800_000_000_000  # 2026-01-31T12:00:00Z


@dataclass(slots=True)
class Api:
    """An application, and what stands behind it."""

    app: FastAPI
    store: MemoryStore
    metrics: EngineMetrics
    workflows: Workflows
    states: dict[str, State] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.ask("GET", path, headers)

    def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        """`body` as JSON, or bytes as they are."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask("POST", path, {"content-type": "application/json"} | headers, content)

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, content: bytes | None = None
    ) -> httpx.Response:
        async def exchange() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7070") as client:
                return await client.request(method, path, headers=headers, content=content)

        return asyncio.run(exchange())

    def add(self, body: bytes, signal: str = "traces", encoding: str = "protobuf") -> None:
        frame = Frame(signal, encoding, time.time_ns(), body)
        decoded = decode(frame, limits=Limits(), system_of=partial(system_of, rules=DEFAULT_RULES))
        self.store.append(frame, decoded.tables).result()


def make_api(**options: Any) -> Api:
    """An application over an empty store; `options` go to make_app."""
    store, metrics = MemoryStore(), EngineMetrics()
    states = {"store": State(True, "open"), "doors": State(True, "listening"), "watch": State(True, "turning")}
    checks = {name: partial(states.__getitem__, name) for name in states}
    settings = Settings()
    recorder = make_recorder(settings, store, make_decode(settings), metrics)
    workflows = make_workflows(settings, store, recorder, metrics)
    alerts = make_alerts(settings, store, recorder, Objectives((), store), metrics, {"api": "127.0.0.1:7070"})
    parts = {"alerts": alerts.api(settings)} | options
    app = make_app(store, Investigator(store), metrics, Health(checks), workflows.api(settings), **parts)
    return Api(app, store, metrics, workflows, states)


def make_failed_api(**options: Any) -> Api:
    """An application over one failing trace of two services, its incident and its error group."""
    api = make_api(**options)
    api.add(json.dumps(failing_request()).encode(), encoding="json")
    api.store.commit_watch(WatchCommit(WatchState(), (an_incident(),), (an_error_group(),)))
    return api


def failing_request() -> dict[str, Any]:
    """n8n calls the worker; the worker raises."""

    def resource(service: str, *spans: dict[str, Any]) -> dict[str, Any]:
        attribute = {"key": "service.name", "value": {"stringValue": service}}
        return {"resource": {"attributes": [attribute]}, "scopeSpans": [{"spans": list(spans)}]}

    def span(span_id: str, parent: str, name: str, **more: Any) -> dict[str, Any]:
        times = {"startTimeUnixNano": str(NOW), "endTimeUnixNano": str(NOW + 250_000_000)}
        identity = {"traceId": TRACE_ID, "spanId": span_id, "parentSpanId": parent, "name": name}
        return identity | times | {"kind": 1, "status": {"code": 2}} | more

    message = {"key": "exception.message", "value": {"stringValue": "currency XXX is unknown"}}
    kind = {"key": "exception.type", "value": {"stringValue": "ValueError"}}
    exception = {"timeUnixNano": str(NOW), "name": "exception", "attributes": [kind, message]}
    return {
        "resourceSpans": [
            resource("n8n", span("00f067aa0ba902b7", "", "workflow.execute")),
            resource("invoice-worker", span("b7ad6b7169203331", "00f067aa0ba902b7", "process", events=[exception])),
        ]
    }


def a_finding() -> Finding:
    """What explaining that trace could give."""
    path = (
        PathStep("n8n", "workflow.execute", "n8n", "00f067aa0ba902b7", "victim"),
        PathStep("invoice-worker", "process", "worker", "b7ad6b7169203331", "cause"),
    )
    evidence = (Evidence("exception", "invoice-worker: process", "ValueError", window=(NOW, NOW + 1)),)
    cause = Candidate(
        "invoice-worker", "process", "worker", "exception", 0.9, 0.8, "e1-5d41402abc4b2a76", "ValueError",
        "currency XXX is unknown", evidence, path,
    )  # fmt: skip
    ruled_out = (RuledOut("n8n", "workflow.execute", "n8n", "repeats the worker's failure"),)
    return Finding("invoice-worker failed first.", False, (cause,), (), ruled_out, ("no logs",), (TRACE_ID,))


def an_incident() -> Incident:
    """The incident of that trace."""
    return Incident(
        KEY, "e1-5d41402abc4b2a76", "open", "error", "invoice-worker: ValueError in process", NOW, NOW, None, 1,
        ("invoice-worker", "n8n"), ("n8n", "worker"), ("Invoice intake",), (TRACE_ID,), a_finding(),
    )  # fmt: skip


def an_error_group() -> ErrorGroup:
    """The error table's line for it."""
    return ErrorGroup(
        "e1-5d41402abc4b2a76", "invoice-worker", "worker", "process", "ValueError", "currency <*> is unknown", 1, NOW, NOW,
        (TRACE_ID,),
    )  # fmt: skip
