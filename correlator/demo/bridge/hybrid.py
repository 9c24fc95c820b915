"""POST /api/v1/hybrid-processing: one call of n8n's, done by a worker, answered with its result or its cause."""

import json
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from fastapi.responses import JSONResponse
from opentelemetry import trace

from correlator.demo import faults
from correlator.demo.bridge.answers import (
    Failure,
    accepted_answer,
    failure_answer,
    outcome_answer,
    refusal_answer,
)
from correlator.demo.bridge.publishing import publish
from correlator.demo.bridge.quota import BadGateway, QuotaClient
from correlator.demo.bridge.request import HybridRequest, RequestRefused, parse_body, read_request
from correlator.demo.items import payloads
from correlator.demo.jobs.job import FAILED, RETRIES_EXHAUSTED, WORKER_DIED, ErrorCause, Job, Outcome
from correlator.demo.jobs.queues import JobQueues, JobTimeout, KeyReused
from correlator.demo.jobs.routes import RoutedJob, Rule, find_queue
from correlator.demo.jobs.storage import QueueUnavailable
from correlator.errors import CorrelatorError, InvalidInput
from correlator.payload import payload_hash
from correlator.telemetry import bind_execution, get_logger, record_payload

IDEMPOTENCY_HEADER: Final = "idempotency-key"
CORRELATION_HEADERS: Final = ("x-correlation-id", "x-request-id")
N8N_HEADERS: Final = ("x-n8n-execution-id", "x-n8n-workflow-id")
MAX_ID: Final = 200  # characters of a caller's correlation id or idempotency key
LATE_S: Final = 0.5  # past what the caller waits

log = get_logger("bridge")
tracer = trace.get_tracer("correlator.demo.bridge")


class AnswerTooLate(CorrelatorError):
    """The bridge had the result in time and its answer is late all the same."""


@dataclass(frozen=True, slots=True)
class Call:
    """What is known of a call beside its body."""

    correlation_id: str
    idempotency_key: str
    fault: str


class HybridProcessing:
    """Answers calls; a call blocks its thread until its job has ended or its time is over."""

    def __init__(self, queues: JobQueues, rules: Sequence[Rule], quota: QuotaClient) -> None:
        self._queues = queues
        self._rules = rules
        self._quota = quota

    def answer(self, body: bytes, headers: Mapping[str, str]) -> JSONResponse:
        """Never raises for what n8n, the quota service, the queue or the worker do. `headers` has lowercase names."""
        correlation_id = _correlation_id(headers)
        try:
            call = Call(correlation_id, _idempotency_key(headers), faults.read_fault(headers))
            is_strict = faults.VALIDATION_ERROR in faults.names_in(call.fault)
            request = _named(read_request(parse_body(body), is_strict=is_strict), headers)
        except InvalidInput as error:
            refused = error if isinstance(error, RequestRefused) else RequestRefused("", str(error))
            log.warning("request_refused", correlation_id=correlation_id, field=refused.field, reason=str(refused))
            return refusal_answer(refused, correlation_id)
        with bind_execution(request.execution_id, request.workflow_id):
            return self._process(request, call)

    def _process(self, request: HybridRequest, call: Call) -> JSONResponse:
        record_payload(payloads(request.data))
        job = self._make_job(request, call)
        deadline = time.monotonic() + request.timeout_s
        job_id = ""
        try:
            self._quota.check(request.workflow_id, call.fault)
            job_id = publish(self._queues, job, payload_hash(request.data) or "")
            if request.callback_url:
                log.info("job_queued", job_id=job_id, queue=job.queue, correlation_id=call.correlation_id)
                return accepted_answer(job_id, call.correlation_id)
            outcome = self._queues.wait(job_id, deadline - time.monotonic())
            _answer_late(call.fault, deadline)
        except tuple(_FAILURES) as error:
            return _fail(error, job_id, call)
        return _answer(outcome, job, call)

    def _make_job(self, request: HybridRequest, call: Call) -> Job:
        routed = RoutedJob(
            request.processing_type,
            request.priority,
            len(json.dumps(request.data)),
            "stale" if faults.STALE_DEPLOY in faults.names_in(call.fault) else "",
        )
        return Job(
            job_id=str(uuid.uuid4()),
            queue=find_queue(self._rules, routed),
            processing_type=request.processing_type,
            input=request.data,
            published_unix_nano=time.time_ns(),
            timeout_s=request.timeout_s,
            workflow_id=request.workflow_id,
            execution_id=request.execution_id,
            correlation_id=call.correlation_id,
            callback_url=request.callback_url,
            idempotency_key=call.idempotency_key or request.derived_key(),
            priority=request.priority,
            fault=call.fault,
        )


