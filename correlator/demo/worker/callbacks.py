"""Tells n8n how a job ended: a POST to the job's callback URL, retried, within a time, and not at all while its host is down.

A callback that fails is logged and counted; the job's outcome is in the ledger before, and stays.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import httpx
import pybreaker
import stamina
from opentelemetry import trace

from correlator.demo.jobs.job import FAILED, Job, Outcome
from correlator.demo.truth import STORY_HEADER, record_truth
from correlator.errors import CorrelatorError
from correlator.telemetry import client_span, get_logger, outgoing_headers, record_response

ATTEMPTS: Final = 3
TIMEOUT_S: Final = 5.0  # of one attempt
TOTAL_S: Final = 15.0  # of all attempts
FIRST_WAIT_S: Final = 0.2
BREAKER_FAILURES: Final = 5  # attempts in a row that fail until the host is left alone
BREAKER_RESET_S: Final = 30.0
_MAY_PASS: Final = frozenset({408, 425, 429})

log = get_logger("callbacks")


class CallbackRefused(CorrelatorError):
    """The receiver answered that it does not take the callback, now or later."""


class CallbackFailed(CorrelatorError):
    """The receiver answered with an error that may pass."""


class Callbacks:
    """Delivers callbacks; a circuit breaker for each host. `count` is told delivered | failed | circuit_open."""

    def __init__(
        self, client: httpx.Client, count: Callable[[str], None], *, breaker_reset_s: float = BREAKER_RESET_S
    ) -> None:
        self._client = client
        self._count = count
        self._breaker_reset_s = breaker_reset_s
        self._breakers: dict[str, pybreaker.CircuitBreaker] = {}
        self._lock = threading.Lock()

    def deliver(self, job: Job, outcome: Outcome) -> bool:
        """Whether the receiver took it; nothing to do is taken, too. Never raises for what the receiver does."""
        if not job.callback_url:
            return True
        try:
            self._deliver(job, _document(job, outcome))
        except pybreaker.CircuitBreakerError:
            return self._fail(job, "circuit_open", "the receiver failed too often of late")
        except (
            httpx.HTTPError,
            httpx.InvalidURL,
            CorrelatorError,
            ValueError,
        ) as error:  # ValueError: not to be encoded
            return self._fail(job, "failed", f"{type(error).__qualname__}: {error}")
        self._count("delivered")
        log.info("callback_delivered", job_id=job.job_id, correlation_id=job.correlation_id)
        return True

    def _deliver(self, job: Job, document: dict[str, Any]) -> None:
        breaker = self._breaker(httpx.URL(job.callback_url).netloc.decode())
        for attempt in stamina.retry_context(
            on=(httpx.TransportError, CallbackFailed), attempts=ATTEMPTS, timeout=TOTAL_S, wait_initial=FIRST_WAIT_S
        ):
            with attempt:
                breaker.call(self._post, job, document)

    def _post(self, job: Job, document: dict[str, Any]) -> None:
        with client_span("POST", job.callback_url) as span:
            record_truth(job.metadata, "worker")
            story = {name: job.metadata[name] for name in (STORY_HEADER,) if name in job.metadata}
            headers = {**outgoing_headers(), **story, "x-correlation-id": job.correlation_id}
            response = self._client.post(job.callback_url, json=document, headers=headers, timeout=TIMEOUT_S)
            record_response(span, response.status_code)
        if response.status_code >= 500 or response.status_code in _MAY_PASS:
            raise CallbackFailed(f"{job.callback_url} answered {response.status_code}")
        if response.status_code >= 400:
            raise CallbackRefused(f"{job.callback_url} answered {response.status_code}")

    def _fail(self, job: Job, outcome: str, reason: str) -> bool:
        self._count(outcome)
        log.error("callback_failed", job_id=job.job_id, correlation_id=job.correlation_id, reason=reason)
        return False

    def _breaker(self, host: str) -> pybreaker.CircuitBreaker:
        with self._lock:
            if host not in self._breakers:
                self._breakers[host] = pybreaker.CircuitBreaker(
                    fail_max=BREAKER_FAILURES,
                    reset_timeout=self._breaker_reset_s,
                    exclude=[CallbackRefused],
                    listeners=[_Announcer()],
                    name=host,
                )
            return self._breakers[host]


class _Announcer(pybreaker.CircuitBreakerListener):
    """Logs when a circuit opens or closes."""

    def state_change(self, cb: pybreaker.CircuitBreaker, old_state: Any, new_state: Any) -> None:
        log.warning("callback_circuit", host=cb.name, state=new_state.name)


def _document(job: Job, outcome: Outcome) -> dict[str, Any]:
    """What n8n is told. A partial success is completed: its result names the items that failed."""
    trace_id = trace.format_trace_id(trace.get_current_span().get_span_context().trace_id)
    document: dict[str, Any] = {
        "kind": "failed" if outcome.status == FAILED else "completed",
        "execution_id": job.execution_id,
        "workflow_id": job.workflow_id,
        "job_id": job.job_id,
        "correlation_id": job.correlation_id,
        "timestamp": datetime.fromtimestamp(outcome.finished_unix_nano / 1e9, UTC).isoformat(timespec="milliseconds"),
        "trace_id": trace_id,
    }
    if outcome.cause is None:
        return {**document, "result": outcome.result}
    return {**document, "error": {"type": outcome.cause.type, "message": outcome.cause.message}}
