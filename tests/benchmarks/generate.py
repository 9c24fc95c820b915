"""Generated OTLP trace requests for the benchmarks: the same seed gives the same bytes.

A span measures about 440 bytes as protobuf and has 10 attributes, half of them of high cardinality; a trace has 3 to 8
spans over 5 services; 2 % of the spans fail. A request has 512 spans; a trace may continue in the next one.
"""

from collections.abc import Iterator
from itertools import islice
from random import Random
from typing import Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span, Status

SERVICES: Final = ("n8n", "bridge-api", "scheduler", "worker", "billing")
SPANS_PER_REQUEST: Final = 512
SPANS_PER_TRACE: Final = (3, 8)
ERROR_RATIO: Final = 0.02
FIRST_START_UNIX_NANO: Final = 1_760_000_000_000_000_000
TRACE_INTERVAL_NANO: Final = 2_000_000
OPERATIONS: Final = tuple(
    f"{verb} /api/{noun}" for verb in ("GET", "POST") for noun in ("orders", "jobs", "users", "runs")
)
REGIONS: Final = ("eu-central-1", "eu-west-1", "us-east-1")


def requests(seed: int, spans: int, first_start_unix_nano: int = FIRST_START_UNIX_NANO) -> Iterator[bytes]:
    """Serialised ExportTraceServiceRequests with `spans` spans in all (the last trace is cut to fit)."""
    random = Random(seed)
    every_span = islice(_spans(random, first_start_unix_nano), spans)
    while batch := list(islice(every_span, SPANS_PER_REQUEST)):
        yield _request(batch).SerializeToString()


def _spans(random: Random, start: int) -> Iterator[tuple[str, Span]]:
    while True:
        start += random.randrange(2 * TRACE_INTERVAL_NANO)
        yield from _trace(random, start)


def _trace(random: Random, start: int) -> Iterator[tuple[str, Span]]:
    trace_id = random.randbytes(16)
    parents: list[bytes] = []
    for depth in range(random.randint(*SPANS_PER_TRACE)):
        span = _span(random, trace_id, random.choice(parents) if parents else b"", start + depth * 150_000)
        parents.append(span.span_id)
        yield SERVICES[min(depth, random.randrange(len(SERVICES)))], span


def _span(random: Random, trace_id: bytes, parent: bytes, start: int) -> Span:
    begin = start + random.randrange(100_000)
    span = Span(
        trace_id=trace_id,
        span_id=random.randbytes(8),
        parent_span_id=parent,
        name=random.choice(OPERATIONS),
        kind=random.choice((Span.SPAN_KIND_SERVER, Span.SPAN_KIND_CLIENT, Span.SPAN_KIND_INTERNAL)),
        start_time_unix_nano=begin,
        end_time_unix_nano=begin + random.randrange(50_000, 20_000_000),
    )
    failed = random.random() < ERROR_RATIO
    if failed:
        span.status.CopyFrom(Status(code=Status.STATUS_CODE_ERROR, message="upstream did not answer in time"))
    _add_attributes(span, random, failed)
    return span


def _add_attributes(span: Span, random: Random, failed: bool) -> None:
    texts = {
        "http.request.method": span.name.split()[0],
        "http.route": span.name.split()[1],
        "cloud.region": random.choice(REGIONS),
        "messaging.destination.name": "jobs.default",
        "user.id": f"user-{random.randrange(10**6):06d}",
        "correlator.job.id": f"job-{span.trace_id[:6].hex()}",  # one of each trace: no two traces share it by chance
        "http.request.header.x-request-id": f"{random.getrandbits(64):016x}",
        "url.path": f"{span.name.split()[1]}/{random.randrange(10**6)}",
    }
    numbers = {
        "http.response.status_code": 500 if failed else 200,
        "http.response.body.size": random.randrange(10**6),
    }
    for key, text in texts.items():
        span.attributes.add(key=key).value.string_value = text
    for key, number in numbers.items():
        span.attributes.add(key=key).value.int_value = number


def _request(batch: list[tuple[str, Span]]) -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    of_service: dict[str, ResourceSpans] = {}
    for service, span in batch:
        if service not in of_service:
            of_service[service] = _resource(request, service)
        of_service[service].scope_spans[0].spans.append(span)
    return request


def _resource(request: ExportTraceServiceRequest, service: str) -> ResourceSpans:
    resource_spans = request.resource_spans.add()
    for key, value in {
        "service.name": service,
        "service.version": "1.4.2",
        "service.instance.id": f"{service}-0",
    }.items():
        resource_spans.resource.attributes.add(key=key).value.string_value = value
    resource_spans.scope_spans.add().scope.name = "opentelemetry.instrumentation.generated"
    return resource_spans
