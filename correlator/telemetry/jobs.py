"""Trace context through job queues: a producer span where a job is queued, a consumer span where it runs.

The first attempt, on time, is a child of its producer (and links to it). A retry or a late job is the root of a trace
of its own with links to the producer and to the first attempt: it is a consequence, not a part, of the request that
queued it, and a trace must not grow for days. Works with any queue that lets a job carry a mapping of strings.
"""

import time
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context, attach, detach, get_current
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanKind, TracerProvider

from correlator import semconv
from correlator.telemetry.failure import record_failure, work_span
from correlator.telemetry.instrumentation import flush_if_forked
from correlator.telemetry.job_metadata import JobContext, read_job_context, write_attempt, write_producer
from correlator.telemetry.server_request import SCOPE
from correlator.telemetry.story_ids import current_story_ids, with_story_ids

DEFAULT_MESSAGING_SYSTEM: Final = "job_queue"
LATE_AFTER_S: Final = 300.0  # longer than a request's patience: past it, nobody waits for the job any more


@contextmanager
def publish_job(
    queue_name: str,
    job_id: str,
    *,
    idempotency_key: str = "",
    messaging_system: str = DEFAULT_MESSAGING_SYSTEM,
    tracer_provider: TracerProvider | None = None,
) -> Iterator[Span]:
    """Open the producer span of one job; inside it, `inject_job_context` and hand the job to the queue.

    `idempotency_key`, where the caller has one, names the work across jobs: the engine joins by it where ids are lost.
    An exception (the queue is down) is recorded on the span and raised on.
    """
    tracer = trace.get_tracer(SCOPE, tracer_provider=tracer_provider)
    attributes = _attributes("send", queue_name, job_id, messaging_system, idempotency_key)
    with work_span(tracer, f"send {queue_name}", SpanKind.PRODUCER, attributes) as span:
        yield span


def inject_job_context(metadata: MutableMapping[str, str], *, now_unix_nano: int | None = None) -> None:
    """Write the current span, the story's ids and the time into a new job's metadata; nothing outside any trace."""
    span_context = trace.get_current_span().get_span_context()
    if span_context.is_valid:
        write_producer(metadata, span_context, current_story_ids(), now_unix_nano or time.time_ns())


@contextmanager
def bind_job_context(
    metadata: Mapping[str, str],
    *,
    queue_name: str,
    job_id: str,
    attempt: int = 1,
    idempotency_key: str = "",
    name: str | None = None,
    late_after_s: float = LATE_AFTER_S,
    messaging_system: str = DEFAULT_MESSAGING_SYSTEM,
    tracer_provider: TracerProvider | None = None,
) -> Iterator[Span]:
    """Open the consumer span of one attempt at a job; the job's code runs inside it.

    `attempt` counts from 1; where the queue does not tell, the count kept in a mutable `metadata` is taken. The first
    attempt leaves its span in a mutable `metadata`: where the queue keeps it for the retry, the retry links to it.
    An exception is recorded on the span and raised on.
    """
    job = read_job_context(metadata)
    attempt = max(attempt, job.attempts + 1)
    is_child = attempt == 1 and not _is_late(job, late_after_s)
    tracer = trace.get_tracer(SCOPE, tracer_provider=tracer_provider)
    span = tracer.start_span(
        name or f"process {queue_name}",
        context=_below_producer(job) if is_child else Context(),
        kind=SpanKind.CONSUMER,
        links=_links(job),
        attributes={
            **_attributes("process", queue_name, job_id, messaging_system, idempotency_key),
            **job.ids.as_attributes(),
            semconv.JOB_ATTEMPT: attempt,
        },
    )
    if isinstance(metadata, MutableMapping) and span.get_span_context().is_valid:
        write_attempt(metadata, attempt, span.get_span_context())
    with _running(span, job):
        yield span


@contextmanager
def _running(span: Span, job: JobContext) -> Iterator[None]:
    token = attach(with_story_ids(job.ids, trace.set_span_in_context(span, get_current())))
    try:
        yield
    except BaseException as error:
        record_failure(span, error)
        raise
    finally:
        detach(token)
        span.end()
        flush_if_forked()


def _is_late(job: JobContext, late_after_s: float) -> bool:
    return bool(job.enqueued_unix_nano) and time.time_ns() - job.enqueued_unix_nano > late_after_s * 1e9


def _below_producer(job: JobContext) -> Context:
    if job.producer is None:
        return Context()
    return trace.set_span_in_context(NonRecordingSpan(job.producer), Context())


def _links(job: JobContext) -> list[Link]:
    return [Link(span_context) for span_context in (job.producer, job.first_attempt) if span_context is not None]


def _attributes(
    operation: str, queue_name: str, job_id: str, messaging_system: str, idempotency_key: str
) -> dict[str, str | int]:
    return {
        **({semconv.JOB_IDEMPOTENCY_KEY: idempotency_key} if idempotency_key else {}),
        semconv.MESSAGING_SYSTEM: messaging_system,
        semconv.MESSAGING_DESTINATION_NAME: queue_name,
        semconv.MESSAGING_OPERATION_NAME: operation,
        semconv.MESSAGING_OPERATION_TYPE: operation,
        semconv.MESSAGING_MESSAGE_ID: job_id,
        semconv.JOB_ID: job_id,
    }
