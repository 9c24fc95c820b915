"""What the bridge answers. An error keeps its cause: what the worker raised reads on in n8n's item error."""

from dataclasses import asdict, dataclass
from typing import Any, Final

from fastapi.responses import JSONResponse
from opentelemetry import trace

from correlator.demo.bridge.request import RequestRefused
from correlator.demo.jobs.job import ErrorCause, Outcome

PROBLEM: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer that says what failed. `code` is for programs, `message` for people."""

    status: int
    code: str
    message: str
    cause: ErrorCause | None = None
    job_id: str = ""


def trace_id() -> str:
    """The current trace, as 32 hex digits."""
    return trace.format_trace_id(trace.get_current_span().get_span_context().trace_id)


def failure_answer(failure: Failure, correlation_id: str) -> JSONResponse:
    """`{error, code, correlation_id, trace_id, job_id, cause: {type, message} | null}`."""
    body = {
        "error": failure.message,
        "code": failure.code,
        "correlation_id": correlation_id,
        "trace_id": trace_id(),
        "job_id": failure.job_id,
        "cause": None if failure.cause is None else asdict(failure.cause),
    }
    return JSONResponse(body, failure.status, headers={"x-correlation-id": correlation_id})


def refusal_answer(refused: RequestRefused, correlation_id: str) -> JSONResponse:
    """422 as RFC 9457 has it, with the field at fault."""
    body = {
        "type": "about:blank",
        "title": "The request is not valid",
        "status": 422,
        "detail": str(refused),
        "field": refused.field,
        "error": str(refused),
        "code": "E_VALIDATION",
        "correlation_id": correlation_id,
        "trace_id": trace_id(),
    }
    return JSONResponse(body, 422, headers={"x-correlation-id": correlation_id}, media_type=PROBLEM)


def outcome_answer(outcome: Outcome, correlation_id: str, *, is_replayed: bool) -> JSONResponse:
    """200 with the result: `{ok, status, job_id, correlation_id, trace_id, items, failed}`."""
    body: dict[str, Any] = {
        "ok": True,
        "status": outcome.status,
        "job_id": outcome.job_id,
        "correlation_id": correlation_id,
        "trace_id": trace_id(),
        **(outcome.result or {}),
    }
    replayed = {"idempotent-replayed": "true"} if is_replayed else {}
    return JSONResponse(body, headers={"x-correlation-id": correlation_id, **replayed})


def accepted_answer(job_id: str, correlation_id: str) -> JSONResponse:
    """202: the callback will tell."""
    body = {"status": "queued", "job_id": job_id, "correlation_id": correlation_id, "trace_id": trace_id()}
    return JSONResponse(body, 202, headers={"x-correlation-id": correlation_id})
