"""Traces in few words, and the lab's broken story."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from correlator import semconv
from correlator.correlate.assemble import assemble
from correlator.correlate.error_chain import error_chains
from correlator.explain import explain_trace
from correlator.model.error_signal import span_is_error
from correlator.model.finding import Finding
from correlator.model.span import LogRecord, Span, SpanEvent
from correlator.model.trace import Trace

TRACE_ID = "c75856d6a6aee7611d18187826107a55"
MS = 1_000_000
T0 = 1_795_234_167_000 * MS
GENERIC = "NodeApiError: The service was not able to process your request"
STACK = 'Traceback (most recent call last):\n  File "/srv/worker/invoice.py", line 40, in fill_template\n    raise\nTemplateFieldMissing: x'


def span_id(name: str) -> str:
    return name.encode().hex().zfill(16)


def make_span(
    name: str,
    service: str,
    operation: str,
    parent: str | None = None,
    at: tuple[float, float] = (0, 100),
    error: str | None = None,
    failed_at: float | None = None,
    stack: str = "",
    kind: int = semconv.KIND_INTERNAL,
    attributes: Mapping[str, Any] | None = None,
) -> Span:
    """A span from `at[0]` to `at[1]` ms; `error` is "Type: message" of an exception, told at `failed_at` or its end."""
    bag = dict(attributes or {})
    system = service if service in ("n8n", "bridge", "worker") else "other"
    if system == "n8n":
        bag[semconv.N8N_NODE_NAME if operation[0].isupper() else semconv.N8N_WORKFLOW_NAME] = operation
        operation = semconv.N8N_NODE_SPAN if operation[0].isupper() else semconv.N8N_WORKFLOW_SPAN
    events = []
    if error is not None:
        error_type, _, message = error.partition(": ")
        told = {semconv.EXCEPTION_TYPE: error_type, semconv.EXCEPTION_MESSAGE: message}
        if stack:
            told[semconv.EXCEPTION_STACKTRACE] = stack
        moment = at[1] if failed_at is None else failed_at
        events.append(SpanEvent(T0 + int(moment * MS), semconv.EXCEPTION_EVENT, told))
    status = semconv.STATUS_ERROR if error is not None else semconv.STATUS_UNSET
    return Span(
        trace_id=TRACE_ID,
        span_id=span_id(name),
        parent_span_id=None if parent is None else span_id(parent),
        name=operation,
        kind=kind,
        start_time_unix_nano=T0 + int(at[0] * MS),
        end_time_unix_nano=T0 + int(at[1] * MS),
        status_code=status,
        status_message="",
        is_error=span_is_error(status, kind, bag, has_exception=bool(events)),
        attributes=bag,
        events=tuple(events),
        links=(),
        service_name=service,
        system=system,
        scope_name="",
        resource_attributes={semconv.SERVICE_NAME: service},
    )


def make_log(service: str, body: str, of: str | None = None, at: float = 30) -> LogRecord:
    system = service if service in ("n8n", "bridge", "worker") else "other"
    return LogRecord(
        trace_id=TRACE_ID,
        span_id=None if of is None else span_id(of),
        time_unix_nano=T0 + int(at * MS),
        severity_number=semconv.SEVERITY_ERROR,
        severity_text="ERROR",
        body=body,
        is_error=True,
        attributes={},
        service_name=service,
        system=system,
        scope_name="",
        resource_attributes={},
    )


def make_story() -> list[Span]:
    """n8n calls the bridge, which queues a job and waits; the worker raises, and everybody outside repeats it."""
    http = {
        semconv.HTTP_REQUEST_METHOD: "POST",
        semconv.HTTP_ROUTE: "/jobs/fail",
        semconv.HTTP_RESPONSE_STATUS_CODE: 500,
    }
    node = {semconv.N8N_NODE_TYPE: "n8n-nodes-base.httpRequest"}
    return [
        make_span("flow", "n8n", "lab-bridge-500", None, (0, 100), GENERIC),
        make_span("node", "n8n", "Call Bridge", "flow", (5, 95), GENERIC, attributes=node),
        make_span("api", "bridge", "POST /jobs/fail", "node", (10, 90), "JobFailed: job failed", kind=semconv.KIND_SERVER, attributes=http),
        make_span("queue", "bridge", "invoices publish", "api", (12, 14), kind=semconv.KIND_PRODUCER),
        make_span(
            "job", "worker", "invoice.render", "queue", (20, 80),
            "TemplateFieldMissing: template 'invoice' needs field 'vat_id'", 70, STACK, semconv.KIND_CONSUMER,
        ),
    ]  # fmt: skip


def explain(spans: list[Span], logs: list[LogRecord] | None = None) -> Finding:
    trace = make_trace(spans, logs)
    return explain_trace(trace, error_chains(trace))


def make_trace(spans: list[Span], logs: list[LogRecord] | None = None) -> Trace:
    return assemble(TRACE_ID, spans, logs or [])


@pytest.fixture
def span() -> Callable[..., Span]:
    return make_span


@pytest.fixture
def log() -> Callable[..., LogRecord]:
    return make_log


@pytest.fixture
def story() -> list[Span]:
    return make_story()


@pytest.fixture
def finding_of() -> Callable[..., Finding]:
    return explain


@pytest.fixture
def trace_of() -> Callable[..., Trace]:
    return make_trace
