"""The demo's bridge: takes n8n's call, queues a job, waits for its result. A process: `python -m correlator.demo.bridge`.

All that makes it observable is imported from correlator.telemetry.
"""

import argparse
import socket
import uuid
from pathlib import Path
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from opentelemetry import trace
from pydantic import BaseModel, Field

from correlator.demo.child import DEMO_PACE, announce_ready, run_until_parent_ends
from correlator.demo.job_queue import QUEUE_NAME, Job, JobFailed, JobQueue, JobTimeout
from correlator.telemetry import TraceContextMiddleware, get_logger, inject_job_context, instrument, publish_job

SLOW_JOB_S: Final = 2.5

log = get_logger("bridge")


class JobRequest(BaseModel):
    """What n8n's node "Call Bridge" sends."""

    item: dict[str, Any]
    execution_id: str = Field(max_length=64)
    workflow_id: str = Field(max_length=64)
    workflow_name: str = Field(max_length=200)


def make_app(jobs: JobQueue, job_timeout_s: float) -> FastAPI:
    """The recorded workflows differ only in the route that they call, so the route picks the customer."""
    # Newer FastAPI makes server spans of its own; one is enough, and the middleware's is in the answer's headers.
    app = FastAPI(title="demo bridge", telemetry={"tracing": False, "metrics": False, "logs": False})

    @app.post("/jobs")
    def create_job(request: JobRequest) -> JSONResponse:
        return run_job(customer_id="acme")

    @app.post("/jobs/fail")
    def create_failing_job(request: JobRequest) -> JSONResponse:
        return run_job(customer_id="globex")

    @app.post("/jobs/slow")
    def create_slow_job(request: JobRequest) -> JSONResponse:
        return run_job(customer_id="acme", pause_s=SLOW_JOB_S)

    def run_job(customer_id: str, pause_s: float = 0.0) -> JSONResponse:
        job = Job(str(uuid.uuid4()), customer_id, pause_s)
        with publish_job(QUEUE_NAME, job.job_id):
            inject_job_context(job.metadata)
            pending = jobs.put(job)
        try:
            result = pending.wait(job_timeout_s)
        except JobFailed:
            log.error("job_failed", job_id=job.job_id, queue=QUEUE_NAME)
            return _error_response(500, "job failed", "E_BRIDGE", job.job_id)
        except JobTimeout:
            log.error("job_timed_out", job_id=job.job_id, queue=QUEUE_NAME, timeout_s=job_timeout_s)
            return _error_response(504, "no result in time", "E_BRIDGE_TIMEOUT", job.job_id)
        log.info("job_done", job_id=job.job_id, queue=QUEUE_NAME)
        return JSONResponse({"ok": True, "job_id": job.job_id, **result})

    return app


def _error_response(status: int, message: str, code: str, job_id: str) -> JSONResponse:
    trace_id = trace.format_trace_id(trace.get_current_span().get_span_context().trace_id)
    body = {"error": message, "code": code, "job_id": job_id, "trace_id": trace_id}
    return JSONResponse(body, status_code=status)


def main() -> None:
    options = _options()
    instrument("bridge", "bridge", endpoint=options.otlp_endpoint, pace=DEMO_PACE)
    app = make_app(JobQueue(options.folder / "jobs.db"), options.job_timeout_s)
    listener = socket.create_server(("127.0.0.1", 0))
    host, port = listener.getsockname()
    announce_ready(address=f"{host}:{port}")
    server = uvicorn.Server(
        uvicorn.Config(TraceContextMiddleware(app), log_config=None, access_log=False, timeout_graceful_shutdown=1)
    )
    run_until_parent_ends(lambda: server.run(sockets=[listener]), options.folder)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where the queue is")
    parser.add_argument("--otlp-endpoint", required=True, help="where telemetry goes")
    parser.add_argument("--job-timeout-s", type=float, required=True, help="how long a caller waits for its job")
    return parser.parse_args()


if __name__ == "__main__":
    main()