_FAILURES: Final[Mapping[type[Exception], tuple[int, str, str]]] = {
    BadGateway: (502, "E_BAD_GATEWAY", "a service that the bridge needs gave no answer that can be read"),
    JobTimeout: (504, "E_BRIDGE_TIMEOUT", "no result in time"),
    AnswerTooLate: (504, "E_BRIDGE_LATE", "the answer came too late"),
    KeyReused: (422, "E_IDEMPOTENCY_KEY_REUSED", "the idempotency key belongs to another payload"),
    QueueUnavailable: (503, "E_QUEUE_UNAVAILABLE", "the queue does not answer"),
}
"""Status, code and message by what was raised."""


def _named(request: HybridRequest, headers: Mapping[str, str]) -> HybridRequest:
    """The request with the ids of its headers, where its body has none."""
    execution_id, workflow_id = (headers.get(name, "") for name in N8N_HEADERS)
    return replace(
        request,
        execution_id=request.execution_id or (execution_id if _is_id(execution_id) else ""),
        workflow_id=request.workflow_id or (workflow_id if _is_id(workflow_id) else ""),
    )


def _correlation_id(headers: Mapping[str, str]) -> str:
    """The caller's, where it is an id that any header can carry on; else a new one."""
    given = (headers.get(name, "") for name in CORRELATION_HEADERS)
    return next((text for text in given if _is_id(text)), str(uuid.uuid4()))


def _idempotency_key(headers: Mapping[str, str]) -> str:
    """The caller's key, or none. Raises RequestRefused: a key that is cut short could be another's."""
    key = headers.get(IDEMPOTENCY_HEADER, "")
    if key and not _is_id(key):
        raise RequestRefused(IDEMPOTENCY_HEADER, f"must be at most {MAX_ID} visible ASCII characters")
    return key


def _is_id(text: str) -> bool:
    return 0 < len(text) <= MAX_ID and text.isascii() and text.isprintable()


def _answer_late(fault: str, deadline: float) -> None:
    """Under the fault bridge_timeout, be stuck until the caller has given up. Raises AnswerTooLate."""
    if faults.BRIDGE_TIMEOUT in faults.names_in(fault):
        with tracer.start_as_current_span("write_audit_log"):
            time.sleep(max(0.0, deadline - time.monotonic()) + LATE_S)
        raise AnswerTooLate(f"the answer is {time.monotonic() - deadline:.1f} s late; the result was there in time")


def _fail(error: Exception, job_id: str, call: Call) -> JSONResponse:
    """The answer to what the bridge itself met; `job_id` is empty where no job was queued."""
    status, code, message = _FAILURES[type(error)]
    log.error("request_failed", code=code, job_id=job_id, correlation_id=call.correlation_id, exc_info=error)
    cause = ErrorCause.of(error.__cause__ or error)
    return failure_answer(Failure(status, code, message, cause, job_id), call.correlation_id)


def _answer(outcome: Outcome, job: Job, call: Call) -> JSONResponse:
    """The answer to a job that has ended."""
    is_replayed = outcome.job_id != job.job_id
    fields = {"job_id": outcome.job_id, "correlation_id": call.correlation_id, "is_replayed": is_replayed}
    if outcome.status == FAILED:
        cause = outcome.cause or ErrorCause("", "")
        log.error("job_failed", queue=outcome.queue, cause_type=cause.type, cause_message=cause.message, **fields)
        return failure_answer(_job_failure(outcome), call.correlation_id)
    failed_items = len((outcome.result or {}).get("failed", ()))
    if failed_items:
        log.error("job_partly_failed", queue=outcome.queue, failed_items=failed_items, **fields)
    else:
        log.info("job_done", queue=outcome.queue, **fields)
    return outcome_answer(outcome, call.correlation_id, is_replayed=is_replayed)


def _job_failure(outcome: Outcome) -> Failure:
    """503 where a later call may go better, 500 else."""
    may_pass = outcome.dead_letter_reason == RETRIES_EXHAUSTED
    code = "E_WORKER_DIED" if outcome.dead_letter_reason == WORKER_DIED else "E_JOB_FAILED"
    return Failure(503 if may_pass else 500, code, "the job failed", outcome.cause, outcome.job_id)
