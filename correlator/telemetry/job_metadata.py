"""What a job's metadata says of the trace that queued it. Pure: a mapping of strings in, values out.

Keys: `traceparent` and `tracestate` of the producer span, the n8n ids under their header names, and three of our own,
below. Metadata comes through a queue and may be damaged or another's: what cannot be read counts as absent.
"""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Final

from opentelemetry.trace import SpanContext

from correlator import semconv
from correlator.telemetry.story_ids import StoryIds, read_story_ids
from correlator.telemetry.trace_headers import format_traceparent, parse_traceparent

ENQUEUED_UNIX_NANO: Final = "correlator-enqueued-unix-nano"
FIRST_ATTEMPT: Final = "correlator-first-attempt"  # traceparent of the first attempt's span
ATTEMPTS: Final = "correlator-attempts"  # how many attempts have begun


@dataclass(frozen=True, slots=True)
class JobContext:
    """The context that a job carries. `enqueued_unix_nano` and `attempts` are 0 where unknown."""

    producer: SpanContext | None
    first_attempt: SpanContext | None
    ids: StoryIds
    enqueued_unix_nano: int
    attempts: int


def read_job_context(metadata: Mapping[str, object]) -> JobContext:
    """Return what `metadata` says; values that are no text are passed over."""
    texts = {key: value for key, value in metadata.items() if isinstance(value, str)}
    return JobContext(
        producer=_span_context(texts.get(semconv.HEADER_TRACEPARENT, ""), texts.get(semconv.HEADER_TRACESTATE, "")),
        first_attempt=_span_context(texts.get(FIRST_ATTEMPT, "")),
        ids=read_story_ids(texts),
        enqueued_unix_nano=_count(texts.get(ENQUEUED_UNIX_NANO, "")),
        attempts=_count(texts.get(ATTEMPTS, "")),
    )


def write_producer(
    metadata: MutableMapping[str, str], producer: SpanContext, ids: StoryIds, enqueued_unix_nano: int
) -> None:
    """Write a new job's context, replacing whatever an earlier life of the job left."""
    for stale in (semconv.HEADER_TRACESTATE, FIRST_ATTEMPT, ATTEMPTS):
        metadata.pop(stale, None)
    metadata[semconv.HEADER_TRACEPARENT] = format_traceparent(producer)
    if producer.trace_state:
        metadata[semconv.HEADER_TRACESTATE] = producer.trace_state.to_header()
    metadata[ENQUEUED_UNIX_NANO] = str(enqueued_unix_nano)
    metadata.update(ids.as_headers())


def write_attempt(metadata: MutableMapping[str, str], attempt: int, span_context: SpanContext) -> None:
    """Note that an attempt began; the first one leaves its span for the retries to link to."""
    metadata[ATTEMPTS] = str(attempt)
    metadata.setdefault(FIRST_ATTEMPT, format_traceparent(span_context))


def _span_context(traceparent: str, tracestate: str = "") -> SpanContext | None:
    incoming = parse_traceparent(traceparent, tracestate)
    return None if incoming is None else incoming.span_context()


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 19 else 0
