"""What a span tells of an exception that its work raised."""

from opentelemetry.trace import Span, Status, StatusCode

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
