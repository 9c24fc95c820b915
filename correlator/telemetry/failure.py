"""What a span tells of an exception that its work raised."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer
from opentelemetry.util.types import AttributeValue

from correlator import semconv


def record_failure(span: Span, error: BaseException) -> None:
    """Note type, message and stack on `span`; never raises, though `str(error)` may: the program's own error is to go on."""
    error_type = type(error).__qualname__
    span.set_attribute(semconv.ERROR_TYPE, error_type)
    try:
        span.record_exception(error)
        span.set_status(Status(StatusCode.ERROR, f"{error_type}: {error}"))
    except Exception:  # whatever the program's __str__ raises
        span.set_status(Status(StatusCode.ERROR, error_type))


@contextmanager
def work_span(tracer: Tracer, name: str, kind: SpanKind, attributes: Mapping[str, AttributeValue]) -> Iterator[Span]:
    """The current span for the block. An exception is noted by record_failure and raised on."""
    with tracer.start_as_current_span(
        name, kind=kind, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except Exception as error:
            record_failure(span, error)
            raise
