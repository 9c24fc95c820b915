"""Stories that break on their way, one after another: what is sent of each, and what must be counted in the end."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Final

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from correlator import semconv

MINUTE_NANO: Final = 60 * 10**9
MS: Final = 1_000_000
ERRORS: Final = (
    ("billing.TemplateFieldMissing", "template 'invoice' needs field 'vat_id'"),
    ("DiskFull", "no space left"),
)
"""The worker's, in turn: two causes."""
WORKFLOW: Final = "Invoice intake"
SPANS: Final = 5  # of a story

Minutes = dict[int, tuple[int, int]]
"""Good and total jobs of the worker by unix minute."""


@dataclass(frozen=True, slots=True)
class Story:
    """n8n calls the bridge, which accepts and publishes a job: for both all is well. The worker reads the job and fails, in a
    trace of its own: the context is lost in the queue, and only the job's id says that it is one story.
    """

    number: int
    ended_unix_nano: int

    @property
    def error(self) -> tuple[str, str]:
        return ERRORS[self.number % len(ERRORS)]

    def requests(self) -> Iterator[bytes]:
        """One for each service, as services send; a trace's load balancer may give each to another engine."""
        ours, workers = ((2**100 + 2 * self.number + each).to_bytes(16, "big") for each in (0, 1))
        workflow = self._span(ours, 1, 0, semconv.N8N_WORKFLOW_SPAN, Span.SPAN_KIND_INTERNAL)
        workflow.attributes.add(key=semconv.N8N_WORKFLOW_NAME).value.string_value = WORKFLOW
        yield _request("n8n", workflow)
        sent = self._span(ours, 3, 2, "jobs publish", Span.SPAN_KIND_PRODUCER)
        yield _request("bridge", self._span(ours, 2, 1, "POST /jobs", Span.SPAN_KIND_SERVER), self._of_job(sent))
        read = self._span(workers, 5, 4, "invoice.read", Span.SPAN_KIND_CONSUMER)
        yield _request("worker", read, self._failed_job(workers))

    def _failed_job(self, trace_id: bytes) -> Span:
        job = self._of_job(self._span(trace_id, 4, 0, "invoice.render", Span.SPAN_KIND_CONSUMER))
        job.status.code = 2  # type: ignore[assignment]
        raised = job.events.add(name=semconv.EXCEPTION_EVENT, time_unix_nano=job.end_time_unix_nano)
        for key, text in zip((semconv.EXCEPTION_TYPE, semconv.EXCEPTION_MESSAGE), self.error, strict=True):
            raised.attributes.add(key=key).value.string_value = text
        return job

    def _of_job(self, span: Span) -> Span:
        span.attributes.add(key=semconv.JOB_ID).value.string_value = f"job-{self.number}"
        return span

    def _span(self, trace_id: bytes, number: int, parent: int, name: str, kind: "Span.SpanKind") -> Span:
        return Span(
            trace_id=trace_id,
            span_id=(self.number * 16 + number).to_bytes(8, "big"),
            parent_span_id=(self.number * 16 + parent).to_bytes(8, "big") if parent else b"",
            name=name,
            kind=kind,
            start_time_unix_nano=self.ended_unix_nano - 100 * MS + number * MS,
            end_time_unix_nano=self.ended_unix_nano - number * MS,
        )


def jobs_by_minute(stories: Iterable[Story]) -> Minutes:
    """What the ledger must come to: the plain loop."""
    good, total = Counter[int](), Counter[int]()
    for story in stories:
        for number, is_good in ((4, False), (5, True)):
            minute = (story.ended_unix_nano - number * MS) // MINUTE_NANO
            total[minute] += 1
            good[minute] += is_good
    return {minute: (good[minute], count) for minute, count in total.items()}


def failures_by_cause(stories: Iterable[Story]) -> Counter[str]:
    """How many stories each kind of error broke."""
    return Counter(story.error[0] for story in stories)


@dataclass(slots=True)
class Stream:
    """Sends stories to a Collector's HTTP door from a thread, `per_s` a second; what was acknowledged is in `sent`."""

    door: str
    per_s: float
    sent: list[Story] = field(default_factory=list)
    _stop: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def __enter__(self) -> "Stream":
        self._thread = Thread(target=self._run, name="stream")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        assert self._thread is not None
        self._thread.join(30)

    def _run(self) -> None:
        headers = {"content-type": "application/x-protobuf"}
        with httpx.Client(base_url=f"http://{self.door}", headers=headers, timeout=30, trust_env=False) as client:
            number = 0
            while not self._stop.wait(1 / self.per_s):
                number += 1
                story = Story(number, time.time_ns())
                for body in story.requests():
                    client.post("/v1/traces", content=body).raise_for_status()
                self.sent.append(story)


def _request(service: str, *spans: Span) -> bytes:
    request = ExportTraceServiceRequest()
    resource_spans = request.resource_spans.add()
    resource_spans.resource.attributes.add(key="service.name").value.string_value = service
    resource_spans.scope_spans.add().spans.extend(spans)
    return request.SerializeToString()
