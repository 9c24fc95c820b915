"""The recorded demo's routes. Its workflows differ only in the route that they call, so the route picks the customer."""

import time
import uuid
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from correlator.demo.bridge.answers import trace_id
from correlator.demo.bridge.publishing import publish
from correlator.demo.jobs.job import FAILED, Job
from correlator.demo.jobs.queues import JobQueues, JobTimeout
from correlator.telemetry import get_logger

QUEUE: Final = "invoices"
SLOW_JOB_S: Final = 2.5

log = get_logger("bridge")


class JobRequest(BaseModel):
    """What n8n's node "Call Bridge" sends."""

    item: dict[str, Any]
    execution_id: str = Field(max_length=64)
    workflow_id: str = Field(max_length=64)
    workflow_name: str = Field(max_length=200)


def invoice_routes(queues: JobQueues, job_timeout_s: float) -> APIRouter:
    """POST /jobs, /jobs/fail and /jobs/slow."""
    router = APIRouter()

    @router.post("/jobs")
    def create_job(request: JobRequest) -> JSONResponse:
        return run_job(customer_id="acme")

    @router.post("/jobs/fail")
    def create_failing_job(request: JobRequest) -> JSONResponse:
        return run_job(customer_id="globex")

    @router.post("/jobs/slow")
    def create_slow_job(request: JobRequest) -> JSONResponse:
        return run_job(customer_id="acme", pause_s=SLOW_JOB_S)

    def run_job(customer_id: str, pause_s: float = 0.0) -> JSONResponse:
        job = _invoice_job(customer_id, pause_s, job_timeout_s)
        publish(queues, job)
        try:
            outcome = queues.wait(job.job_id, job_timeout_s)
        except JobTimeout:
            log.error("job_timed_out", job_id=job.job_id, queue=QUEUE, timeout_s=job_timeout_s)
            return _error_answer(504, "no result in time", "E_BRIDGE_TIMEOUT", job.job_id)
        if outcome.status == FAILED:
            log.error("job_failed", job_id=job.job_id, queue=QUEUE)
            return _error_answer(500, "job failed", "E_BRIDGE", job.job_id)
        log.info("job_done", job_id=job.job_id, queue=QUEUE)
        return JSONResponse({"ok": True, "job_id": job.job_id, **(outcome.result or {})})

    return router


def _invoice_job(customer_id: str, pause_s: float, timeout_s: float) -> Job:
    return Job(
        job_id=str(uuid.uuid4()),
        queue=QUEUE,
        processing_type="invoice",
        input={"customer_id": customer_id, "pause_s": pause_s},
        published_unix_nano=time.time_ns(),
        timeout_s=timeout_s,
    )


def _error_answer(status: int, message: str, code: str, job_id: str) -> JSONResponse:
    body = {"error": message, "code": code, "job_id": job_id, "trace_id": trace_id()}
    return JSONResponse(body, status_code=status)
