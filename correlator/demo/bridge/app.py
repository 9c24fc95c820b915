"""The bridge's application: routes, within the trace's middleware, behind the proxy that may lose headers."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp

from correlator.demo.bridge.front import LossyProxy, StoryLabels
from correlator.demo.bridge.hybrid import HybridProcessing
from correlator.demo.bridge.invoices import invoice_routes
from correlator.demo.bridge.status import dead_letters, workflow_status
from correlator.demo.jobs.queues import JobQueues
from correlator.demo.jobs.storage import QueueUnavailable
from correlator.telemetry import TraceContextMiddleware


def make_app(hybrid: HybridProcessing, queues: JobQueues, job_timeout_s: float) -> ASGIApp:
    """All routes. `job_timeout_s` is how long the recorded demo's callers wait."""
    # Newer FastAPI makes server spans of its own; one is enough, and the middleware's is in the answer's headers.
    app = FastAPI(title="demo bridge", telemetry={"tracing": False, "metrics": False, "logs": False})
    app.include_router(invoice_routes(queues, job_timeout_s))

    @app.exception_handler(QueueUnavailable)
    async def refuse(request: Request, error: QueueUnavailable) -> JSONResponse:
        return JSONResponse({"error": str(error), "code": "E_QUEUE_UNAVAILABLE"}, 503)

    @app.post("/api/v1/hybrid-processing")
    async def process(request: Request) -> JSONResponse:
        return await run_in_threadpool(hybrid.answer, await request.body(), request.headers)

    @app.get("/api/v1/status/{workflow_id}")
    def status(workflow_id: str) -> JSONResponse:
        jobs = workflow_status(queues.ledger, workflow_id)
        body = {"workflow_id": workflow_id, "jobs": jobs}
        return JSONResponse(body if jobs else {"error": f"no job of workflow {workflow_id!r}"}, 200 if jobs else 404)

    @app.get("/api/v1/dead-letters")
    def list_dead_letters() -> list[dict[str, Any]]:
        return dead_letters(queues.ledger.outcomes())

    @app.get("/healthz")
    def health() -> dict[str, bool]:
        return {"ok": True}

    return LossyProxy(TraceContextMiddleware(StoryLabels(app)))
